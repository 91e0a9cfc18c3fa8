"""One workspace with a row in every table, and a word that nobody else may ever read."""

import io
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from werkzeug.datastructures import FileStorage

from crm.accounts.models import Department, Employee, Holiday, Session, Token
from crm.conversations.models import (
    Ability,
    Call,
    CannedReply,
    Conversation,
    FollowUp,
    Mailbox,
    MailId,
    PhoneLine,
    PhoneSource,
    Presence,
    Rating,
    Routing,
    Task,
    Watching,
)
from crm.conversations.models.writing import Draft, post, reply
from crm.conversations.received.receive import Source
from crm.conversations.received.receive import keep as keep_mail
from crm.customers.fields import write_custom
from crm.customers.fields.models import CustomField, CustomValue
from crm.customers.models import Customer, VisitorToken
from crm.customers.phones import learn_number
from crm.db import db, now, uuid7
from crm.events import commit
from crm.files import keep
from crm.jobs import Clock
from crm.mail import queue_mail
from crm.notifications.models import Device, Notification, Push
from crm.portal.case_links import key_of
from crm.portal.ratings import token_of
from crm.portal.recoveries import token_of as follow_up_token
from crm.tenancy import current_tenant
from crm.tickets.models import Escalation, EscalationStep, SavedView, SlaPolicy, Ticket, TicketClock
from crm.tickets.models.merging import merge
from crm.tickets.models.search import SearchEntry, SearchMark, SearchWord
from tests import make
from tests.floor import incoming, known, shelf

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01" + b"\x00" * 48


@dataclass
class World:
    """`canary` stands in everything people wrote; the rest are the rows, detached."""

    slug: str
    canary: str
    rows: SimpleNamespace = field(default_factory=SimpleNamespace)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rows, name)


def build(slug: str) -> World:
    """One of everything, by the product's own verbs where there are some."""
    world = World(slug, f"{slug}canary")
    agent, boss = make.employee("Anna", "agent", slug), make.employee("Boris", "owner", slug)
    with make.inside(slug, boss):
        fill_accounts(world, boss)
        fill_conversations(world, Employee.find(id=agent.id))
        known.fill(world, boss)
        fill_rest(world, boss)
    world.rows.agent, world.rows.boss = agent, boss
    return world


def fill_accounts(world: World, boss: Employee) -> None:
    rows, canary = world.rows, world.canary
    rows.tenant = current_tenant._get_current_object()  # type: ignore[attr-defined]
    rows.department = Department(name=f"Desk {canary}").save()
    db.session.flush()
    rows.holiday = Holiday(department_id=rows.department.id, name=canary, starts_on=now(), ends_on=now()).save()
    rows.department_2 = Department(name=f"Old {canary}", archived_at=now()).save()
    rows.invitation, rows.invitation_key = Token.make("invitation", 24, email=f"new@{canary}.test",
        facts={"role": "agent", "by": str(boss.id), "department_id": None})  # fmt: skip
    rows.reset, rows.reset_key = Token.make("password_reset", 24, person_id=boss.id)
    rows.link, rows.link_key = Token.make("customer_link", 24, email=f"mia@{canary}.test", facts={"name": canary})
    commit()


def fill_conversations(world: World, agent: Employee) -> None:
    rows, canary = world.rows, world.canary
    rows.visitor_key = uuid.uuid4().hex * 2
    rows.customer = VisitorToken.customer_for(rows.visitor_key, name=f"Mia {canary}", email=f"mia@{canary}.test")
    rows.customer.note = canary
    rows.conversation = talk(world, rows.customer, agent)
    rows.conversation.close(agent)
    rows.rating = Rating.locked(conversation_id=rows.conversation.id)
    rows.rating_token = token_of(rows.rating)
    rows.rating.give(1, f"Poor {canary}")
    rows.follow_up = FollowUp.find(rating_id=rows.rating.id)
    rows.follow_up_token = follow_up_token(rows.follow_up)
    rows.waiting = Conversation.begin(rows.customer, rows.department, uuid.uuid4())
    post(Conversation.locked(id=rows.waiting.id), rows.customer, Draft(f"Waiting {canary}", uuid.uuid4()))
    mailed = Conversation.begin(rows.customer, rows.department, uuid.uuid4(), channel="email", subject=canary)
    rows.mail = post(Conversation.locked(id=mailed.id), rows.customer, Draft(canary, uuid.uuid4(), "email"))
    MailId.note(rows.mail, f"<1@{canary}.test>", "in")
    receive_mail(world)
    rows.open_rating_conversation = talk(world, rows.customer, agent)
    rows.open_rating_conversation.close(agent)
    rows.open_rating = Rating.find(conversation_id=rows.open_rating_conversation.id)
    rows.open_rating_token = token_of(rows.open_rating)
    commit()


def receive_mail(world: World) -> None:
    """One that became the message, and where the next come from."""
    rows, canary = world.rows, world.canary
    raw = f"From: Mia <mia@{canary}.test>\r\nSubject: {canary}\r\nMessage-ID: <1@{canary}.test>\r\n\r\n{canary}\r\n"
    rows.received, _new = keep_mail(raw.encode(), Source("command"))
    rows.received.message_id, rows.received.html, rows.received.quoted = rows.mail.id, f"<p>{canary}</p>", canary
    rows.received.settle("taken")
    rows.mailbox = Mailbox(id=uuid7(), host=f"imap.{canary}.test", port=993, username=canary)
    rows.mailbox.tenant_id, rows.mailbox.department_id = rows.tenant.id, rows.department.id
    rows.mailbox.set_password(canary)
    rows.mailbox.pause(True)
    rows.mailbox.save()


