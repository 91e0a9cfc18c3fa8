"""The workspace's fields in settings, on records' pages, and what the worker does when one changes."""

import re

import pytest
from sqlalchemy import select

from crm.audit import Audit
from crm.customers.fields import fields_of, reworking, write_custom
from crm.customers.fields.models import CustomField, CustomValue
from crm.customers.models import Customer
from crm.db import db
from tests import make
from tests.accounts.steps import errors_of
from tests.customers.test_fields import add_field

FIELD = {"kind": "customer", "name": "Tier", "type": "choice", "key": "", "options": "Gold\nSilver", "currency": "EUR"}
FIELD |= {
    "help": "How dear they are.",
    "preset": "gold",
    "seen_from": "agent",
    "edited_from": "agent",
    "filterable": "1",
}


@pytest.fixture
def admin(boris):
    return make.browser(boris)


def customer_with(**custom):
    customer = make.customer()
    with make.inside():
        write_custom(Customer.locked(id=customer.id), custom)
    return customer


def kept(key="tier"):
    with make.inside():
        return CustomField.find(key=key)


def work(key="tier"):
    with make.inside():
        reworking.rework_field.work(field_id=str(CustomField.find(key=key).id))


def test_an_admin_adds_a_field_and_everybody_fills_it(admin, client):
    assert admin.post("/acme/settings/fields", data=FIELD).status_code == 303
    assert "Tier" in admin.get("/acme/settings/fields?kind=customer").text
    customer = make.customer()
    here = f"/acme/fields/customer/{customer.id}"
    assert "Further facts" in client.get(f"/acme/customers/{customer.id}").text
    form = client.get(f"{here}/edit").text
    assert "How dear they are." in form and "Silver" in form
    refused = client.post(here, data={"custom_tier": "Bronze"})
    assert refused.status_code == 422 and "Bronze" in errors_of(refused)[0]
    assert client.post(here, data={"custom_tier": "Silver"}).status_code == 303
    assert re.search(r"<dt>Tier</dt><dd[^>]*>Silver</dd>", client.get(f"/acme/customers/{customer.id}").text)
    with make.inside():
        assert db.session.scalars(select(CustomValue.text)).all() == ["silver"]
        changes = db.session.scalars(select(Audit.changes).where(Audit.table_name == "people")).all()
    assert any(change.get("custom") == [{}, {"tier": "Silver"}] for change in changes)


@pytest.mark.parametrize(
    "wrong",
    [{"key": "1; DROP"}, {"name": ""}, {"options": ""}, {"preset": "Bronze"}, {"type": "blob"}, {"kind": "employee"},
     {"seen_from": "nobody"}, {"options": "\n".join(map(str, range(201)))}],
)  # fmt: skip
def test_what_makes_no_field_comes_back(admin, wrong):
    response = admin.post("/acme/settings/fields", data={**FIELD, **wrong})
    assert response.status_code == 422 and len(errors_of(response)) == ("kind" not in wrong)
    with make.inside():
        assert CustomField.of("customer") == []


def test_fields_are_ordered_retired_and_brought_back(admin, client):
    for key in ("tier", "size"):
        add_field(key)
    there = f"/acme/settings/fields/{kept('size').id}"
    assert admin.post(f"{there}/position", data={"place": "0"}).status_code == 303
    with make.inside():
        assert [field.key for field in fields_of("customer")] == ["size", "tier"]
    customer = customer_with(size="Extra large")
    admin.post(f"{there}/retirement")
    assert "Extra large" not in client.get(f"/acme/customers/{customer.id}").text
    admin.post(f"{there}/restoration")
    assert "Extra large" in client.get(f"/acme/customers/{customer.id}").text
    assert client.get("/acme/settings/fields").status_code == 403


