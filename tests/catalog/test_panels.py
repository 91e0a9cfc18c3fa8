"""What purchases add to a customer's page, to the timeline and to finding."""

import uuid

from crm.catalog.models import Transaction
from crm.registry import figures_of
from tests import make
from tests.catalog import shop


def test_a_customers_page_shows_what_they_bought_and_what_it_was_worth(client):
    mia, tent = make.customer(), shop.product("Tent", price=11_900)
    made = shop.purchase(mia, (tent, 2), upto="paid")
    shop.purchase(mia, (tent, 5), upto="placed")
    with make.inside():
        Transaction.locked(id=made.id).refund(uuid.uuid4(), 5_000)
        assert figures_of("customer", "value", [mia.id]) == {mia.id: [(18_800, "EUR")]}
    page = client.get(f"/acme/customers/{mia.id}").text
    for words in ("€188.00", "€595.00", "Placed", f"/purchases/{made.number}", "−€50.00"):
        assert words in page
    for words in (f"Purchase #{made.number} was paid: €238.00", "€50.00 went back"):
        assert words in page


def test_products_are_found_from_everywhere(client):
    tent = shop.product("Ridge tent", sku="RT-9")
    assert f"/products/{tent.id}" in client.get("/acme/search?q=ridge").text
