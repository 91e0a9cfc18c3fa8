"""Records of every kind are found from one field, by whatever stands on them."""

import pytest

from crm.catalog.models import Product
from crm.customers.models import Company, CustomerEmail, CustomerPhone
from crm.events import commit
from crm.tenancy import current_tenant
from tests import make
from tests.tickets.test_palette import options


@pytest.fixture
def known(app):
    theo = make.customer("Theo Brandt", phone="+4930901820", email="theo@brandt.test", external_id="CRM-77")
    with make.inside():
        current_tenant.country = "DE"
        CustomerEmail(customer_id=theo.id, email="tb@home.test").save()
        CustomerPhone(customer_id=theo.id, number="+436641234567").save()
        Company(name="Brandt & Söhne", domain="brandt.test", city="Graz").save()
        Product(sku="AX-100", name="Axle grease", category="Workshop").save()
        commit()
    return theo


@pytest.mark.parametrize(
    "wanted",
    ["theo", "Theo B", "brandt th", "rand", "theo@brandt.test", "Theo@br", "+4930 90",
     "TB@home.test", "CRM-77", "+49 30 901820", "030/90 18-20",
     "0049 (30) 901820", "901820", "0043 664 1234567"],
)  # fmt: skip
def test_a_person_is_found_by_name_address_and_telephone_number_in_any_notation(client, known, wanted):
    assert (f"/acme/customers/{known.id}", "Theo Brandt") in options(client, wanted)


@pytest.mark.parametrize("wanted", ["söhne", "brandt.te", "graz", "br"])
def test_companies_are_found(client, known, wanted):
    assert "Brandt &amp; Söhne" in [words for _path, words in options(client, wanted)]


def test_the_page_shows_each_kind_and_where_more_is(client, known, statements):
    make.customer("Theo Brandt", slug="globex")
    del statements[:]
    page = client.get("/acme/search", query_string={"q": "brandt"}).text
    assert page.count(">Theo Brandt <small>theo@brandt.test</small>") == 1 and "Brandt &amp; Söhne" in page
    assert 'href="/acme/customers?q=brandt"' in page and 'href="/acme/companies?q=brandt"' in page
    assert len(statements) <= 9, "\n".join(
        one[:100] for one in statements
    )  # the most there are: nothing was said of it
    assert "Axle grease" in client.get("/acme/search", query_string={"q": "ax-1"}).text


def test_signs_of_patterns_are_signs(client, known):
    for wanted in ("%", "_", "\\", "%%%", "' OR 1=1 --", "\x00", "()", "0"):
        assert client.get("/acme/search", query_string={"q": wanted}).status_code in (200, 422)
        assert "Theo Brandt" not in client.get("/acme/palette", query_string={"q": wanted}).text