def test_who_may_not_see_a_field_does_not(client):
    add_field("margin", seen_from="lead")
    add_field("tier", edited_from="lead")
    customer = customer_with(margin="17 percent", tier="Gold")
    page = client.get(f"/acme/customers/{customer.id}").text
    assert "Gold" in page and "17 percent" not in page and "Change these" not in page
    for name in ("margin", "tier"):
        assert client.post(f"/acme/fields/customer/{customer.id}", data={f"custom_{name}": "x"}).status_code == 422


def test_an_admin_neither_sees_nor_lowers_what_only_owners_see_or_change(admin):
    add_field("margin", seen_from="owner")
    add_field("limit", edited_from="owner")
    fields = [kept("margin"), kept("limit")]
    page = admin.get("/acme/settings/fields?kind=customer").text
    assert all(str(field.id) not in page for field in fields)
    assert 'value="owner"' not in admin.get("/acme/settings/fields/new?kind=customer").text
    for here in (f"/acme/settings/fields/{field.id}" for field in fields):
        assert {admin.get(f"{here}{part}").status_code for part in ("", "/type", "/state")} == {404}
        assert admin.post(here, data=FIELD).status_code == 404
        assert {admin.post(f"{here}/{verb}").status_code for verb in ("retirement", "restoration")} == {404}
    assert admin.post("/acme/settings/fields", data={**FIELD, "seen_from": "owner"}).status_code == 422
    owner = make.browser(make.employee("Olga", "owner"))
    assert owner.get(f"/acme/settings/fields/{fields[0].id}").status_code == 200


def test_a_field_that_becomes_filterable_is_prepared_by_the_worker(admin):
    add_field("tier")
    customer_with(tier="Gold")
    path = f"/acme/settings/fields/{kept().id}"
    admin.post(path, data={**FIELD, "options": "", "preset": ""})
    assert kept().state == "building" and "Being prepared" in admin.get(f"{path}/state").text
    assert admin.post(path, data={**FIELD, "filterable": ""}).status_code == 409, "one thing after the other"
    customer_with(tier="Silver")
    work()
    with make.inside():
        assert sorted(db.session.scalars(select(CustomValue.text))) == ["gold", "silver"]
        assert CustomField.find(key="tier").state == "ready"
    admin.post(path, data={**FIELD, "options": "", "preset": "", "filterable": ""})
    work()
    with make.inside():
        assert db.session.scalars(select(CustomValue.text)).all() == []


def test_a_type_changes_after_a_look_at_what_would_be_lost(admin, client):
    add_field("tier", filterable=True, preset="3")
    path = f"/acme/settings/fields/{kept().id}/type"
    assert "No record has a value yet." in admin.get(path, query_string={"type": "number", "options": ""}).text
    people = [customer_with(tier=words) for words in ("12", "1.5", "many")]
    shown = admin.get(path, query_string={"type": "number", "options": ""}).text
    assert "3 records have a value. <strong>One of them does not fit" in shown and "many" in shown
    change = {"type": "number", "options": ""}
    assert admin.post(path, data={**change, "lost": "0"}).status_code == 409
    assert admin.post(path, data={**change, "lost": "1"}).status_code == 303
    assert client.get(f"/acme/customers/{people[2].id}").status_code == 200, "while it is changed, too"
    refused = client.post(f"/acme/fields/customer/{people[0].id}", data={"custom_tier": "13"})
    assert "being changed right now" in errors_of(refused)[0]
    work()
    with make.inside():
        assert [Customer.find(id=one.id).custom for one in people] == [{"tier": 12}, {"tier": 1.5}, {}]
        assert sorted(db.session.scalars(select(CustomValue.number))) == [1_500_000, 12_000_000]
        assert CustomField.find(key="tier").preset == 3
    assert client.post(f"/acme/fields/customer/{people[0].id}", data={"custom_tier": "13"}).status_code == 303


def test_the_look_before_shows_what_would_be_read_otherwise(admin, client):
    """A point that parts thousands for one reader parts cents for another."""
    field = add_field("size")
    for value in ("42", "1.000", "43,5", "about 38"):
        with make.inside():
            write_custom(Customer(name=value).save(), {"size": value})
    page = admin.get(f"/acme/settings/fields/{field.id}/type?type=number").text
    shown = dict(re.findall(r'<li><span dir="auto">([^<]+)</span> → <strong dir="auto">([^<]+)</strong>', page))
    assert shown == {"1.000": "1", "43,5": "43.5"}


