"""Two who have the form of the same customer or company open at once."""

import html
import re

import pytest

from crm.customers.details import tags_of
from crm.customers.fields import write_custom
from crm.customers.models import Company, Customer
from tests import make
from tests.customers.test_fields import add_field

MIA = {"name": "Mia Meier", "phone": "+4930901820", "note": "Likes\ntents", "language": "de", "lifecycle_stage": "lead"}


@pytest.fixture
def mia(app):
    add_field("size", filterable=True)
    with make.inside():
        one = Customer(**MIA).save()
        write_custom(one, {"size": "M"})
        return f"/acme/customers/{one.id}"


def form_of(page):
    """What a browser would send of what the page shows."""
    shown = html.unescape(re.search(r'name="shown" value="([^"]*)"', page)[1])
    return {"shown": shown}


def kept(address):
    with make.inside():
        one = Customer.find(id=address.rpartition("/")[2])
        return one.name, one.phone, one.note, one.custom, [tag.name for tag in tags_of(one)]


def test_what_one_did_not_touch_stays_what_the_other_made_of_it(client, boris, mia):
    first, second = (form_of(one.get(f"{mia}/edit").text) for one in (client, make.browser(boris)))
    typed = MIA | {"note": "Likes\r\ntents", "custom_size": "M", "tags": "", "emails": "", "phones": ""}
    changed = {"phone": "+4930901821", "custom_size": "L", "tags": "vip"}
    assert client.post(mia, data=typed | first | changed).status_code == 303
    assert make.browser(boris).post(mia, data=typed | second | {"note": "Likes mats"}).status_code == 303
    assert kept(mia) == ("Mia Meier", "+4930901821", "Likes mats", {"size": "L"}, ["vip"])


def test_what_both_changed_is_said_once_and_then_replaced(client, boris, mia):
    other = make.browser(boris)
    first, second = (form_of(one.get(f"{mia}/edit").text) for one in (client, other))
    typed = MIA | {"custom_size": "M"}
    client.post(mia, data=typed | first | {"name": "Mia Ode", "custom_size": "S"})
    mine = {"name": "Mia Klein", "custom_size": "XL"}
    refused = other.post(mia, data=typed | second | mine)
    assert refused.status_code == 422 and "Meanwhile somebody changed this: Mia Ode." in refused.text
    assert 'value="Mia Klein"' in refused.text and kept(mia)[0] == "Mia Ode"
    assert other.post(mia, data=typed | form_of(refused.text) | mine).status_code == 303
    assert kept(mia)[0] == "Mia Klein" and kept(mia)[3] == {"size": "XL"}


def test_a_form_that_comes_back_for_another_reason_still_knows_what_it_showed(client, boris, mia):
    shown = form_of(client.get(f"{mia}/edit").text)
    make.browser(boris).post(mia, data=MIA | {"phone": "+4930901821"})
    refused = client.post(mia, data=MIA | shown | {"email": "no address"})
    assert refused.status_code == 422
    assert client.post(mia, data=MIA | form_of(refused.text)).status_code == 303
    assert kept(mia)[1] == "+4930901821"


def test_companies_are_changed_by_two_as_well(client, boris, app):
    with make.inside():
        firm = Company(name="Tents", city="Bonn").save()
    there = f"/acme/companies/{firm.id}"
    shown = form_of(client.get(f"{there}/edit").text)
    typed = {"name": "Tents", "city": "Bonn", "industry": ""}
    make.browser(boris).post(there, data=typed | {"city": "Ulm"})
    assert client.post(there, data=typed | shown | {"industry": "Retail"}).status_code == 303
    with make.inside():
        found = Company.find(name="Tents")
        assert (found.city, found.industry) == ("Ulm", "Retail")


@pytest.mark.parametrize("shown", ["", "[", "[1]", '{"name": {"a": 1}}', "\0"])
def test_a_form_that_says_nothing_sensible_of_what_it_showed_means_what_it_says(client, mia, shown):
    assert client.post(mia, data=MIA | {"shown": shown, "name": "Mia Ode"}).status_code in (303, 422)
