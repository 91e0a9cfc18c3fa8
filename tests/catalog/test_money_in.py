"""Money that comes in: in parts, twice, for what was cancelled; by a link; and what goes back of it."""

import re
import threading
import uuid

import pytest

from crm.catalog.models import Payment, Receipt, ShopSettings, Transaction
from crm.catalog.payments import back, methods
from crm.catalog.payments.incoming import by_hand
from crm.catalog.payments.stripe_hook import hear
from crm.catalog.payments.stripe_jobs import hear_what_went_back
from crm.db import db
from crm.events import Event
from crm.notifications.kinds.payments import tell_who_may_return_it
from tests import make
from tests.accounts.steps import mails
from tests.catalog import shop


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


def placed(price=11_900, **facts):
    mia = make.customer(email="mia@example.com", language="de")
    return shop.purchase(mia, (shop.product("Tent", price=price), 2), upto="placed", **facts)


def found(one):
    with make.inside():
        return Transaction.find(id=one.id)


def came(made, session_id="cs_1", payment=None, amount=23_800, currency="eur"):
    """Stripe tells of a page that was paid; its signature is looked at in test_stripe."""
    with make.inside():
        payment = payment or methods["stripe"].begin(Transaction.locked(id=made.id))
        db.session.flush()
        session = {"id": session_id, "payment_status": "paid", "amount_total": amount, "currency": currency,
                   "metadata": {"payment": str(payment.id)}}  # fmt: skip
        for _ in range(2):
            hear("checkout.session.completed", session)
        return payment


def test_what_comes_in_parts_is_counted_and_the_receipt_waits_for_all_of_it(client):
    made = placed()
    path = f"/acme/purchases/{made.number}"
    client.post(f"{path}/invoice")
    part = {"amount": "50", "key": str(uuid.uuid4())}
    for _ in range(2):  # the form sent twice
        assert client.post(f"{path}/payment", data=part).status_code == 303
    page = client.get(path).text
    assert "€188.00" in page and "Paid in part" in page and "/receipts/" not in page
    told = client.get(f"/acme/customers/{made.customer_id}").text
    assert "Paid in part" in told and f"€50.00 of purchase #{made.number} came in, €188.00 are left" in told
    assert client.post(f"{path}/payment", data={"amount": "x"}).status_code == 422
    client.post(f"{path}/payment", data={"amount": "200", "key": str(uuid.uuid4())})
    page = client.get(path).text
    assert "€12.00 came in more than it costs: give it back" in page and "A team lead can give it back" in page
    paper = client.get("/acme/receipts/1").text
    for words in ("€238.00", "€50.00", "€200.00", "Paid too much", "€12.00"):
        assert words in paper
    with make.inside():
        assert [(one.state, one.amount) for one in Payment.of(made)] == [("paid", 20_000), ("paid", 5_000)]
        assert Receipt.find(transaction_id=made.id).number == 1


def test_what_is_paid_twice_is_kept_told_and_given_back_once(client, lead):
    made = placed()
    path = f"/acme/purchases/{made.number}"
    with make.inside():
        payment = methods["stripe"].begin(Transaction.locked(id=made.id))
    client.post(f"{path}/payment")
    came(made, payment=payment)
    assert (found(made).paid, found(made).surplus) == (23_800, 23_800)
    with make.inside():
        [event] = db.session.scalars(db.select(Event).where(Event.name == "transaction.overpaid")).all()
        tell_who_may_return_it(event)
    told = lead.get("/acme/notifications").text
    assert f"€238.00 came in too much for purchase #{made.number}: give it back" in told
    assert "Paid twice: give €238.00 back" in lead.get(path).text
    assert client.post(f"{path}/return").status_code == 403
    for _ in range(2):
        assert lead.post(f"{path}/return", data={"by_hand": "1"}).status_code == 303
    assert "Paid twice" not in lead.get(path).text and found(made).surplus == 0
    with make.inside():
        assert sum(one.amount for one in Payment.of(made) if one.goes_back) == 23_800


def test_what_comes_for_what_was_cancelled_and_from_two_pages_is_too_much(client):
    made = placed()
    payment = came(made, amount=10_000)
    client.post(f"/acme/purchases/{made.number}/cancellation")
    assert (found(made).state, found(made).paid, found(made).surplus) == ("cancelled", 0, 10_000)
    came(made, "cs_2", payment)
    assert found(made).surplus == 33_800
    assert "€338.00 came in for what was cancelled: give it back" in client.get(f"/acme/purchases/{made.number}").text


def test_what_stripe_gave_back_of_a_part_is_owed_again(client):
    made = placed()
    payment = came(made, amount=10_000)
    refund = {"id": "re_1", "status": "succeeded", "failure_reason": None, "amount": 10_000, "metadata": {}}
    for status in ("succeeded", "succeeded", "failed"):
        before = found(made).balance
        with make.inside():
            hear_what_went_back(Payment.find(id=payment.id), {**refund, "status": status})
    assert (before, found(made).balance, found(made).paid, found(made).credited) == (23_800, 13_800, 10_000, 0)


def test_what_came_in_another_currency_is_given_back_in_it_once(client, lead):
    made = placed()
    path, payment = f"/acme/purchases/{made.number}", came(made, amount=30_000, currency="usd")
    assert "$300.00 came in another currency: give it back" in client.get(path).text
    assert found(made).balance == 23_800 and "Stripe gives back" in lead.get(path).text
    for _ in range(2):
        assert lead.post(f"{path}/return", data={"by_hand": "1", "payment": str(payment.id)}).status_code == 303
    assert "another currency" not in lead.get(path).text
    with make.inside():
        [gone] = [one for one in Payment.of(made) if one.goes_back]
        assert (gone.method, gone.amount, gone.currency, gone.state) == ("hand", 30_000, "USD", "paid")
    foreign = {"by_hand": "1", "payment": str(uuid.uuid4())}
    assert lead.post(f"{path}/return", data=foreign).status_code == 404 and found(made).surplus == 0


@pytest.mark.committed
def test_two_at_once_give_back_what_was_too_much_once(app):
    made = placed()
    with make.inside():
        by_hand(Transaction.locked(id=made.id), 30_000)

    def give():
        with make.inside():
            back.give(Transaction.locked(id=made.id), by_hand=True)

    threads = [threading.Thread(target=give) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    with make.inside():
        assert [one.amount for one in Payment.of(made) if one.goes_back] == [6_200] and found(made).surplus == 0


def test_a_link_leads_to_what_is_to_be_paid_and_opens_nothing_else(client, stranger):
    made = placed()
    with make.inside():
        row = ShopSettings.here().save()
        row.keep_secret("stripe_key", "sk_test_x"), row.keep_secret("stripe_webhook_secret", "whsec_x")
    path = f"/acme/purchases/{made.number}"
    link = re.search(r'data-copy="([^"]+/pay/[^"]+)"', client.get(path).text)[1]
    page = stranger.get(link).text
    assert 'lang="de"' in page and "238,00" in page and "2 × Tent" in page
    sent = {"key": str(uuid.uuid4())}
    there = [client.post(f"{path}/link", data=sent).location for _ in range(2)]
    assert there[0] == there[1] and client.get(there[0]).text.count("/pay/") >= 1
    assert stranger.get(link[:-1]).status_code == 404
    client.post(f"{path}/payment")
    assert "Danke" in stranger.get(link).text
    assert client.post(f"{path}/link", data=sent).status_code == 409 and not mails("invoice")