def test_every_type_becomes_every_other_or_says_why_not(app):
    from crm.customers.fields.converting import convert
    from tests.customers.test_fields import a_field

    samples = {"text": "12", "long_text": "12", "number": 12, "money": 1200, "date": "2026-03-31", "time": "14:30",
               "moment": "2026-03-31T14:30:00+00:00", "choice": "12", "choices": ["12"], "yes_no": True,
               "link": "https://a.example"}  # fmt: skip
    with make.inside():
        became = {
            (was, to): convert(value, was, a_field(to, options=("12",)))
            for was, value in samples.items()
            for to in samples
        }
    for was, value in samples.items():
        assert became[was, was] == value
    for was in ("text", "long_text", "number", "money", "choice", "choices"):
        assert (became[was, "number"], became[was, "text"][:2], became[was, "choices"]) == (
            12,
            "12",
            ["12"] if was != "money" else None,
        )
    assert (became["number", "money"], became["date", "moment"]) == (1200, "2026-03-31T00:00:00+00:00")
    assert (became["moment", "date"], became["yes_no", "number"], became["text", "date"]) == ("2026-03-31", None, None)


def test_tickets_have_fields_too(client, anna):
    from crm.conversations.models import Conversation
    from crm.tickets.models import Ticket

    add_field("delivery", kind="ticket")
    conversation = make.conversation(assignee=anna)
    with make.inside(actor=anna):
        ticket = Ticket.open_from(Conversation.locked(id=conversation.id), anna)
    assert client.post(f"/acme/fields/ticket/{ticket.id}", data={"custom_delivery": "LS-17"}).location.endswith(
        "/tickets/1"
    )
    assert "LS-17" in client.get("/acme/tickets/1").text
    assert client.get(f"/acme/fields/nothing/{ticket.id}").status_code == 404


def test_forms_of_customers_and_companies_ask_for_the_fields(client):
    for kind in ("customer", "company"):
        add_field("tier", "choices", kind=kind, required=True, options=["Gold", "Silver"], preset=["Gold"])
    for path, form in (("/acme/customers", {"name": "Mia"}), ("/acme/companies", {"name": "Ode"})):
        assert re.search(r'value="Gold"\s+checked', client.get(f"{path}/new").text), "what is preset is ticked"
        refused = client.post(path, data={**form, "custom_tier": ""})
        assert refused.status_code == 422 and "must not be empty" in errors_of(refused)[0]
        here = client.post(path, data={**form, "custom_tier": ["", "Silver"]}).location
        assert '<dd dir="auto">Silver</dd>' in client.get(here).text
        assert client.post(here, data={**form, "custom_tier": ["Gold", "Silver"]}).status_code == 303
        assert '<dd dir="auto">Gold, Silver</dd>' in client.get(here).text


def test_products_and_purchases_have_fields_too(client, boris):
    from tests.catalog import shop

    for kind in ("product", "transaction"):
        add_field("shelf", kind=kind)
    lead = make.browser(make.employee("Lena", "lead"))
    bought = shop.purchase(None, (product := shop.product(), 1))
    for kind, row, page in (
        ("product", product, f"/products/{product.id}"),
        ("transaction", bought, f"/purchases/{bought.number}"),
    ):
        kept = lead.post(f"/acme/fields/{kind}/{row.id}", data={"custom_shelf": "A-17"})
        assert kept.status_code == 303 and kept.location.endswith(page)
        assert "A-17" in client.get(f"/acme{page}").text
    assert client.post(f"/acme/fields/product/{product.id}", data={"custom_shelf": "x"}).status_code == 403
    assert "custom_shelf" in lead.get(f"/acme/products/{product.id}/edit").text
