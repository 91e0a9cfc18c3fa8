"""Receipts: numbered without gaps, the same for ever, as a page and as PDF."""

import re
import subprocess
import sys
import threading
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import psycopg
import pytest
import weasyprint
from flask import render_template
from flask_babel import force_locale

from crm.accounts.models import Employee
from crm.audit import Audit
from crm.catalog import money, pdf
from crm.catalog.models import Product, Receipt, Transaction, TransactionLine
from crm.catalog.models.line import lines_of
from crm.catalog.models.product import ProductPrice
from crm.catalog.receipts import empty_old_receipts, parts
from crm.customers.models import Customer
from crm.db import db
from crm.web import Invalid
from tests import make
from tests.catalog import shop


def test_a_receipt_stays_as_it_was_given(client):
    mia = make.customer("Mia Meier")
    made = shop.purchase(mia, (shop.product("Tent", price=11_900), 2), upto="paid")
    with make.inside():
        Customer.find(id=mia.id).name = "Mia Ode"
    page = client.get("/acme/receipts/1").text
    for words in ("Mia Meier", "Acme", "Number 1", "€238.00", "€38.00", "19 %", f"Purchase #{made.number}"):
        assert words in page
    assert "Mia Ode" not in page


def test_a_receipt_has_one_date_wherever_its_reader_is(client):
    """That of the shop: the last minutes of its year are this year for everybody."""
    make.tenant(time_zone="Europe/Berlin")
    shop.purchase(make.customer("Mia Meier"), (shop.product("Tent", price=11_900), 1), upto="paid")
    with make.inside():
        Receipt.find(number=1).created_at = datetime(2025, 12, 31, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    for zone in ("Europe/Berlin", "Asia/Tokyo", "America/New_York"):
        with make.inside():
            Employee.find(name="Anna").time_zone = zone
        assert "December 31, 2025" in client.get("/acme/receipts/1").text


@pytest.mark.committed
def test_the_buyer_goes_from_receipts_and_old_audits_after_the_years_of_the_law(client, servers):
    """Ten whole years after that of the receipt; the audit said so before it left out the buyers."""
    mia = make.customer("Mia Meier")
    for _ in range(2):
        shop.purchase(mia, (shop.product("Tent", sku=str(uuid.uuid4())), 1), upto="paid")
    zone, year = ZoneInfo("Europe/Berlin"), datetime.now(UTC).year
    with make.inside():
        Receipt.find(number=1).created_at = datetime(year - 11, 12, 31, 22, tzinfo=zone)
        Receipt.find(number=2).created_at = datetime(year - 10, 1, 1, 2, tzinfo=zone)
    audited_as_before(servers, mia.tenant_id)
    with make.inside():
        empty_old_receipts()
        told = db.session.scalars(
            db.select(Audit.changes).where(Audit.table_name == "receipts").order_by(Audit.id)
        ).all()
        assert [one.get("buyer") for one in told[-2:]] == [[None, None], [None, "Mia Meier"]]
        assert [one["number"] for one in told[-2:]] == [1, 2]
    assert "Mia Meier" not in client.get("/acme/receipts/1").text and "€119.00" in client.get("/acme/receipts/1").text
    assert "Mia Meier" in client.get("/acme/receipts/2").text


def audited_as_before(servers, tenant_id):
    """A row of each receipt with its buyer, as it was written once; only the owner can."""
    with psycopg.connect(servers.owner_database_url) as owner:
        owner.execute(f"SET LOCAL app.tenant_id = '{tenant_id}'")
        owner.execute("""
            INSERT INTO audit (tenant_id, id, created_at, table_name, row_id, operation, changes)
            SELECT tenant_id, make_uuid7(), now(), 'receipts', id, 'insert',
                jsonb_build_object('number', number, 'buyer', jsonb_build_array(null, buyer))
            FROM receipts ORDER BY number""")


def test_a_refund_has_a_receipt_that_names_the_first_one(client):
    made = shop.purchase(None, (shop.product("Tent", price=11_900), 2), upto="paid")
    with make.inside():
        Transaction.locked(id=made.id).refund(uuid.uuid4(), 5_950)
    page = client.get("/acme/receipts/2").text
    for words in ("Refund receipt", "For receipt 1", "€59.50", "€9.50"):
        assert words in page


def test_the_pdf_is_one_and_fetches_nothing(client):
    evil = '<img src="http://127.0.0.1:9/x"><link rel=stylesheet href="file:///etc/passwd">'
    made = shop.purchase(make.customer(evil), (shop.product(evil), 1), upto="placed")
    with make.inside():
        found = Transaction.locked(id=made.id)
        found.refund(uuid.uuid4(), {line.id: 1 for line in lines_of(found.id)})
    response = client.get("/acme/receipts/1/pdf")
    assert response.mimetype == "application/pdf" and response.data.startswith(b"%PDF-")
    assert response.headers["Content-Disposition"] == 'attachment; filename="credit-note-1.pdf"'


LONG = "Expedition tent with a Donaudampfschifffahrtsgesellschaftskapitaensmuetzenhalterung and a very long name indeed"


def test_a_long_receipt_keeps_its_columns_on_the_paper_and_its_rows_in_one_piece(client):
    products = [(shop.product(f"{LONG} {at}", sku=f"ROPE-{at:02}", price=1_234_567_89), at + 101) for at in range(30)]
    shop.purchase(make.customer(), *products, upto="paid")
    with make.inside():
        html = render_template("catalog/paper.html", **parts(Receipt.find(number=1)))
    pages = [page._page_box for page in weasyprint.HTML(string=html).render().pages]
    texts = [[box for box in page.descendants() if getattr(box, "text", "").strip()] for page in pages]
    assert len(pages) > 1
    for page, boxes in zip(pages, texts, strict=True):
        edge = page.position_x + page.margin_width() - page.margin_right
        assert not [box.text for box in boxes if box.position_x + box.width > edge + 1], "nothing is cut off"
        words = [box.text.strip() for box in boxes]
        assert "Receipt 1" in words, "each page says of what it is one"
        ends = {word[-2:] for word in words if re.fullmatch(r"(.* )?ROPE-[0-9]{2}", word)}
        assert ends == {f"{int(word) - 101:02}" for word in words if re.fullmatch("1[0-3][0-9]", word)}


def test_a_currency_of_letters_stands_apart_from_its_amount(app):
    with app.test_request_context(), force_locale("en"):
        assert money.shown(139_950, "CHF") == "CHF\u00a01,399.50" and money.shown(139_950, "EUR") == "€1,399.50"
    with app.test_request_context(), force_locale("de"):
        assert money.shown(139_950, "CHF") == "1.399,50\u00a0CHF"


def test_without_the_libraries_the_page_says_what_to_install(client, tmp_path, monkeypatch):
    """A Python that has no weasyprint, as on a server where it could not be installed."""
    shop.purchase(upto="paid")
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    child = subprocess.run([sys.executable, "-m", "crm.catalog.pdf_child"], input=b"<p>", capture_output=True)
    assert child.returncode == pdf.MISSING
    response = client.get("/acme/receipts/1/pdf", follow_redirects=True)
    assert "libpango-1.0-0" in response.text and "Number 1" in response.text


@pytest.mark.committed
def test_numbers_have_no_gaps_also_when_many_pay_at_once_and_some_fail(app):
    tent, who = shop.product(), make.customer()
    made = [shop.purchase(who, (tent, 1), upto="placed").id for _ in range(8)]

    def pay(id, fails):
        with make.inside():
            Transaction.locked(id=id).pay()
            if fails:
                db.session.rollback()

    run([threading.Thread(target=pay, args=[id, at % 3 == 0]) for at, id in enumerate(made)])
    with make.inside():
        assert sorted(db.session.scalars(db.select(Receipt.number))) == [1, 2, 3, 4, 5]


@pytest.mark.committed
def test_two_refunds_at_once_never_give_back_more_than_was_paid(app):
    """Each wants two thirds, on connections of their own: one gets it."""
    tent = shop.product(price=9_000, stock=3)
    made, ends = shop.purchase(None, (tent, 3), upto="paid"), []

    def refund():
        with make.inside():
            try:
                Transaction.locked(id=made.id).refund(uuid.uuid4(), 18_000)
                ends.append("went back")
            except Invalid as problem:
                ends.append(re.sub(r".*(€[\d.]+).*", r"\1", problem.errors["amount"]))

    run([threading.Thread(target=refund) for _ in range(4)])
    assert sorted(ends) == ["went back", "€90.00", "€90.00", "€90.00"]
    with make.inside():
        found = Transaction.find(id=made.id)
        assert (found.refunded, found.left) == (18_000, 9_000) and Product.find(id=tent.id).stock == 0


def test_however_it_is_cut_the_parts_add_up(app):
    """Three for 1.00: 0.33, 0.34 and 0.33 go back, and the tax likewise."""
    made = shop.purchase(None, (shop.product("Pin", price=50, tax_rate=700), 3), upto="placed")
    with make.inside():
        found = Transaction.locked(id=made.id)
        [line] = db.session.scalars(db.select(TransactionLine).filter_by(transaction_id=found.id)).all()
        line.total, line.tax = 100, 7
        found.total = 100
        found.pay()
        parts = [found.refund(uuid.uuid4(), {line.id: 1}) for _ in range(3)]
        assert [part.total for part in parts] == [33, 34, 33] and sum(part.tax for part in parts) == 7
        assert found.state == "refunded"


def test_pieces_and_amounts_together_bring_back_no_more_tax_than_there_was(client):
    """One line has 19 %, the other none: half of all goes back as an amount, then each piece with what is left of it."""
    made = shop.purchase(None, (shop.product("Tent", price=5_000), 1), (shop.product("Book", price=5_000, tax_rate=0), 1),
                         upto="paid")  # fmt: skip
    with make.inside():
        found = Transaction.locked(id=made.id)
        parts = [found.refund(uuid.uuid4(), 5_000)]
        parts += [found.refund(uuid.uuid4(), {line.id: 1}) for line in lines_of(found.id)]
        assert [(part.total, part.tax) for part in parts] == [(5_000, 399), (2_500, 399), (2_500, 0)]
        assert sum(part.tax for part in parts) == found.tax and found.state == "refunded"
    paper = client.get("/acme/receipts/2").text
    for words in ("19 % tax on €21.01", "€3.99", "0 % tax on €25.00"):
        assert words in paper
    assert "less €25.00" in client.get("/acme/receipts/3").text


def test_what_goes_back_in_another_currency_adds_up_in_ours(app):
    """Three of one dollar each at 0.335: 0.34 and 0.33 and 0.34, which is the 1.01 that came in."""
    pen = shop.product("Pen", price=100)
    with make.inside():
        ProductPrice(product_id=pen.id, currency="USD", amount=100).save()
        found = Transaction.begin(Customer.find(id=make.customer().id), "USD", uuid.uuid4())
        found.add_line(Product.find(id=pen.id), 3)
        found.place(Decimal("0.335"))
        found.pay()
        parts = [found.refund(uuid.uuid4(), 100).base_total for _ in range(3)]
        assert found.base_total == sum(parts) == 101


def run(threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