def talk(world: World, customer: Customer, agent: Employee) -> Conversation:
    begun = Conversation.begin(customer, world.rows.department, uuid.uuid4())
    conversation = Conversation.locked(id=begun.id)
    file = keep(FileStorage(io.BytesIO(PNG + world.canary.encode()), f"{world.canary}.png"))
    world.rows.message = post(conversation, customer, Draft(f"Hello {world.canary}", uuid.uuid4(), files=(file,)))
    world.rows.attachment_id = file.id
    world.rows.reply = reply(conversation, agent, Draft(f"Answer {world.canary}", uuid.uuid4()))
    world.rows.note = reply(conversation, agent, Draft(f"Note {world.canary}", uuid.uuid4(), "note"))
    db.session.flush()
    return conversation


def fill_rest(world: World, boss: Employee) -> None:
    rows, canary = world.rows, world.canary
    rows.canned = CannedReply(shortcut=canary, body=canary).save()
    rows.field = CustomField.add("customer", "field", name=f"Tier {canary}", type="text", filterable=True)
    write_custom(rows.customer, {"field": canary})
    rows.field_value = CustomValue.find(field_id=rows.field.id)
    rows.rule = Routing(department_id=rows.department.id, skills={canary: [canary]}).save()
    rows.ability = Ability(person_id=boss.id, skills=[canary]).save()
    rows.presence = Presence(person_id=boss.id).save()
    rows.watching = Watching(person_id=boss.id, conversation_id=rows.conversation.id).save()
    shelf.fill(rows, canary)
    incoming.fill(rows, canary, boss)
    fill_ticket(world, boss)
    fill_notification(world, boss)
    fill_calls(world, boss)
    queue_mail(f"{canary}:1", f"mia@{canary}.test", "password_changed", "en", link=canary)
    db.session.merge(Clock(name="some entry", due=now() + timedelta(days=1)))
    commit()
    rows.session_id = make_session(boss)


def fill_ticket(world: World, boss: Employee) -> None:
    rows, canary = world.rows, world.canary
    rows.ticket = Ticket.open_from(rows.waiting, boss, f"Parcel {canary}")
    other = Ticket.open_from(rows.conversation, boss, f"Refund {canary}")
    rows.ticket.link(other, "follows")
    rows.ticket.tag(canary)
    rows.ticket.follow(boss)
    rows.item = rows.ticket.add_item(f"Call {canary}")
    fill_promises(rows, boss)


def fill_promises(rows: SimpleNamespace, boss: Employee) -> None:
    """A promise that is about to break, and somebody who was told."""
    rows.policy = SlaPolicy(customer_id=rows.customer.id, first_minutes=10).save()
    rows.clock = TicketClock(ticket_id=rows.ticket.id, kind="first", allowed=600, spent=0.0).save()
    rows.step = EscalationStep(
        department_id=rows.department.id, whom="person", person_id=boss.id, after_minutes=0
    ).save()
    rows.escalation = Escalation(ticket_id=rows.ticket.id, kind="first").save()
    db.session.flush()
    rows.escalation.tell(boss, rows.step)
    rows.case_key = key_of(rows.ticket)
    rows.word = SearchWord(word=rows.ticket.subject).save()
    rows.mark = SearchMark().save()
    rows.entry = SearchEntry(kind="ticket", words=rows.tenant.slug).save()
    rows.saved_view = SavedView.keep(boss, f"Mine {rows.ticket.subject}", False, {"view": "open"})
    rows.merge = merge(rows.ticket, Ticket.open_from(rows.open_rating_conversation, boss, rows.ticket.subject), boss)


def fill_calls(world: World, boss: Employee) -> None:
    rows, canary = world.rows, world.canary
    facts: dict[str, Any] = {"direction": "in", "number": "+4930901820", "started_at": now()}
    rows.call = Call.log(boss, rows.customer, uuid.uuid4(), "answered", 245, **facts, recording_url=f"https://{canary}")
    learn_number(rows.customer, "+4930901820")
    learn_number(rows.customer, "+4930901821")
    rows.missed = Call.begin(rows.customer, external_id=canary, source="pbx", **facts)
    rows.missed.end("missed", None)
    rows.task = Task.find(key=f"missed:{rows.missed.id}")
    rows.source, rows.line = PhoneSource.set_up("pbx"), PhoneLine.add(f"phone-{canary}", boss, None)


def fill_notification(world: World, boss: Employee) -> None:
    rows = world.rows
    about = {"conversation_id": rows.conversation.id, "ticket_id": rows.ticket.id, "message_id": rows.note.id}
    rows.notification = Notification(
        person_id=boss.id, actor_id=boss.id, kind="mentioned", key=world.canary, **about
    ).save()
    session, _key = Session.begin(boss, "Canary browser", "127.0.0.1")
    session.revoke()  # nothing is on its way there
    db.session.flush()
    keys = {"endpoint": f"https://push.{world.canary}.test/", "p256dh": "", "auth": ""}
    rows.device = Device(person_id=boss.id, session_id=session.id, name=world.canary, **keys).save()
    db.session.flush()
    rows.push = Push(
        notification_id=rows.notification.id, device_id=rows.device.id, due=now() + timedelta(days=1)
    ).save()


def make_session(person: Employee) -> uuid.UUID:
    row, _key = Session.begin(person, "Canary browser", "127.0.0.1")
    commit()
    return row.id
