"""On account: an invoice by e-mail, marked as paid by an employee."""

from crm.catalog.models import Payment, Transaction
from tests import make
from tests.accounts.steps import mails
from tests.catalog import shop


def test_an_invoice_goes_out_once_and_is_paid_by_hand(client):
    mia = make.customer(email="mia@example.com", language="de")
    made = shop.purchase(mia, (shop.product("Tent", price=11_900), 2), upto="placed")
    path = f"/acme/purchases/{made.number}"
    assert client.post(f"{path}/invoice").status_code == client.post(f"{path}/invoice").status_code == 303
    [mail] = mails("invoice")
    assert (
        mail.recipient == "mia@example.com" and "238,00" in mail.body and f"/help/purchases/{made.number}" in mail.body
    )
    assert "On account" in client.get(path).text
    client.post(f"{path}/payment")
    client.post(f"{path}/payment")
    with make.inside():
        [payment] = Payment.of(Transaction.find(id=made.id))
        assert (payment.state, payment.amount) == ("paid", 23_800)


def test_without_an_address_there_is_no_invoice_and_what_is_cancelled_is_not_owed(client):
    nobody = shop.purchase(make.customer(), upto="placed")
    assert client.post(f"/acme/purchases/{nobody.number}/invoice").status_code == 409
    tom = make.customer("Tom", email="tom@example.com")
    made = shop.purchase(tom, (shop.product("Stove"), 1), upto="placed")
    path = f"/acme/purchases/{made.number}"
    client.post(f"{path}/invoice")
    client.post(f"{path}/cancellation")
    assert "not paid" in client.get(path).text
