"""The demo: a business that has been at work for a while. Filled on the first start, into an empty instance only."""

import json
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app, g
from sqlalchemy import func, select, update

from ..accounts.models import Department, Employee
from ..accounts.passwords import hash_password
from ..conversations.models import CannedReply, Conversation, Message, Rating
from ..conversations.models.writing import Draft, post, reply
from ..customers.models import Customer, VisitorToken
from ..db import db, now
from ..events import commit
from ..tenancy import Tenant, as_tenant
from ..tickets.models import EscalationStep, SavedView, SlaPolicy, Ticket
from ..tickets.models.merging import merge
from .demo_calls import tell_calls
from .demo_imports import bring_won
from .demo_people import tell_people
from .demo_sales import sell

PASSWORD = "correct horse battery"  # noqa: S105  (the demo's, printed at every start)
STORY = Path(__file__).with_name("demo.json")


def fill() -> None:
    """Run inside an app context. Does nothing when there is a tenant already."""
    if db.session.scalar(select(func.count()).select_from(Tenant)):
        return
    story = json.loads(STORY.read_text())
    for chapter in story["tenants"]:
        tenant = Tenant(**chapter["tenant"])
        db.session.add(tenant)
        db.session.commit()
        with as_tenant(tenant):
            open_business(chapter)
            for number, told in enumerate(chapter.get("conversations", [])):
                tell(told, number)
            for number, told in enumerate(chapter.get("conversations", []), 1):
                if "ticket" in told:
                    track(number, told["ticket"])
            if "conversations" in chapter:
                tell_people()
            keep_views(chapter)
            tell_calls(chapter)
            if chapter["tenant"]["slug"] == "acme":
                sell()
                bring_won()


def open_business(chapter: dict[str, Any]) -> None:
    hashed = hash_password(PASSWORD)
    for position, name in enumerate(chapter["departments"]):
        Department(name=name, position=position).save()
    db.session.flush()
    for values in chapter["employees"]:
        department = Department.find(name=values.pop("department"))
        Employee(**values, department_id=department.id, password_hash=hashed).save()
    for shortcut, body in chapter.get("canned", {}).items():
        CannedReply(shortcut=shortcut, body=body).save()
    for promised in chapter.get("promises", ()):
        SlaPolicy().write(**promised)
    for name, minutes, whom in chapter.get("ladder", ()):
        EscalationStep(department_id=Department.find(name=name).id, after_minutes=minutes, whom=whom).save()
    commit()


def tell(told: dict[str, Any], number: int) -> None:
    """Play one conversation with the product's verbs, then move it to when it happened."""
    customer = known_customer(told["customer"])
    department = Department.find(name=told["department"])
    way = {"channel": told.get("channel", "chat"), "subject": told.get("subject", "")}
    conversation = Conversation.begin(customer, department, uuid.uuid4(), page(told), **way)
    for line in told["lines"]:
        speak(conversation, customer, line)
    if told.get("closed_by"):
        conversation.close(employee(told["closed_by"]))
        db.session.flush()
        if told.get("stars"):
            Rating.locked(conversation_id=conversation.id).give(
                told["stars"], told.get("feedback", ""), told.get("reasons", ())
            )
    commit()
    move_back(conversation, timedelta(minutes=told["minutes_ago"]), timedelta(seconds=told.get("waited", 60)))


def page(told: dict[str, Any]) -> str:
    """Where in the demo shop it began; nowhere when no shop is started beside it."""
    shop = current_app.config["CRM"].demo_shop_url
    return shop + told["page"] if shop and "page" in told else ""


def known_customer(values: dict[str, Any]) -> Customer:
    found = Customer.first(name=values["name"])
    return found or VisitorToken.customer_for(uuid.uuid4().hex * 2, **values)


def employee(name: str) -> Employee:
    return Employee.find(name=name)


def speak(conversation: Conversation, customer: Customer, line: list[str]) -> None:
    """`line` is [who, text]; who is "customer", an employee's name, or "note:" and a name."""
    who, body = line
    kind, _, name = who.rpartition(":")
    if who == "customer":
        g.actor_id = customer.id
        post(conversation, customer, Draft(body, uuid.uuid4(), conversation.said_as))
    else:
        author = employee(name)
        g.actor_id = author.id
        reply(conversation, author, Draft(body, uuid.uuid4(), "note" if kind == "note" else "chat"))


