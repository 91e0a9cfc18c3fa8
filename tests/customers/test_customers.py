"""The list of customers and each one's page."""

import re
import uuid
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from crm.audit import Audit
from crm.customers.models import Customer
from crm.db import db, now
from tests import make
from tests.accounts.steps import errors_of

FORM = {"name": "Mia Meier", "email": "Mia@Example.com", "phone": "+49 30 901820", "language": "de", "country": "DE"}
FORM |= {"note": "Prefers mornings."}


def found(customer):
    with make.inside():
        return Customer.find(id=customer.id)


def id_in(response):
    return uuid.UUID(response.location.rsplit("/", 1)[1])


def test_an_employee_adds_a_customer(client):
    response = client.post("/acme/customers", data=FORM)
    assert response.status_code == 303
    page = client.get(response.location).text
    for shown in ("Mia Meier", "mia@example.com", "+4930901820", "Germany", "Prefers mornings."):
        assert shown in page
    assert "Saved." in page and "Never seen yet" in page
    with make.inside():
        Customer.first(email="mia@example.com").last_seen_at = now()
    assert "Never seen yet" not in client.get(response.location).text


def test_contact_details_change(client):
    customer = make.customer()
    assert client.get(f"/acme/customers/{customer.id}/edit").status_code == 200
    assert client.post(f"/acme/customers/{customer.id}", data={**FORM, "name": "Mia Ode"}).status_code == 303
    assert (found(customer).name, found(customer).email) == ("Mia Ode", "mia@example.com")


@pytest.mark.parametrize(
    "wrong",
    [
        *({"email": "mia"}, {"phone": "030 901820"}, {"phone": "+49"}, {"language": "xx"}, {"country": "XX"}),
        *(
            {"note": "x" * 2001},
            {"name": "x" * 101},
            {"name": "a\x00"},
            {"name": "a\nb"},
            {"email": "a@b\r\nBcc: c@d.example"},
        ),
    ],
)
def test_what_does_not_fit_comes_back_with_what_was_typed(client, wrong):
    customer = make.customer(email="old@example.com")
    for path in ("/acme/customers", f"/acme/customers/{customer.id}"):
        response = client.post(path, data={**FORM, **wrong})
        assert response.status_code == 422
        assert len(errors_of(response)) == 1
        if "note" not in wrong:
            assert "Prefers mornings." in response.text
    assert found(customer).email == "old@example.com"


def test_nobody_at_all_is_no_customer(client):
    assert client.post("/acme/customers", data={"note": "x"}).status_code == 422


def test_one_address_belongs_to_one_customer(client):
    client.post("/acme/customers", data=FORM)
    response = client.post("/acme/customers", data={**FORM, "name": "Somebody"})
    assert response.status_code == 422
    assert "Another customer has this address" in errors_of(response)[0]
    assert 'value="Somebody"' in response.text


def test_the_same_address_may_be_known_to_two_tenants(client, carla):
    assert client.post("/acme/customers", data=FORM).status_code == 303
    assert make.browser(carla).post("/globex/customers", data=FORM).status_code == 303


def test_what_was_claimed_and_what_is_proven_stand_apart(client):
    claimed = make.customer("", claimed_email="typed@example.com")
    page = client.get(f"/acme/customers/{claimed.id}").text
    assert "typed@example.com" in page
    assert "not proved" in page
    assert "mailto:typed@example.com" not in page
    both = make.customer("Both", claimed_email="typed@example.com", email="proven@example.com")
    page = client.get(f"/acme/customers/{both.id}").text
    assert "mailto:proven@example.com" in page
    assert "not proved" in page


def test_another_address_lets_nobody_in_whom_the_old_one_let_in(client):
    mia = make.customer(email="old@example.com")
    theirs = make.browser(mia)
    assert theirs.post("/acme/help/password", data={"current": "", "password": "a long sentence"}).status_code == 303
    client.post(f"/acme/customers/{mia.id}", data={**FORM, "email": "old@example.com"})
    assert theirs.get("/acme/help").status_code == 200
    client.post(f"/acme/customers/{mia.id}", data={**FORM, "email": "new@example.com"})
    assert theirs.get("/acme/help").location == "/acme/help/sign-in"
    for email in ("old@example.com", "new@example.com"):
        sent = {"email": email, "password": "a long sentence"}
        assert theirs.post("/acme/help/sign-in", data=sent).status_code == 422


def test_blocking_needs_a_lead_and_can_be_taken_back(client, anna):
    customer = make.customer()
    assert client.post(f"/acme/customers/{customer.id}/block").status_code == 403
    assert found(customer).blocked_at is None
    lead = make.browser(make.employee("Lea", "lead"))
    for _ in range(2):
        assert lead.post(f"/acme/customers/{customer.id}/block").status_code == 303
    assert found(customer).blocked_at is not None
    assert "Blocked" in client.get(f"/acme/customers/{customer.id}").text
    assert lead.post(f"/acme/customers/{customer.id}/unblock").status_code == 303
    assert found(customer).blocked_at is None


