"""A person is erased: nothing is left of them anywhere, and what the law wants kept stays."""

import io
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import String, func, select
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from werkzeug.datastructures import FileStorage

from crm.accounts.models import Employee, Session, Token
from crm.catalog.models import Receipt, Transaction
from crm.conversations.models import Call, Conversation, FollowUp, Message, Rating
from crm.conversations.models.writing import Draft, post, reply
from crm.conversations.received.receive import Source
from crm.conversations.received.receive import keep as keep_mail
from crm.customers.erasing.jobs import erase_person, finish_erasure
from crm.customers.fields import write_custom
from crm.customers.fields.models import CustomField
from crm.customers.handing_out.gather import walked
from crm.customers.merging.merge import merge_customers
from crm.customers.models import Consent, Customer, CustomerEmail, Erasure, PersonExport, VisitorToken, ids_of
from crm.customers.phones import learn_number
from crm.db import db
from crm.files import keep, keep_as_it_is, keep_large
from crm.importing.models import Import, ImportRow
from crm.mail import queue_mail
from crm.models import everything
from crm.notifications.models import Notification
from crm.personal import emptied, going, harmless, lawful, reached
from crm.tickets.indexing import take_in_messages
from crm.tickets.models import Escalation, Ticket
from tests import make
from tests.floor import world

NAME = "quastenflohr"  # stands in all that is said, typed and sent
PHONES = ("+4930901777", "+4930901778")


def test_every_text_that_may_be_a_persons_is_declared():
    everything()
    forgotten = []
    for table in reached():
        if table.name not in going:
            said = {*emptied.get(table.name, ()), *harmless.get(table.name, ()), *lawful.get(table.name, ())}
            texts = [
                c.name for c in table.columns if isinstance(c.type, String | JSONB | TSVECTOR) and c.computed is None
            ]
            forgotten += [f"{table.name}.{name}" for name in texts if name not in said]
    assert forgotten == []


def everywhere(acme: Any) -> Customer:
    """Somebody of whom something stands in every place."""
    boss = Employee.find(id=acme.boss.id)
    key = uuid.uuid4().hex * 2
    person = VisitorToken.customer_for(key, name=f"Xenia {NAME}", claimed_email=f"x@{NAME}.test", phone=PHONES[0])
    Session.begin(person, f"Browser of {NAME}", "127.0.0.1")
    Token.make("customer_link", 24, email=f"x@{NAME}.test", facts={"name": NAME})
    values = dict.fromkeys("note street city region postal_code external_id user_agent".split(), f"Their {NAME}")
    person.change(email=f"xenia@{NAME}.test", **values)
    CustomerEmail(customer_id=person.id, email=f"two@{NAME}.test").save()
    learn_number(person, PHONES[1])
    person.avatar_id, person.avatar_type = keep(sent(NAME)).id, "image/png"
    write_custom(person, {CustomField.find(id=acme.field.id).key: NAME})
    Consent.write(person, acme.purpose, True, "said", boss)
    db.session.flush()
    talk(acme, person, boss)
    come_and_go(acme, person, boss)
    gone = Customer(name=f"Xeni {NAME}", note=NAME, email=f"old@{NAME}.test").save()
    merge_customers(person, gone, boss)
    export = PersonExport.ask(person, boss)
    keep_as_it_is(NAME.encode(), "export.zip", "application/zip", export.file_id)
    export.finish(1)
    return person


def sent(word: str) -> FileStorage:
    return FileStorage(io.BytesIO(world.PNG + word.encode()), f"{word}.png")


def talk(acme: Any, person: Customer, boss: Employee) -> None:
    room = Conversation.locked(id=Conversation.begin(person, acme.department, uuid.uuid4(), f"https://{NAME}.test").id)
    said = post(room, person, Draft(f"I am {NAME}", uuid.uuid4(), files=(keep(sent(NAME)),)))
    answer = reply(room, boss, Draft(f"Hello {NAME}", uuid.uuid4()))
    reply(room, boss, Draft(f"Note of {NAME}", uuid.uuid4(), "note"))
    about = {"conversation_id": room.id, "message_id": said.id, "facts": {"words": NAME}}
    Notification(person_id=boss.id, actor_id=person.id, kind="mentioned", key=NAME, **about).save()
    room.close(boss)
    rating = Rating.locked(conversation_id=room.id)
    rating.give(1, f"Poor, says {NAME}")
    FollowUp.find(rating_id=rating.id).note = NAME
    queue_mail(f"x:{answer.id}", f"xenia@{NAME}.test", "password_changed", "en", link=NAME)
    queue_mail(f"y:{answer.id}", str(boss.email), "password_changed", "en", link=f"https://Xenia {NAME}")


