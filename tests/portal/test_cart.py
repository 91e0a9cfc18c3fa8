"""A cart that waits while the shop changes how it sells."""

import re

from crm.catalog.models import ShopSettings
from crm.tenancy import current_tenant, forget_cached_tenant
from tests import make
from tests.catalog import shop


def test_a_cart_is_ordered_with_the_tax_and_in_the_currency_of_today(app):
    with make.inside():
        ShopSettings.here().save().portal_open = True
    browser, tent = make.browser(make.customer(email="mia@example.com")), shop.product("Tent", price=10_000)
    browser.post("/acme/help/cart", data={"product_id": str(tent.id), "quantity": "1"})
    path = re.search(r'action="([^"]+/order)"', browser.get("/acme/help/cart").text)[1]
    with make.inside():
        ShopSettings.here().prices_include_tax = False
    answer = browser.post(path, data={})
    assert answer.status_code == 422 and "Prices have changed" in answer.text and "€119.00" in answer.text
    with make.inside():
        current_tenant.currency = "USD"
    forget_cached_tenant()
    assert "Your cart is empty" in browser.get("/acme/help/cart").text
