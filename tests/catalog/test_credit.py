"""What comes back before it was paid: a credit note, and less is owed."""

import re
import threading
import uuid

import pytest

from crm.catalog.models import Payment, Receipt, Transaction
from crm.catalog.models.line import lines_of
from crm.customers.models import Customer
from crm.db import db
from crm.registry import figures_of
from crm.web import Invalid
from tests import make
from tests.accounts.steps import mails
from tests.catalog import shop


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


def handed_over(client, price=11_900, pieces=3, **facts):
    """On account: the invoice went out, and the customer has it."""
    mia = make.customer(email="mia@example.com", language="de")
    made = shop.purchase(mia, (shop.product("Tent", price=price, stock=9), pieces), upto="placed", **facts)
    for step in ("invoice", "fulfilment"):
        assert client.post(f"/acme/purchases/{made.number}/{step}").status_code == 303
    return made


def buyer(made):
    with make.inside():
        return Customer.find(id=made.customer_id)


def found(one):
    with make.inside():
        return Transaction.find(id=one.id)


def test_what_comes_back_unpaid_is_credited_and_owed_no_more(client, lead):
    made = handed_over(client)
    path, key = f"/acme/purchases/{made.number}", str(uuid.uuid4())
    line = re.search(r'name="(line-[^"]+)"', lead.get(f"{path}/refunds/new").text)[1]
    for _ in range(2):  # the form sent twice
        there = lead.post(f"{path}/refunds", data={line: "1", "restock": "1", "key": key}).location
    page = lead.get(path).text
    assert "Still to come in" in page and "€238.00" in page and "−€119.00" in page
    paper = lead.get("/acme/receipts/1").text
    for words in ("Credit note", f"For purchase #{made.number}", "Credited", "€119.00", "€19.00", "19 %"):
        assert words in paper
    back = lead.get(there).text
    assert "Paid back" not in paper and "Credit note 1" in back and "What came back" in back and "Owed no more" in back
    [mail] = mails("credit:")
    assert mail.subject == f"Gutschrift 1 für Kauf #{made.number}" and "238,00" in mail.body and "119,00" in mail.body
    mine = make.browser(buyer(made))
    shown = mine.get(f"/acme/help/purchases/{made.number}").text
    assert "119,00" in shown and "238,00" in shown and "Gutschrift 1" in mine.get("/acme/help/receipts/1").text
    with make.inside():
        assert [(one.state, one.amount) for one in Payment.of(made)] == [("open", 23_800)]
        assert figures_of("customer", "value", [made.customer_id]) == {}  # nothing was paid
    for wrong in ({line: "3"}, {"amount": "238.01"}):
        assert lead.post(f"{path}/refunds", data={**wrong, "key": str(uuid.uuid4())}).status_code == 422
    client.post(f"{path}/payment")
    paper = lead.get("/acme/receipts/2").text
    assert "€357.00" in paper and "−€119.00" in paper and "€238.00" in paper and found(made).surplus == 0
    with make.inside():
        assert figures_of("customer", "value", [made.customer_id]) == {made.customer_id: [(23_800, "EUR")]}


def test_what_was_paid_of_it_goes_back_as_money_after_what_is_owed(client, lead):
    made = handed_over(client)
    path = f"/acme/purchases/{made.number}"
    client.post(f"{path}/payment", data={"amount": "100", "key": str(uuid.uuid4())})
    with make.inside():
        bought = Transaction.locked(id=made.id)
        back = bought.refund(uuid.uuid4(), {line.id: 3 for line in lines_of(bought.id)})
        assert (back.total, back.tax, back.credited, bought.refunded) == (35_700, 5_700, 25_700, 10_000)
        assert bought.state == "refunded" and [
            Receipt.find(transaction_id=one.id).number for one in (bought, back)
        ] == [1, 2]
        assert figures_of("customer", "value", [made.customer_id]) == {made.customer_id: [(0, "EUR")]}
    paper = lead.get("/acme/receipts/2").text
    assert "Owed no more" in paper and "€257.00" in paper and "€100.00" in paper and "For receipt 1" in paper


def test_what_came_back_whole_is_asked_for_no_more(client, lead):
    made = handed_over(client)
    path = f"/acme/purchases/{made.number}"
    assert lead.post(f"{path}/refunds", data={"amount": "357", "key": str(uuid.uuid4())}).status_code == 303
    page = lead.get(path).text
    assert "Credited" in page and "Mark as paid" not in page and "not paid" in page and "refunds/new" not in page
    assert "Es ist nichts mehr zu bezahlen" in mails("credit:")[0].body
    assert client.post(f"{path}/payment").status_code == 409
    assert "Credited" in lead.get("/acme/purchases").text


@pytest.mark.parametrize(("restock", "end"), [("1", 9), ("", 7)])
def test_cancelling_what_was_credited_in_part_gives_the_stock_each_piece_once(lead, restock, end):
    """Those that came back were given to the stock then, or are broken."""
    tent = shop.product("Tent", stock=9)
    made = shop.purchase(make.customer(), (tent, 3), upto="placed")
    path = f"/acme/purchases/{made.number}"
    line = re.search(r'name="(line-[^"]+)"', lead.get(f"{path}/refunds/new").text)[1]
    lead.post(f"{path}/refunds", data={line: "2", "restock": restock, "key": str(uuid.uuid4())})
    assert lead.post(f"{path}/cancellation").status_code == 303
    assert shop.stock_of(tent) == end


@pytest.mark.committed
def test_two_at_once_credit_no_more_than_was_invoiced(client):
    made, ends = handed_over(client, price=9_000), []

    def credit():
        with make.inside():
            try:
                ends.append(Transaction.locked(id=made.id).refund(uuid.uuid4(), 18_000).credited)
            except Invalid:
                ends.append(0)

    threads = [threading.Thread(target=credit) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(ends) == [0, 0, 18_000] and found(made).balance == 9_000
    with make.inside():
        assert list(db.session.scalars(db.select(Receipt.number))) == [1]