def come_and_go(acme: Any, person: Customer, boss: Employee) -> None:
    mailed = Conversation.begin(person, acme.department, uuid.uuid4(), channel="email", subject=f"Mail of {NAME}")
    ticket = Ticket.open_from(mailed, boss, f"Parcel of {NAME}")
    ticket.add_item(f"Call {NAME}")
    ticket.tag("parcels")
    raised = Escalation(ticket_id=ticket.id, kind="first").save()
    db.session.flush()
    queue_mail(f"escalation:{raised.id}:{boss.id}", str(boss.email), "password_changed", "en", link=ticket.subject)
    message = post(Conversation.locked(id=mailed.id), person, Draft(NAME, uuid.uuid4(), "email"))
    raw = f"From: <xenia@{NAME}.test>\r\nSubject: {NAME}\r\nMessage-ID: <1@{NAME}.test>\r\n\r\n{NAME}\r\n"
    mail, _ = keep_mail(raw.encode(), Source("command"))
    mail.html, mail.facts, mail.sender = NAME, {"to": NAME}, f"xenia@{NAME}.test"
    mail.become(message, f"<1@{NAME}.test>")
    facts = {"direction": "in", "number": PHONES[0], "started_at": db.session.scalar(select(func.now()))}
    Call.begin(person, external_id=f"{PHONES[0]}-1", source="pbx", **facts).end("missed", None)
    buy = Transaction.begin(person, "EUR", uuid.uuid4())
    buy.memo = f"For {NAME}"
    buy.add_line(acme.product)
    buy.place()
    buy.pay()
    Receipt.give(buy)
    lines = FileStorage(io.BytesIO(f"Name,E-mail\nXenia,xenia@{NAME}.test\n".encode()), "people.csv")
    arrived = Import.begin("customers", keep_large(lines, 1000), boss)
    arrived.was_read({"headings": ["Name"], "samples": [[NAME]], "rows": 1}, arrived.file_id)
    arrived.end("done")
    row = {"import_id": arrived.id, "number": 2, "outcome": "updated", "tried": False, "record_id": person.id}
    ImportRow(**row, changes={"name": [NAME, "X"]}).save()


def left(url: str, files_dir: str) -> set[str]:
    """Tables, partitions and files in which something of the person still stands."""
    found, marks = set(), (NAME, *(number.removeprefix("+") for number in PHONES))
    with psycopg.connect(url) as connection:
        query = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        for (table,) in connection.execute(query).fetchall():
            rows = connection.execute(f"SELECT to_jsonb(t) FROM {table} t").fetchall()
            for (row,) in rows:
                held = {name for name, value in row.items() if any(mark in str(value).lower() for mark in marks)}
                found |= {f"{table}.{name}" for name in held}
    held = (path for path in Path(files_dir).rglob("*") if path.is_file())
    return found | {str(path) for path in held if NAME in path.read_bytes().decode("latin-1").lower()}


def erased(boss: Any, agent: Any, here: str, name: str) -> None:
    """Asked for, done by the worker, and shown as done."""
    there = boss.post(here, data={"name": name}).location
    assert f'hx-get="{there}"' in boss.get(there).text and agent.get(there).status_code == 403
    with make.inside():
        erase_person.work(there.rpartition("/")[2])
    page = boss.get(there).text
    assert "Nothing is known of this person" in page and "every 1s" not in page and NAME not in page
    assert boss.get(here).location == boss.post(here).location == there


@pytest.mark.committed
def test_nothing_is_left_of_an_erased_person_in_any_table_and_file(app, servers):
    acme, files_dir = world.build("acme"), app.config["CRM"].files_dir
    with make.inside(actor=acme.boss):
        person = everywhere(acme)
    with make.inside():
        take_in_messages()
    before = left(servers.superuser_database_url, files_dir)
    held = {one.partition(".")[0].partition("_2")[0] for one in before if not one.startswith("/")}
    assert {"people", "messages", "mails", "received_mails", "search_words", "merged_rows", "audit"} <= held
    assert len(held) > 25 and sum(one.startswith("/") for one in before) == 5
    with make.inside():
        known = {
            name: len(ids) for name, ids in walked({"people": set(ids_of(Customer.find(id=person.id)))}, whole=True)
        }
    boss, agent, here = make.browser(acme.boss), make.browser(acme.agent), f"/acme/customers/{person.id}/erasure"
    assert agent.get(here).status_code == agent.post(here).status_code == 403
    page = boss.get(here).text
    for words in ("cannot be undone", "Files that were sent", "Messages", "Receipts, with the name", f"Xenia {NAME}"):
        assert words in page
    assert boss.post(here, data={"name": "Mia"}).status_code == 422
    erased(boss, agent, here, f"xenia {NAME}")
    assert left(servers.superuser_database_url, files_dir) == {"receipts.buyer"}
    with make.inside():
        erasure = Erasure.find(customer_id=person.id)
        finish_erasure.work(str(erasure.id))
        assert erasure.finished_at and erasure.counts == known  # the owner's function walks as the registry does
        purchase = Transaction.first(customer_id=person.id)
        assert (
            purchase.total and Receipt.find(transaction_id=purchase.id).number and Consent.first(customer_id=person.id)
        )
        room = Conversation.first(customer_id=person.id, channel="chat")
        ticket = Ticket.first(customer_id=person.id)
        assert room.status == "closed" and db.session.scalar(select(func.count()).select_from(Message)) > 9
    pages = ("inbox", "customers", f"customers?q={NAME}", "tickets", "purchases", "follow-ups", "settings/promises",
             f"purchases/{purchase.number}", f"conversations/{room.number}", f"tickets/{ticket.number}")  # fmt: skip
    for address in pages:
        answer = boss.get(f"/acme/{address}")
        assert (address, answer.status_code) == (address, 200)
        assert NAME not in answer.text.replace(f"={NAME}", "").replace(f'"{NAME}"', ""), address
