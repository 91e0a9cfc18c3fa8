"""Customers as vCards: from their page, and a list of them."""

import pytest

from crm.customers.models import Company, Customer, CustomerEmail, CustomerPhone, Place
from crm.db import db
from crm.importing.formats import cards
from tests import make

NOTE = "Met at the fair; likes tea, no milk\\honey\nBEGIN:VCARD" + " – größer" * 20


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


@pytest.fixture
def mia(app):
    mia = make.customer("Mia Anna Müller", email="mia@acme.example", note=NOTE, phone="+4930901820", city="Köln",
                        street="Ring 1; Hof, links", country="DE", lifecycle_stage="customer")  # fmt: skip
    with make.inside():
        works = Company(name="Müller; Söhne, KG").save()
        db.session.flush()
        Customer.locked(id=mia.id).company_id = works.id
        Place(customer_id=mia.id, company_id=works.id, title="Head of\rtea").save()
        CustomerEmail(customer_id=mia.id, email="m@home.example").save()
        CustomerPhone(customer_id=mia.id, number="+491701234567").save()
    return mia


def test_a_card_says_what_is_known_and_comes_in_again_as_it_went_out(lead, mia, tmp_path):
    answer = lead.get(f"/acme/customers/{mia.id}/card.vcf")
    assert answer.content_type == "text/vcard; charset=utf-8" and "attachment" in answer.headers["Content-Disposition"]
    assert f"/customers/{mia.id}/card.vcf" in lead.get(f"/acme/customers/{mia.id}").text
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n")) and b"N:M" in answer.data
    (tmp_path / "card.vcf").write_bytes(answer.data)
    table = cards.read(tmp_path / "card.vcf")
    [(_number, cells, problem)] = table.rows
    known = {name: cell for name, cell in zip(table.headings, cells, strict=True) if cell}
    assert problem == "" and known == {
        "Name": "Mia Anna Müller", "E-mail": "mia@acme.example", "Other email": "m@home.example", "Phone": "+4930901820",
        "Other phones": "+491701234567",
        "Organization": "Müller; Söhne, KG", "Title": "Head oftea", "Street": "Ring 1; Hof, links", "City": "Köln",
        "Country": "Germany", "Note": NOTE, "UID": f"urn:uuid:{mia.id}"}  # fmt: skip


def test_a_list_of_cards_is_the_list_as_it_is_asked_for_and_nobody_elses(client, lead, mia):
    make.customer("Jo")
    make.customer("Far", slug="globex")
    answer = lead.get("/acme/customers/list/cards?sort=name")
    assert answer.headers["Row-Count"] == "2" and answer.text.index("FN:Jo") < answer.text.index("FN:Mia")
    assert answer.text.count("BEGIN:VCARD\r\n") == 2 and "Far" not in answer.text
    assert lead.get("/acme/customers/list/cards?q=Mia").text.count("END:VCARD\r\n") == 1
    assert "/list/cards?" in lead.get("/acme/customers").text
    assert client.get("/acme/customers/list/cards").status_code == 403, "agents take nothing away"
    far = make.customer("Farther", slug="globex")
    assert lead.get(f"/acme/customers/{far.id}/card.vcf").status_code == 404
