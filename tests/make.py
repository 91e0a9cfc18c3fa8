"""Builds people and things for tests, with the product's own verbs. Everything made is committed and detached.

conversation = make.conversation()          # queued, of acme, with one message of its customer
with make.inside(): conversation = Conversation.find(number=1)
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.accounts import passwords
from crm.accounts.models import Department, Employee, Person, Session
from crm.conversations.models import Conversation, Rating
from crm.conversations.models.message import Message
from crm.conversations.models.writing import Draft, post, reply
from crm.customers.models import Customer, VisitorToken
from crm.db import db
from crm.events import commit
from crm.tenancy import Tenant, as_tenant, forget_cached_tenant

Anybody = Person
PASSWORD = "correct horse battery"
state = SimpleNamespace(app=None, password_hash=None)


def hash_quickly() -> None:
    """A password costs next to nothing; what it costs outside of tests is in `state.careful`."""
    state.careful = passwords.hasher, passwords.NOBODY
    passwords.hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    passwords.NOBODY = passwords.hasher.hash("Nobody has this one.")


def use(app: Flask) -> None:
    state.app = app


@contextmanager
def inside(slug: str = "acme", actor: Person | None = None) -> Iterator[Tenant]:
    """An app context within the tenant, which is made when it does not exist. Commits at its end."""
    with state.app.app_context():
        found = tenant_here(slug)
        with as_tenant(found, actor.id if actor else None):
            yield found
            commit()


def tenant_here(slug: str) -> Tenant:
    found = db.session.scalar(select(Tenant).where(Tenant.slug == slug))
    if found is None:
        found = Tenant(slug=slug, name=slug.capitalize())
        db.session.add(found)
        db.session.commit()
        with as_tenant(found):
            Department(name="Support").save()
    return found


def tenant(slug: str = "acme", **values: Any) -> Tenant:
    with state.app.app_context():
        found = tenant_here(slug)
        for name, value in values.items():
            setattr(found, name, value)
        db.session.commit()
        forget_cached_tenant()
        return found


def employee(name: str = "Anna", role: str = "agent", slug: str = "acme", **values: Any) -> Employee:
    state.password_hash = state.password_hash or passwords.hash_password(PASSWORD)
    values = {"email": f"{name.split()[0].lower()}@{slug}.test", "password_hash": state.password_hash, **values}
    with inside(slug):
        found = Employee.first(email=values["email"])
        if found is None:
            values.setdefault("department_id", department_here().id)
            found = Employee(name=name, role=role, **values).save()
        return found


def department_here(name: str = "Support") -> Department:
    found = Department.first(name=name) or Department(name=name).save()
    db.session.flush()
    return found


def department(name: str = "Sales", slug: str = "acme") -> Department:
    with inside(slug):
        return department_here(name)


def anna() -> Employee:
    return employee("Anna", "agent")


def boris() -> Employee:
    return employee("Boris", "admin")


def carla() -> Employee:
    return employee("Carla", "agent", slug="globex")


def customer(name: str = "Mia Meier", slug: str = "acme", **values: Any) -> Customer:
    with inside(slug):
        return VisitorToken.customer_for(uuid.uuid4().hex * 2, name=name, **values)


def conversation(slug: str = "acme", customer: Customer | None = None, body: str = "Where is my parcel?",
                 assignee: Employee | None = None, **values: Any) -> Conversation:  # fmt: skip
    """Queued with one message of its customer; with `assignee` accepted by them."""
    with inside(slug):
        person = customer or VisitorToken.customer_for(uuid.uuid4().hex * 2, name="Mia Meier")
        made = Conversation.begin(person, department_here(), uuid.uuid4())
        for name, value in values.items():
            setattr(made, name, value)
        db.session.flush()
        if body:
            post(made, person, Draft(body, uuid.uuid4()))
        if assignee:
            made.accept(Employee.find(id=assignee.id))
        return made


def message(
    conversation: Conversation, sender: Person, body: str = "Hello", slug: str = "acme", **draft: Any
) -> Message:
    with inside(slug):
        locked = Conversation.locked(id=conversation.id)
        say = post if sender.kind == "customer" else reply
        return say(locked, Person.find(id=sender.id), Draft(body, uuid.uuid4(), **draft))


def closed_conversation(slug: str = "acme", by: Employee | None = None, **values: Any) -> Conversation:
    """Answered once by `by` (Anna) and closed by them, so that a rating is asked for."""
    who = by or employee("Anna", "agent", slug)
    made = conversation(slug, assignee=who, **values)
    message(made, who, "Let me look.", slug)
    with inside(slug):
        locked = Conversation.locked(id=made.id)
        locked.close(Employee.find(id=who.id))
        return locked


def rating(stars: int = 5, feedback: str = "", slug: str = "acme", **values: Any) -> Rating:
    closed = closed_conversation(slug, **values)
    with inside(slug):
        found = Rating.locked(conversation_id=closed.id)
        found.give(stars, feedback)
        return found


def browser(person: Person, slug: str | None = None) -> FlaskClient:
    """A browser signed in as an employee, or as a customer in the portal."""
    slug = slug or slug_of(person)
    with inside(slug):
        row, key = Session.begin(person, "Test browser", "127.0.0.1")
        row.save()
    signer = state.app.session_interface.get_signing_serializer(state.app)
    client: FlaskClient = state.app.test_client()
    client.set_cookie("rapport", signer.dumps({person.kind: {"key": key, "person": str(person.id)}}), path=f"/{slug}")
    return client


def slug_of(person: Person) -> str:
    with state.app.app_context():
        return db.session.get(Tenant, person.tenant_id).slug


def message_form(body: str = "Hello", kind: str = "chat", client_id: uuid.UUID | None = None) -> dict[str, str]:
    return {"body": body, "kind": kind, "client_id": str(client_id or uuid.uuid4())}
