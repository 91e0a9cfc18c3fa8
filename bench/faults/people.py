"""Two businesses with ten employees and forty visitors each, made with the product's own verbs."""

import base64
import hashlib
import uuid
from typing import Any

from flask import Flask

from crm.accounts.models import Department, Employee, Person
from crm.conversations.models import Conversation
from crm.conversations.models.writing import Draft, post
from crm.customers.models import Customer, VisitorToken
from crm.db import db
from crm.events import commit
from crm.portal.visitors import Visitor, bearer_of, key_of
from crm.tenancy import Tenant, as_tenant

from ..people import signed_in

SLUGS = ("acme", "globex")
EMPLOYEES, VISITORS = 10, 40


def prepare(spec: dict[str, Any]) -> dict[str, Any]:
    """Run in a process of its own (generator.run): an app is made once per process."""
    import os

    from crm import create_app
    from crm.config import Config

    os.environ |= spec["environment"]
    app = create_app(Config.from_env(os.environ))
    return {"tenants": [tenant_of(app, slug, spec["seed"]) for slug in SLUGS]}


def tenant_of(app: Flask, slug: str, seed: int) -> dict[str, Any]:
    with app.app_context():
        tenant = Tenant(slug=slug, name=slug.capitalize())
        db.session.add(tenant)
        db.session.commit()
    with app.test_request_context(f"/{slug}/"), as_tenant(tenant):
        people = staff(app, slug)
        visitors = [visitor(seed, slug, number, people[number % EMPLOYEES]["person"]) for number in range(VISITORS)]
        commit()
    for one in people:
        one.pop("person")
    canary = "canary" + hashlib.sha256(f"{slug}-{seed}".encode()).hexdigest()[:16]
    return {"id": str(tenant.id), "slug": slug, "widget_key": tenant.widget_key, "canary": canary, "employees": people,
            "visitors": visitors}  # fmt: skip


def staff(app: Flask, slug: str) -> list[dict[str, Any]]:
    """The first is the owner, who invites; each signed in."""
    department = Department(name="Support").save()
    db.session.flush()
    found = []
    for number in range(EMPLOYEES):
        person = Employee(name=f"Employee {number}", email=f"employee{number}@{slug}.test")
        person.role, person.department_id = "owner" if number == 0 else "agent", department.id
        person.save()
        db.session.flush()
        found.append({"id": str(person.id), "headers": signed_in(app, person).headers(), "person": person})
    return found


def visitor(seed: int, slug: str, number: int, employee: Employee) -> dict[str, Any]:
    """A visitor with one open conversation, which `employee` has."""
    token = base64.urlsafe_b64encode(hashlib.sha256(f"{slug}-{number}-{seed}".encode()).digest()).decode().rstrip("=")
    customer: Customer = VisitorToken.customer_for(key_of(token), name=f"Visitor {number}")
    conversation = Conversation.begin(customer, Department.open_ones()[0], uuid.uuid4())
    post(conversation, person_of(customer), Draft("Hello", uuid.uuid4()))
    conversation.accept(employee)
    return {"id": str(customer.id), "token": token, "bearer": bearer_of(Visitor(key_of(token))),
            "number": conversation.number, "conversation": str(conversation.id), "employee": number % EMPLOYEES}  # fmt: skip


def person_of(customer: Customer) -> Person:
    db.session.flush()
    return customer