def test_mass_assignment_on_a_customers_page(client):
    customer = make.customer()
    forged = {
        "blocked_at": "2020-01-01",
        "custom": "7",
        "kind": "employee",
        "role": "owner",
        "claimed_email": "x@y.example",
    }
    client.post(f"/acme/customers/{customer.id}", data={**FORM, **forged, "password_hash": "x", "tenant_id": "1"})
    now = found(customer)
    assert (now.blocked_at, now.custom, now.kind, now.claimed_email) == (None, {}, "customer", None)


def test_foreign_tenants_customer_is_nowhere(client, carla):
    lead = make.browser(make.employee("Lea", "lead"))
    for id in (make.customer(slug="globex").id, uuid.uuid4()):
        for path in ("", "/edit"):
            assert lead.get(f"/acme/customers/{id}{path}").status_code == 404
        for path in ("", "/block", "/unblock"):
            assert lead.post(f"/acme/customers/{id}{path}", data=FORM).status_code == 404


def test_an_employee_is_no_customer(client, boris):
    assert client.get(f"/acme/customers/{boris.id}").status_code == 404


def test_conversations_stand_on_the_page(client):
    customer = make.customer()
    conversation = make.conversation(customer=customer)
    assert f"/acme/conversations/{conversation.number}" in client.get(f"/acme/customers/{customer.id}").text


@pytest.mark.parametrize(
    "wanted", ["meier", "MEI", "mia mei", "example.com", "a@ex", "claimed", "901820", "Mia  claimed"]
)
def test_search_finds_by_a_part_of_name_address_or_phone(client, wanted):
    make.customer("Mia Meier", email="mia@example.com", claimed_email="claimed@else.example", phone="+4930901820")
    make.customer("Somebody Else")
    page = client.get("/acme/customers", query_string={"q": wanted}).text
    assert "Mia Meier" in page
    assert "Somebody Else" not in page


@pytest.mark.parametrize("wanted", ["%", "_", "mia%", "\\", "' or 1=1 --", "nobody"])
def test_search_takes_every_sign_as_it_is(client, wanted):
    make.customer("Mia Meier")
    page = client.get("/acme/customers", query_string={"q": wanted})
    assert page.status_code == 200
    assert "Nobody found" in page.text


@pytest.mark.parametrize(
    "query", [{"q": "x" * 201}, {"q": ["a", "b"]}, {"after": "nonsense"}, {"q": "a\x00"}, {"after": "\x00"}]
)
def test_a_query_that_does_not_fit_is_said(client, query):
    assert client.get("/acme/customers", query_string=query).status_code == 422


def test_the_list_counts_conversations(client):
    customer = make.customer()
    for _ in range(3):
        make.conversation(customer=customer)
    assert re.search(r'data-label="Conversations"[^>]*>(<[^>]+>)*3<', client.get("/acme/customers").text)


def test_search_finds_nobody_of_another_tenant(client, carla):
    make.customer("Globex Customer", slug="globex")
    assert "Globex Customer" not in client.get("/acme/customers?q=globex").text
    assert "Globex Customer" not in client.get("/acme/customers").text


def test_an_empty_list_says_what_to_do(client):
    assert "No customers yet" in client.get("/acme/customers").text


def test_the_list_goes_on_without_gaps_or_repeats(client):
    moment = now()
    with make.inside():
        for number in range(120):
            Customer(name=f"Nr{number:03}", last_seen_at=moment - timedelta(minutes=number // 7)).save()
    seen, path = [], "/acme/customers"
    while path:
        page = client.get(path).text
        seen += [part[:5] for part in page.split(">Nr")[1:]]
        rest = page.split('rel="next" href="')
        path = rest[1].split(chr(34))[0] if len(rest) > 1 else None
    assert len(seen) == len(set(seen)) == 120


def test_the_list_costs_few_statements(client, statements):
    with make.inside():
        for number in range(60):
            Customer(name=f"Nr{number:03}").save()
    for path in ("/acme/customers", "/acme/customers?q=nr"):
        statements.clear()
        assert client.get(path).status_code == 200
        assert len(statements) <= 6, statements


def test_a_change_is_in_the_audit_with_who_made_it(client, anna):
    customer = make.customer()
    client.post(f"/acme/customers/{customer.id}", data={**FORM, "name": "Mia Ode"})
    with make.inside():
        row = (
            db.session.query(Audit).filter_by(row_id=customer.id, operation="update").order_by(Audit.id.desc()).first()
        )
        assert row.actor_id == anna.id
        assert row.changes["name"] == ["Mia Meier", "Mia Ode"]


MANY = """
INSERT INTO people (tenant_id, id, kind, name)
SELECT :tenant, make_uuid7(), 'customer', md5(number::text) FROM generate_series(1, 3000) number"""


@pytest.mark.committed
def test_search_uses_its_index_as_the_applications_role(app, servers):
    """Under a policy that needs `texticlike` to be leakproof; setting up the database marks it."""
    with make.inside() as tenant:
        db.session.execute(text(MANY), {"tenant": tenant.id})
    with psycopg.connect(servers.owner_database_url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE people")
    with make.inside() as tenant:
        query = (
            "EXPLAIN SELECT id FROM people WHERE tenant_id = :tenant AND kind = 'customer' AND search ILIKE '%c4ca42%'"
        )
        plan = "\n".join(db.session.scalars(text(query), {"tenant": tenant.id}))
    assert "ix_people_search" in plan, plan
