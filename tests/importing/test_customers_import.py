"""Customers from a file: tried, run, repaired, taken back."""

import pytest
from sqlalchemy import select

from crm.audit import Audit
from crm.customers.fields import write_custom
from crm.customers.fields.models import CustomField, CustomValue
from crm.customers.models import Customer
from crm.db import db
from crm.events import Event
from tests import make
from tests.importing.files import figures, ran, sent, suggested, tried, work

PEOPLE = """Full name;E-Mail;Tel;Land;Mobil;Schlagworte
Mia Meier;MIA@acme.example;+49 30 901820;Germany;+49 170 1234567;vip, berlin
Jo Kim;jo@acme.example;;Philipines;;
Nobody;not an address;;;;
Mia again;mia@acme.example ;;;;
;;;;;vip
"""


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


def customers() -> dict[str, Customer]:
    with make.inside():
        found = db.session.scalars(select(Customer)).all()
        return {one.email or one.name: one for one in found}


def test_a_file_is_tried_run_and_taken_back(lead):
    at = sent(lead, PEOPLE.encode("utf-16"))
    assert list(suggested(lead.get(at).text).values())[:6] == ["name", "email", "phone", "country", "phones", "tags"]
    page = tried(lead, at)
    assert customers() == {}
    assert figures(page) == {"New": "2", "Changed": "0", "Refused": "3"}
    assert f'action="{at}/run"' in page and f'href="{at}/refused.csv"' in page
    assert "row 2 has the same" in page and "Write an e-mail address such as" in page
    page = ran(lead, at)
    assert figures(page) == {"Created": "2", "Changed": "0", "Refused": "3"}
    mia, jo = customers()["mia@acme.example"], customers()["jo@acme.example"]
    assert f'href="/acme/customers/{mia.id}" dir="auto">Mia Meier</a>' in lead.get(f"{at}?outcome=created").text
    assert (mia.name, mia.phone, mia.country, jo.country) == ("Mia Meier", "+4930901820", "DE", "PH")
    with make.inside():
        told = db.session.scalars(select(Event.name).where(Event.customer_id == mia.id)).all()
        assert told == ["customer.created"]
        audited = db.session.scalars(select(Audit).where(Audit.row_id == mia.id)).one()
        assert audited.changes["email"] == [None, "mia@acme.example"] and audited.actor_id is not None
    lead.post(f"{at}/undo")
    work()
    assert figures(lead.get(at).text)["Taken back"] == "2" and customers() == {}


def test_records_are_found_by_what_every_row_has_and_the_next_time_as_this_time(lead):
    make.customer("Ann", email="ann@acme.example")
    at = sent(lead, file := "Customer number,E-mail\n,ann@acme.example\nK-2,ben@acme.example\n")
    page = lead.get(at).text
    assert suggested(page)["match"] == "email" and "empty in one row" in page
    assert "Number in your shop · one row has none" in page and "(optional)" not in page
    assert figures(tried(lead, at, mode="update")) == {"New": "0", "Changed": "0", "As they were": "1", "Left out": "1",
                                                       "Refused": "0"}  # fmt: skip
    form = suggested(lead.get(sent(lead, file)).text)
    assert (form["mode"], form["match"]) == ("update", "email")


def test_a_row_without_the_number_that_finds_is_found_by_its_address_and_an_owner_in_any_case(lead):
    make.customer("Ann", email="ann@acme.example")
    at = sent(
        lead, "Customer number,Name,E-mail,Owner\n,Anna,ann@acme.example,LENA \n,New,,\nK-2,Ben,ben@acme.example,\n"
    )
    assert figures(tried(lead, at, match="external_id")) == {"New": "2", "Changed": "1", "Refused": "0"}
    ran(lead, at)
    with make.inside():
        found = Customer.find(email="ann@acme.example")
        assert (found.name, found.owner.name) == ("Anna", "Lena")


