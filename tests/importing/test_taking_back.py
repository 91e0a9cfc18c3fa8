"""Taking an import back takes nothing along that somebody did since."""

import pytest
from sqlalchemy import select

from crm.catalog.models import Product
from crm.catalog.models.product import prices_of
from crm.customers.fields import reworking
from crm.customers.fields.models import CustomField
from crm.customers.models import Customer, CustomerPhone, CustomerTag, Tag
from crm.db import db
from tests import make
from tests.customers.test_fields import add_field
from tests.importing.files import figures, ran, sent, tried, work


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


def brought(lead, content, kind="customers"):
    at = sent(lead, content, kind=kind)
    tried(lead, at)
    ran(lead, at)
    return at


def undone(lead, at):
    lead.post(f"{at}/undo")
    work()
    return lead.get(f"{at}?outcome=kept").text


def tags_of(email):
    with make.inside():
        query = select(Tag.name).join(CustomerTag, CustomerTag.tag_id == Tag.id)
        return set(db.session.scalars(query.where(CustomerTag.customer_id == Customer.find(email=email).id)))


def tag(lead, email, word):
    with make.inside():
        id = Customer.find(email=email).id
    assert lead.post("/acme/customers/list/changes", data={"id": str(id), "action": "tag", "tag": word}).location


def test_a_tag_and_a_number_that_somebody_added_to_a_changed_customer_stay(lead):
    mia = make.customer("Mia", email="mia@acme.example")
    tag(lead, "mia@acme.example", "old")
    at = brought(lead, "Name,E-mail,Tags,Mobile\nMia,mia@acme.example,vip,+49 30 901820\n")
    tag(lead, "mia@acme.example", "since")
    with make.inside():
        CustomerPhone(customer_id=mia.id, number="+4930901823").save()
    assert figures(undone(lead, at))["Taken back"] == "1"
    assert tags_of("mia@acme.example") == {"old", "since"}
    with make.inside():
        assert db.session.scalars(select(CustomerPhone.number)).all() == ["+4930901823"]


def test_a_new_customer_who_got_something_since_stays_with_it(lead):
    people = [f"p{number}@acme.example" for number in range(4)]
    at = brought(lead, "Name,E-mail,Tags\n" + "".join(f"P,{one},vip\n" for one in people))
    tag(lead, people[0], "since")
    with make.inside():
        CustomerPhone(customer_id=Customer.find(email=people[1]).id, number="+4930901823").save()

    page = undone(lead, at)
    assert (figures(page)["Taken back"], figures(page)["Not taken back"]) == ("2", "2")
    assert "Something belongs to it by now" in page and tags_of(people[0]) == {"vip", "since"}


def test_a_price_that_somebody_changed_since_stays_and_keeps_a_new_product(lead):
    first = brought(lead, "SKU,Name,Price in EUR\nTENT,Tent,129.00\nMAT,Mat,20.00\n", "products")
    second = brought(lead, "SKU,Name,Price in EUR,Price in USD\nTENT,Tent,99.00,110.00\nMAT,Mat,19.00,\n", "products")
    price("TENT", EUR=7700, USD=11000)
    assert figures(undone(lead, second))["Taken back"] == "2"
    assert prices("TENT") == {"EUR": 7700} and prices("MAT") == {"EUR": 2000}
    page = undone(lead, first)
    assert "Somebody changed it since." in page and figures(page)["Taken back"] == "1"
    assert prices("TENT") == {"EUR": 7700} and prices("MAT") is None


def price(sku, **amounts):
    with make.inside():
        Product.find(sku=sku).change(prices=amounts)


def prices(sku):
    with make.inside():
        product = Product.first(sku=sku)
        return {one.currency: one.amount for one in prices_of([product.id])[product.id]} if product else None


def test_a_type_is_not_changed_while_an_import_writes_nor_does_one_write_while_it_is_changed(lead):
    """Neither could tell which of the values are of which type."""
    add_field("size", filterable=True)
    boris, mine = make.browser(make.boris()), "Name,E-mail,Size\nMia,mia@acme.example,12\n"
    with make.inside():
        there = f"/acme/settings/fields/{CustomField.find(key='size').id}/type"
    change = {"type": "money", "options": "", "lost": "9"}
    at = sent(lead, mine)
    tried(lead, at)
    lead.post(f"{at}/run")
    refused = boris.post(there, data=change)
    assert refused.status_code == 409 and "An import works on these records" in refused.text
    lead.post(f"{at}/pause")
    assert boris.post(there, data=change).status_code == 303
    refused = lead.post(f"{at}/run")
    assert refused.status_code == 409 and "“Size” is being changed right now" in refused.text
    with make.inside():
        reworking.rework_field.work(field_id=str(CustomField.find(key="size").id))
    ran(lead, at)
    with make.inside():
        assert Customer.find(email="mia@acme.example").custom == {"size": 1200}
