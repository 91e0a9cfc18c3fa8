"""Tickets from a file: with tags and a note, found again by their number, and taken back."""

import pytest
from sqlalchemy import func, select

from crm.accounts.models import Department
from crm.conversations.models import Conversation, Message
from crm.db import db
from crm.mail.rows import Mail
from crm.tickets.models import Ticket, TicketTag
from tests import make
from tests.importing.files import figures, ran, sent, suggested, tried, work

CASES = """Ticket ID;Subject;Requester email;Ticket type;Priority;Status;Group;Assigned to;Labels;Due date;Created at;Description
7001;Zip is broken;mia@acme.example;Bug;Critical;In progress; übergabe ;lENA;Tents, zip;2030-01-31;2026-05-31;It came open
7002;Thank you;mia@acme.example;;;Resolved;;;;;31.5.2026;
7003;Who is it;nobody@acme.example;Riddle;;;;;;;;
7004;;mia@acme.example;;;;;;;;;
7001;Again;mia@acme.example;;;;;;;;;
"""


def tickets() -> dict[str, Ticket]:
    with make.inside():
        return {one.external_id: one for one in db.session.scalars(select(Ticket)).all()}


def count(table) -> int:
    with make.inside():
        return db.session.scalar(select(func.count()).select_from(table))


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


def test_tickets_come_in_are_found_again_and_are_taken_back(lead):
    mia = make.customer(email="mia@acme.example")
    with make.inside():
        Department.add("Übergabe")
    at = sent(lead, CASES, "cases.csv", "tickets")
    assert list(suggested(lead.get(at).text).values())[:12] == [
        "external_id", "subject", "customer", "type", "priority", "status", "department", "assignee", "tags", "due",
        "opened", "note"]  # fmt: skip
    page = tried(lead, at)
    assert figures(page) == {"New": "2", "Changed": "0", "Refused": "3"} and tickets() == {}
    assert "“Riddle” is none of these: question, problem" in page and "Write what it is about." in page
    ran(lead, at)
    zip, thanks = tickets()["7001"], tickets()["7002"]
    assert (zip.type, zip.priority, zip.status, zip.customer_id) == ("problem", "urgent", "open", mia.id)
    assert (zip.created_at.date().isoformat(), thanks.status, thanks.solved_at.date().isoformat()) == (
        "2026-05-31", "closed", "2026-05-31")  # fmt: skip
    page = lead.get(f"/acme/tickets/{zip.number}").text
    assert "It came open" in page and "Übergabe" in page and "zip" in page and "Lena" in page
    assert f"Ticket #{zip.number} came with a file" in lead.get(f"/acme/customers/{mia.id}").text
    changes = f"Number;Status;Priority\n{zip.number};solved;low\n999;open;low\n"
    changed = sent(lead, changes, "more.csv", "tickets")
    tried(lead, changed, column_0="number", match="number")
    page = lead.get(f"{changed}?outcome=updated").text
    assert "<ins>Solved</ins>" in page
    assert figures(ran(lead, changed))["Changed"] == "1" and tickets()["7001"].priority == "low"
    lead.post(f"{changed}/undo")
    work()
    assert (tickets()["7001"].status, tickets()["7001"].solved_at, count(Mail)) == ("open", None, 0)
    lead.post(f"{at}/undo")
    work()
    assert figures(lead.get(at).text)["Taken back"] == "2"
    assert [count(one) for one in (Ticket, TicketTag, Conversation, Message)] == [0, 0, 0, 0]
