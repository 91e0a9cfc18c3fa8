"""The demo's companies, and what is known of its customers beside what they said."""

import json
from pathlib import Path
from typing import Any

from flask import g

from ..accounts.models import Employee
from ..customers.details import keep_emails, keep_tags
from ..customers.models import Company, Consent, Customer, Purpose
from ..customers.phones import keep_numbers
from ..customers.places import work_at
from ..events import commit

PEOPLE = Path(__file__).with_name("demo_people.json")


def tell_people() -> None:
    """Run within the demo's first workspace, when its customers are there."""
    told = json.loads(PEOPLE.read_text())
    for values in told["companies"]:
        found_company(values)
    for values in told["purposes"]:
        Purpose.add(**values)
    for values in told["people"]:
        know(values)
    commit()


def found_company(values: dict[str, Any]) -> None:
    tags, owner, parent = values.pop("tags", None), values.pop("owner", ""), values.pop("parent", "")
    values["owner_id"] = Employee.find(name=owner).id if owner else None
    values["parent_id"] = Company.find(name=parent).id if parent else None
    keep_tags(Company.add(**values), tags)


def know(values: dict[str, Any]) -> None:
    customer = Customer.find(name=values.pop("name"))
    owner, stage = values.pop("owner", ""), values.pop("stage")
    g.actor_id = Employee.find(name=owner or "Anna Keller").id
    keep_emails(customer, values.pop("emails", None))
    keep_numbers(customer, values.pop("phones", None))
    keep_tags(customer, values.pop("tags", None))
    for company, title in values.pop("places", ()):
        work_at(customer, Company.find(name=company), title)
    for purpose, said in values.pop("allows", {}).items():
        for given in said:
            Consent.write(customer, Purpose.find(name=purpose), given, "said", Employee.find(id=g.actor_id))
    customer.change(**values, lifecycle_stage=stage, owner_id=Employee.find(name=owner).id if owner else None)
