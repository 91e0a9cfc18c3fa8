"""What a world knows of its customer: where they work, what they allow, who became a part of them."""

from typing import Any

from sqlalchemy import func, select

from crm.accounts.models import Employee
from crm.customers.erasing.erase import erase
from crm.customers.merging.companies import delete_company, merge_companies
from crm.customers.merging.merge import merge_customers
from crm.customers.models import (
    Company,
    CompanyPair,
    CompanyTag,
    Consent,
    Customer,
    CustomerEmail,
    CustomerTag,
    DuplicatePair,
    DuplicateSearch,
    Erasure,
    PersonExport,
    Place,
    Purpose,
    Relation,
    RelationKind,
    Tag,
)
from crm.db import db
from crm.events import commit


def fill(world: Any, boss: Employee) -> None:
    """Where the customer works, and what is known beside their row."""
    rows, canary = world.rows, world.canary
    rows.company = Company.add(name=f"Tents {canary}", domain=f"{canary}.test", owner_id=boss.id)
    rows.purpose, rows.tag = Purpose.add(canary, f"May we write about {canary}?"), Tag(name=canary).save()
    db.session.flush()
    here = {"customer_id": rows.customer.id}
    rows.place = Place(**here, company_id=rows.company.id, title=canary).save()
    rows.further = CustomerEmail(**here, email=f"mia.2@{canary}.test").save()
    rows.customer_tag = CustomerTag(**here, tag_id=rows.tag.id).save()
    rows.company_tag = CompanyTag(company_id=rows.company.id, tag_id=rows.tag.id).save()
    rows.consent = Consent.write(rows.customer, rows.purpose, True, "said", boss)
    rows.merged = merge_customers(rows.customer, Customer(name=f"M. {canary}").save(), boss)
    rows.gone_company = merge_companies(rows.company, Company.add(name=f"Tents Ltd {canary}", note=canary), boss)
    delete_company(Company.add(name=f"Tents Inc {canary}"), boss)
    alike = Company.add(name=f"Tents AG {canary}")
    db.session.flush()
    two = {"one_id": rows.company.id, "other_id": alike.id, "points": 60, "why": ["name"]}
    rows.company_pair = CompanyPair(**two).save()
    other = Customer(name=f"Mia C. {canary}").save()
    rows.kind = RelationKind.add(f"sells to {canary}", f"buys from {canary}")
    db.session.flush()
    rows.relation = Relation.add(rows.kind, rows.company, rows.customer)
    Relation.add(rows.kind, other, rows.company)
    rows.person_export = PersonExport.ask(rows.customer, boss)
    rows.search = DuplicateSearch.ask(boss)
    db.session.flush()
    rows.pair = DuplicatePair(one_id=rows.customer.id, other_id=other.id, points=70, why=["name"]).save()
    rows.pair.decide("later", boss)
    nobody = Customer(name="").save()
    db.session.flush()
    rows.erasure = Erasure.ask(nobody, boss)
    erase(rows.erasure)
    db.session.execute(select(func.mark_erased(other.id)))
    commit()
