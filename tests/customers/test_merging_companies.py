"""Two companies become one or one is deleted, and comes back with all that hung on it."""

import pytest
from sqlalchemy import select

from crm.catalog.models import Transaction
from crm.customers.fields import write_custom
from crm.customers.fields.models import CustomField, CustomValue
from crm.customers.models import Company, CompanyTag, Customer, GoneCompany, Place, Relation, RelationKind
from crm.customers.places import work_at
from crm.db import db, uuid7
from tests import make
from tests.floor import world
from tests.floor.walk import snapshot

BESIDES = ("audit", "events", "gone_companies", "gone_rows", "outbox", "tenants")


@pytest.fixture
def lena(app):
    return make.browser(make.employee("Lena", "lead"))


def put_back(lena, slug="acme"):
    page = lena.get(f"/{slug}/companies/gone").text
    return lena.post(
        f"/{slug}/companies/gone/{page.partition('/companies/gone/')[2][:36]}/return", follow_redirects=True
    )


def state(url, tenant):
    rows = snapshot(url, tenant.id)
    return {name: rows[name] for name in rows if not name.startswith(BESIDES)}


def hang(acme):
    """A company on which hangs whatever can: it, the one that stays, one above, Tom who works there, a field that names it."""
    above = Company.add(name="Above")
    db.session.flush()
    gone = Company.add(name="Tents Limited", phone="+4930901", external_id="77", parent_id=above.id)
    firm = CustomField.add("customer", "firm", name="Firm", type="company", filterable=True)
    db.session.flush()
    kept = Company.find(id=acme.rows.company.id)
    kept.parent_id = gone.id
    Company.add(name="Below", parent_id=gone.id)
    tom = Customer(name="Tom").save()
    db.session.flush()
    work_at(tom, gone, "Boss")
    work_at(Customer.locked(id=acme.customer.id), gone)
    write_custom(tom, {"firm": str(gone.id)})
    Relation.add(RelationKind.find(id=acme.rows.kind.id), gone, tom)
    Relation.add(RelationKind.find(id=acme.rows.kind.id), gone, kept)
    CompanyTag(company_id=gone.id, tag_id=acme.rows.tag.id).save()
    db.session.scalars(select(Transaction)).first().company_id = gone.id
    return gone, kept, above, tom, firm


@pytest.mark.committed
def test_a_company_is_merged_or_deleted_and_returns_with_every_row_bit_by_bit(app, servers):
    acme, url = world.build("acme"), servers.superuser_database_url
    boss = make.browser(acme.boss)
    with make.inside(actor=acme.boss):
        gone, kept, above, tom, firm = hang(acme)
    before = state(url, acme.tenant)
    page = boss.get(f"/acme/companies/{kept.id}/merges/new?other={gone.id}").text
    assert all(words in page for words in ("Tents Limited", "+49 30 901", 'value="name"', "30 days"))
    assert "Tents Limited" in boss.get(f"/acme/companies/{kept.id}/merges/new?q=limited").text
    assert boss.post(f"/acme/companies/{kept.id}/merges", data={"other": gone.id, "take": "name"}).status_code == 303
    assert boss.get(f"/acme/companies/{gone.id}").location == f"/acme/companies/{kept.id}"
    with make.inside():
        guard_merged(gone, kept, above, tom, firm)
    assert "is back" in put_back(boss).text
    told = boss.get(f"/acme/companies/{kept.id}").text
    assert "Another company became a part of this one" in told and "A merge was undone" in told
    assert [name for name, rows in state(url, acme.tenant).items() if rows != before[name]] == []
    page = boss.get(f"/acme/companies/{gone.id}/removal").text
    assert all(words in page for words in ("People who work there", "Purchases", "Subsidiaries", "Relations", "Firm"))
    assert boss.post(f"/acme/companies/{gone.id}/removal").status_code == 303
    assert boss.get(f"/acme/companies/{gone.id}").status_code == 404
    with make.inside():
        him, other = Customer.find(id=tom.id), Customer.find(id=acme.customer.id)
        assert (him.company_id, him.custom, other.company_id) == (None, {}, kept.id)  # where they work, too
        assert not Relation.first(from_company_id=gone.id) and Company.find(id=kept.id).parent_id is None
    assert "is back" in put_back(boss).text
    changed = {name for name, rows in state(url, acme.tenant).items() if rows != before[name]}
    assert changed == {"custom_values"}  # a new row of the same value
    with make.inside():
        him = Customer.find(id=tom.id)
        assert (him.company_id, him.custom) == (gone.id, {"firm": str(gone.id)})


