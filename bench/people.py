"""Signs people in without the pages: the same rows, cookies and bearers that signing in makes."""

import os
from dataclasses import asdict, dataclass

from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from crm import create_app
from crm.accounts.models import Employee, Session
from crm.config import Config
from crm.db import db
from crm.events import commit
from crm.portal.visitors import Visitor, bearer_of
from crm.tenancy import Tenant, as_tenant

from .fill import EMPLOYEES, SLUG, visitor_key
from .stack import Stack


@dataclass
class Colleague:
    """An employee's browser: the headers with which it reads and writes."""

    id: str
    cookie: str
    csrf: str

    def headers(self) -> dict[str, str]:
        return {"Cookie": f"rapport={self.cookie}", "X-CSRFToken": self.csrf}


def app_of(stack: Stack) -> Flask:
    os.environ |= stack.environment()
    return create_app(Config.from_env(os.environ))


def tenant_of(app: Flask) -> Tenant:
    with app.app_context():
        return db.session.scalars(select(Tenant).where(Tenant.slug == SLUG)).one()


def colleagues(app: Flask) -> list[Colleague]:
    """One signed-in browser for each employee: the one numbered n (see fill.py) stands at n - 1."""
    tenant = tenant_of(app)
    with app.test_request_context(f"/{SLUG}/"), as_tenant(tenant):
        people = {person.name: person for person in db.session.scalars(select(Employee)).all()}
        found = [signed_in(app, people[f"Employee {number}"]) for number in range(1, EMPLOYEES + 1)]
        commit()
    return found


def signed_in(app: Flask, person: Employee) -> Colleague:
    row, key = Session.begin(person, "bench", "127.0.0.1")
    row.save()
    csrf = generate_csrf()  # one for all: it is remembered for the request
    session["employee"] = {"key": key, "person": str(person.id)}
    cookie = app.session_interface.get_signing_serializer(app).dumps(dict(session))  # type: ignore[attr-defined]
    return Colleague(str(person.id), cookie, csrf)


def bearers(app: Flask, numbers: range) -> list[str]:
    """The widget's bearers of the customers with these numbers."""
    tenant = tenant_of(app)
    with app.test_request_context(f"/{SLUG}/"), as_tenant(tenant):
        return [bearer_of(Visitor(visitor_key(number))) for number in numbers]


__all__ = ["Colleague", "app_of", "asdict", "bearers", "colleagues", "tenant_of"]