def test_fields_that_are_hidden_from_somebody_are_neither_read_nor_written_by_their_files(lead):
    with make.inside():
        CustomField.add("customer", "tier", name="Tier", type="text")
        CustomField.add("customer", "margin", name="Margin", type="text", seen_from="admin", edited_from="admin")
    mia = make.customer(email="mia@acme.example")
    with make.inside():
        write_custom(Customer.locked(id=mia.id), {"margin": "hidden40", "tier": "Gold"})
    at = sent(lead, "E-mail,Tier,Margin\nmia@acme.example,Silver,0\nnobody,\xa0=1+1,0\n")
    form = suggested(lead.get(at).text)
    assert form["column_1"] == "custom_tier" and form["column_2"] == "", "it is not offered"
    assert lead.post(f"{at}/mapping", data=form | {"column_2": "custom_margin"}).status_code == 422
    tried(lead, at)
    page = lead.get(f"{at}?outcome=updated").text
    assert "Gold" in page and "Silver" in page and "hidden40" not in page
    ran(lead, at)
    assert customers()["mia@acme.example"].custom == {"tier": "Silver", "margin": "hidden40"}
    assert "nobody,'\xa0=1+1,0,3," in lead.get(f"{at}/refused.csv").text, "no spreadsheet takes it for a formula"


def test_a_required_field_is_asked_of_nobody_who_may_not_change_it_and_what_is_preset_is_everybodys(lead):
    with make.inside():
        CustomField.add("customer", "tier", name="Tier", type="text", required=True)
        for key, preset in (("margin", None), ("level", "B")):
            CustomField.add("customer", key, name=key, type="text", required=True, preset=preset, seen_from="admin",
                            edited_from="admin")  # fmt: skip
    file = "E-mail,Tier\nmia@acme.example,Gold\njo@acme.example,\n"
    boss = make.browser(make.employee("Boris", "admin"))
    page = tried(boss, sent(boss, file))
    assert figures(page)["New"] == "0" and "“margin” must not be empty" in page
    page = tried(lead, at := sent(lead, file))
    assert figures(page)["New"] == "1" and "“Tier” must not be empty" in page
    ran(lead, at)
    assert customers()["mia@acme.example"].custom == {"tier": "Gold", "level": "B"}
    assert lead.post("/acme/customers", data={"name": "By hand", "custom_tier": "Silver"}).status_code == 303
    assert customers()["By hand"].custom == {"tier": "Silver", "level": "B"}, "a form does the same"


def test_who_is_named_by_anothers_field_is_not_taken_back_and_of_who_goes_no_value_stays(lead):
    with make.inside():
        for key, type in (("tier", "text"), ("friend", "person")):
            CustomField.add("customer", key, name=key.capitalize(), type=type, filterable=True)
    tom, at = make.customer("Tom"), sent(lead, "E-mail,Tier\nmia@acme.example,Gold\njo@acme.example,Gold\n")
    tried(lead, at)
    ran(lead, at)
    mia = str(customers()["mia@acme.example"].id)
    with make.inside():
        write_custom(Customer.locked(id=tom.id), {"friend": mia})
    lead.post(f"{at}/undo")
    work()
    page = lead.get(at).text
    assert figures(page)["Taken back"] == "1" and customers().keys() == {"mia@acme.example", "Tom"}
    with make.inside():
        assert sorted(db.session.scalars(select(CustomValue.text))) == sorted([mia, "gold"])


def test_an_address_changes_by_a_file_and_goes_back_unless_it_is_anothers_by_now(lead):
    ada, bea = (make.customer(name, email=f"{name}@old.example", external_id=name) for name in ("ada", "bea"))
    at = sent(lead, "External id,E-mail\nada,ada@new.example\nbea,bea@new.example\n")
    tried(lead, at, match="external_id")
    assert figures(ran(lead, at))["Changed"] == "2"
    cem = make.customer("Cem", email="ada@old.example")
    lead.post(f"{at}/undo")
    work()
    page = lead.get(at).text
    assert figures(page)["Taken back"] == "1" and figures(page)["Not taken back"] == "1"
    known = {one.id: address for address, one in customers().items()}
    assert known == {ada.id: "ada@new.example", bea.id: "bea@old.example", cem.id: "ada@old.example"}