def test_who_works_mainly_somewhere_else_since_keeps_that_which_is_said(lena):
    with make.inside():
        gone, other = Company.add(name="Tents"), Company.add(name="Globex")
        tom, mia, jo = (Customer(name=name).save() for name in ("Tom", "Mia", "Jo"))
        db.session.flush()
        for person, company in ((tom, gone), (mia, gone), (mia, other), (jo, gone)):
            work_at(person, company)
    lena.post(f"/acme/companies/{gone.id}/removal")
    with make.inside():
        assert Customer.find(id=mia.id).company_id == other.id, "where she works, too"
        work_at(Customer.locked(id=tom.id), Company.find(id=other.id), "Boss")
    told = put_back(lena).text
    assert "somewhere else since, and that stays so: Tom. Here they have a place, too." in told
    with make.inside():
        mains = [Customer.find(id=one.id).company_id for one in (tom, mia, jo)]
        assert mains == [other.id, gone.id, gone.id] and Place.first(customer_id=tom.id, company_id=gone.id)


def guard_merged(gone, kept, above, tom, firm):
    one, him = Company.find(id=kept.id), Customer.find(id=tom.id)
    assert (one.name, one.external_id, one.parent_id) == ("Tents Limited", "77", above.id)
    assert him.company_id == kept.id and him.custom == {"firm": str(kept.id)}
    assert db.session.scalars(select(CustomValue.text).where(CustomValue.field_id == firm.id)).all() == [str(kept.id)]
    assert Transaction.first(company_id=kept.id) and not Place.first(company_id=gone.id)
    assert Company.first(name="Below").parent_id == kept.id


def test_what_another_has_by_now_is_not_given_back_and_nobody_else_brings_back(lena, client):
    with make.inside():
        gone = Company.add(name="Tents", external_id="77")
    assert client.get(f"/acme/companies/{gone.id}/removal").status_code == 403
    assert client.post(f"/acme/companies/{gone.id}/removal").status_code == 403
    lena.post(f"/acme/companies/{gone.id}/removal")
    with make.inside():
        Company.add(name="Another", external_id="77")
        end = GoneCompany.first()
    assert client.post(f"/acme/companies/gone/{end.id}/return").status_code == 403
    outside = make.browser(make.employee("Olga", "owner", "globex"))
    assert outside.post(f"/globex/companies/gone/{end.id}/return").status_code == 404
    assert "so it was not given back: 77" in put_back(lena).text
    with make.inside():
        assert Company.find(id=gone.id).external_id is None


def test_several_are_deleted_from_the_list_and_each_comes_back(client, lena):
    with make.inside():
        above = Company.add(name="Above Limited")
        db.session.flush()
        below = Company.add(name="Below Limited", parent_id=above.id)
        db.session.flush()
        both = [str(above.id), str(below.id)]
    send = {"action": "delete", "id": both}
    assert client.post("/acme/companies/list/changes", data=send).status_code == 403
    assert "Delete" in lena.get("/acme/companies/list/actions").text
    refused = lena.post("/acme/companies/list/changes", data={**send, "id": [*both, str(uuid7())]})
    assert refused.status_code == 409 and "one of those that you ticked is gone" in refused.text
    told = lena.post(
        "/acme/companies/list/changes", query_string={"q": "Limited"}, data=send, follow_redirects=True
    ).text
    assert "2 companies were deleted. Each can be brought back for 30 days." in told and "No company found" in told
    assert "Above Limited is back" in put_back(lena).text, "the last that went comes first"
    assert "Below Limited is back" in put_back(lena).text
    with make.inside():
        assert Company.first(name="Below Limited").parent_id == above.id


def test_a_subsidiary_that_comes_back_before_its_parent_stands_under_it_again(lena):
    with make.inside():
        top = Company(name="Top").save()
        db.session.flush()
        low = Company(name="Low", parent_id=top.id).save()
    for one in (low, top):
        assert lena.post(f"/acme/companies/{one.id}/removal").status_code == 303
    with make.inside():
        ends = db.session.scalars(select(GoneCompany.id).order_by(GoneCompany.id)).all()
    for end in ends:
        assert lena.post(f"/acme/companies/gone/{end}/return").status_code == 303
    with make.inside():
        assert Company.find(id=low.id).parent_id == top.id and Company.find(id=top.id).parent_id is None