def move_back(conversation: Conversation, ago: timedelta, waited: timedelta) -> None:
    """Spread the messages over the minutes after it began; the audit and the events keep the true times."""
    began = now() - ago
    messages = db.session.scalars(
        select(Message).where(Message.conversation_id == conversation.id).order_by(Message.seq)
    ).all()
    said_at = began
    for index, message in enumerate(messages):
        said_at = began + waited + timedelta(seconds=45 * (index - 1)) if index else began
        message.created_at = said_at
    set_times(conversation, began, began + waited, said_at)
    commit()


def set_times(conversation: Conversation, began: datetime, answered: datetime, last: datetime) -> None:
    times: dict[str, Any] = {"created_at": began, "queued_at": began, "last_message_at": last, "queued_place": 1}
    if conversation.first_reply_at:
        times |= {"first_reply_at": answered, "accepted_at": answered}
    if conversation.closed_at:
        times["closed_at"] = last
        rated = update(Rating).where(Rating.conversation_id == conversation.id, Rating.rated_at.is_not(None))
        db.session.execute(rated.values(rated_at=last + timedelta(minutes=1), created_at=last))
        unrated = update(Rating).where(Rating.conversation_id == conversation.id, Rating.rated_at.is_(None))
        db.session.execute(unrated.values(mail_due_at=None))
    db.session.execute(update(Conversation).where(Conversation.id == conversation.id).values(**times))
    theirs, before = update(Customer).where(Customer.id == conversation.customer_id), began - timedelta(seconds=1)
    db.session.execute(theirs.where(Customer.last_seen_at > last).values(last_seen_at=last))
    db.session.execute(
        theirs.where(Customer.created_at > before).values(created_at=before)
    )  # seen since they are known


def track(number: int, told: dict[str, Any]) -> None:
    """Make a ticket of the conversation with this number; what it `joins` and `links` to are numbers too."""
    author, conversation = employee(told["by"]), Conversation.locked(number=number)
    g.actor_id = author.id
    ticket = Ticket.open_from(conversation, author, told["subject"])
    ticket.change("type", told["type"])
    ticket.change("priority", told.get("priority", "normal"))
    if "due_in_hours" in told:
        ticket.change("due_at", now() + timedelta(hours=told["due_in_hours"]))
    hang_on(ticket, author, told)
    ticket.set_status(told.get("status", ticket.status))
    if "merge_into" in told:
        merge(Ticket.locked(subject=told["merge_into"]), ticket, author)
    commit()


def keep_views(chapter: dict[str, Any]) -> None:
    for view in chapter.get("views", ()):
        SavedView.keep(employee(view["by"]), view["name"], view["shared"], view["asked"])
    commit()


def hang_on(ticket: Ticket, author: Employee, told: dict[str, Any]) -> None:
    for joined in told.get("joins", ()):
        ticket.take_in(Conversation.locked(number=joined))
    for name in told.get("tags", ()):
        ticket.tag(name)
    for name in told.get("followers", ()):
        ticket.follow(employee(name))
    for kind, other in told.get("links", ()):
        ticket.link(Ticket.find(number=other), kind)
    for text, done in told.get("items", ()):
        ticket.tick(ticket.add_item(text), author, done)


def facts() -> dict[str, Any]:
    """What the start-up text and the demo shop need, after fill().

    "notes": lines shown under the addresses (the sign-ins); "shop": the environment of the demo shop
    (WIDGET_KEY, IDENTITY_SECRET).
    """
    tenant = db.session.scalars(select(Tenant).where(Tenant.slug == "acme")).first()
    if tenant is None:
        return {"notes": [], "shop": {}}
    with as_tenant(tenant):
        people = db.session.scalars(
            select(Employee).where(Employee.deactivated_at.is_(None)).order_by(Employee.id)
        ).all()
    notes = [f"Sign in at /{tenant.slug}/sign-in, password “{PASSWORD}”:"]
    notes += [f"  {person.email} ({person.role})" for person in people]
    return {"notes": notes, "shop": {"WIDGET_KEY": tenant.widget_key, "IDENTITY_SECRET": tenant.identity_secret}}
