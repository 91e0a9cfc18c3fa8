"""Imports that are killed, paused, sent again and taken back lose nothing and double nothing."""

import pytest
from sqlalchemy import func, select

from crm import failpoints
from crm.audit import Audit
from crm.customers.models import Customer
from crm.db import db
from crm.events import Event
from crm.importing import jobs, rows
from crm.importing.jobs import go_on
from crm.importing.models import Import
from crm.jobs import rq_queue
from tests import make
from tests.importing.files import figures, ran, sent, suggested, tried, work

SEVEN = "Name,E-mail\n" + "".join(f"P{n},p{n}@acme.example\n" for n in range(7))
EXPORTS = {
    "HubSpot": ("Record ID,First Name,Last Name,Email,Phone Number,Lifecycle Stage,City\n"
                "901,Mia,Meier,mia@acme.example,+49 30 901820,Marketing Qualified Lead,Berlin\n"),
    "Salesforce": ("Salutation,First Name,Last Name,Title,Account Name,Mailing City,Mailing Country,Phone,Mobile,Email\n"
                   ",Mia,Meier,CTO,,Berlin,Germany,+49 30 901820,,mia@acme.example\n"),
    "Pipedrive": ("Person - Name,Person - Email - Work,Person - Phone - Work,Person - Labels,Person - City\n"
                  "Mia Meier,mia@acme.example,+49 30 901820,Hot,Berlin\n"),
    "Google Contacts": ("First Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Value,Address 1 - City\n"
                        "Mia,Meier,* myContacts ::: Hot,* Work,mia@acme.example ::: mia@home.example,+49 30 901820,Berlin\n"),
}  # fmt: skip


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


@pytest.fixture
def few(monkeypatch):
    """Batches of three rows, and a turn for each."""
    monkeypatch.setattr(rows.batch, "__defaults__", (3, None))
    monkeypatch.setattr(jobs, "TURN_SECONDS", -1)


def turn(at: str) -> Import:
    with make.inside():
        go_on.work(at.rpartition("/")[2])
        return Import.find(id=at.rpartition("/")[2])


def counted() -> list[int]:
    """Customers, what is audited of them, and events of theirs."""
    with make.inside():
        audited = select(func.count()).where(
            Audit.table_name == "people", Audit.changes["kind"][1].astext == "customer"
        )
        told = select(func.count()).where(Event.name == "customer.created")
        people = select(func.count()).select_from(Customer)
        return [db.session.scalar(one) or 0 for one in (people, audited, told)]


def finished(at: str) -> Import:
    for _ in range(9):
        if turn(at).state == "done":
            break
    return turn(at)


def test_a_worker_killed_before_and_after_a_commit_and_a_pause_neither_lose_nor_double_a_row(lead, few):
    at = sent(lead, SEVEN)
    lead.post(f"{at}/mapping", data=suggested(lead.get(at).text))
    while turn(at).state == "testing":
        pass
    assert lead.post(f"{at}/run").status_code == 303
    for place, there in (("before_commit", 0), ("after_commit", 3)):
        failpoints.set_up(f"{place}:raise")
        try:
            with pytest.raises(failpoints.Reached):
                turn(at)
        finally:
            failpoints.set_up("")
        assert counted() == [there] * 3
    heard = [lead.get(f"{at}/progress?said={quarter}").text for quarter in ("", 0, 1)]
    assert ["25 % done" in page for page in heard] == [True, True, False] and "said=1" in heard[2], (
        "not at every second"
    )
    assert lead.post(f"{at}/pause").status_code == 303
    assert turn(at).done == 3 and counted()[0] == 3, "a pause holds"
    assert "Go on" in lead.get(at).text and "<title>Angehalten: people.csv" in lead.get(f"{at}?lang=de").text
    assert lead.post(f"{at}/run").status_code == 303
    one = finished(at)
    assert (one.created, one.done, counted()) == (7, 7, [7, 7, 7])


def test_an_import_goes_on_while_nobody_waits_and_gives_way_when_somebody_does(lead, few, monkeypatch):
    monkeypatch.setattr(jobs, "TURN_SECONDS", 900)
    monkeypatch.setattr(jobs, "FAIR_SECONDS", -1)
    with make.inside():
        rq_queue("imports").empty()
    alone, second = sent(lead, SEVEN), sent(lead, SEVEN.replace("P", "Q"))
    for at in (alone, second):
        lead.post(f"{at}/mapping", data=suggested(lead.get(at).text))
    assert turn(alone).state == "tested"
    with make.inside():
        go_on.enqueue(id=alone.rpartition("/")[2])
    assert (turn(second).state, turn(second).done) == ("testing", 6), "three rows a turn"


def test_taking_back_keeps_what_somebody_changed_since_and_lists_it(lead):
    make.customer("Before", email="p0@acme.example")
    at = sent(lead, SEVEN.replace("P1,", "=P1,"))
    tried(lead, at)
    assert figures(ran(lead, at))["Changed"] == "1"
    with make.inside():
        assert Customer.find(email="p1@acme.example").name == "=P1", "a formula is kept"
        Customer.find(email="p2@acme.example").change(name="Petra")
        db.session.commit()
    lead.post(f"{at}/undo")
    work()
    page = lead.get(f"{at}?outcome=kept").text
    assert figures(page)["Taken back"] == "6" and figures(page)["Not taken back"] == "1"
    assert "Somebody changed it since." in page
    with make.inside():
        assert sorted(db.session.scalars(select(Customer.name))) == ["Before", "Petra"]


def test_left_out_rows_are_told_and_another_tenants_records_are_nobodys(lead):
    far = make.customer("Far", email="far@globex.example", slug="globex")
    make.customer("Here", email="p0@acme.example")
    at = sent(lead, f"Name,E-mail,Company,Owner,Tags,Number in your shop\n"
                    f"P0,p0@acme.example,,,,\nP1,p1@acme.example,{far.id},,,\nP2,p2@acme.example,,{far.id},,\n"
                    f"Near,far@globex.example,,,{far.id},{far.id}\n")  # fmt: skip
    page = tried(lead, at, mode="create", match="email")
    assert figures(page) == {"New": "1", "Changed": "0", "Refused": "2", "Left out": "1"}
    assert "no company is called" in page and "no colleague has" in page
    ran(lead, at)
    refused = lead.get(f"{at}/refused.csv").text
    assert refused.count("@acme.example") == 3 and "only new ones were to be created" in refused
    with make.inside():
        assert Customer.find(email="far@globex.example").id != far.id
    with make.inside(slug="globex"):
        assert db.session.scalars(select(Customer.name)).all() == ["Far"]


@pytest.mark.parametrize("program", EXPORTS)
def test_exports_of_other_programs_are_known_by_their_headings(program, lead):
    at = sent(lead, EXPORTS[program])
    assert program in lead.get(at).text
    assert figures(tried(lead, at))["New"] == "1"
    ran(lead, at)
    with make.inside():
        mia = Customer.find(email="mia@acme.example")
        assert (mia.name, mia.phone, mia.city) == ("Mia Meier", "+4930901820", "Berlin")
