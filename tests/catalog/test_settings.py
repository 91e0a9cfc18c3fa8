"""How a tenant sells."""

import pytest

from crm.catalog.models import ShopSettings, Transaction
from crm.sealed import Unreadable
from tests import make
from tests.accounts.steps import errors_of
from tests.catalog import shop

FORM = {
    "seller": "Acme Ltd\nMain Street 1\nVAT DE123",
    "invoice_days": "30",
    "receipt_years": "8",
    "on_account": "1",
    "portal_open": "1",
}


def test_what_is_set_holds_for_what_is_sold_then(client, boris):
    admin, pen = make.browser(boris), shop.product("Pen", price=100)
    assert client.post("/acme/settings/sales", data=FORM).status_code == 403
    assert admin.post("/acme/settings/sales", data=FORM).status_code == 303
    made = shop.purchase(None, (pen, 1), upto="paid")
    with make.inside():  # the tax is added now
        assert Transaction.find(id=made.id).total == 119
    page = admin.get("/acme/receipts/1").text
    assert "VAT DE123" in page and "€1.19" in page and "VAT DE123" in admin.get("/acme/settings/sales").text


def test_rates_are_kept_by_the_day(boris):
    admin = make.browser(boris)
    good = {"currency": "JPY", "day": "2026-05-01", "rate": "0.0061"}
    assert admin.post("/acme/settings/sales/rates", data=good).status_code == 303
    assert admin.post("/acme/settings/sales/rates", data={**good, "rate": "0.0062"}).status_code == 303
    page = admin.get("/acme/settings/sales").text
    assert "1 JPY = 0.0062 EUR" in page and "0.0061" not in page
    wrong = [{"currency": "EUR"}, {"currency": "XXX"}, {"rate": "0"}, {"rate": "-1"}, {"rate": "1e9"}, {"day": "soon"},
             {"rate": "9" * 12}, {"day": "2999-01-01"}, {"day": "0001-01-01"}, {"rate": "0.00000000001"}]  # fmt: skip
    for one in wrong:
        assert len(errors_of(admin.post("/acme/settings/sales/rates", data={**good, **one}))) == 1, one


def test_keys_of_others_servers_are_sealed_and_never_shown(boris):
    admin = make.browser(boris)
    admin.post("/acme/settings/sales", data={**FORM, "stripe_key": "sk_test_canary"})
    admin.post("/acme/settings/sales", data=FORM)  # an empty field leaves it
    assert "canary" not in admin.get("/acme/settings/sales").text
    with make.inside():
        row = ShopSettings.here()
        assert "canary" not in (row.stripe_key or "") and row.secret("stripe_key") == "sk_test_canary"
        row.stripe_webhook_secret = row.stripe_key
        with pytest.raises(Unreadable):  # what was copied to another place opens no longer
            row.secret("stripe_webhook_secret")
        row.stripe_webhook_secret = None
    admin.post("/acme/settings/sales", data={**FORM, "stripe_key": "-"})
    with make.inside():
        assert ShopSettings.here().secret("stripe_key") == ""
