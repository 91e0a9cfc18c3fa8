"""Stripe Checkout: their page, their signed word, and money that goes back."""

import hashlib
import hmac
import json
import re
import time
import uuid
from datetime import timedelta

import pytest

from crm import jobs
from crm.catalog.models import Payment, Transaction
from crm.catalog.payments import back, methods
from crm.catalog.payments.stripe_checkout import charged, counted
from crm.catalog.payments.stripe_jobs import ask_about, end_pages, find_owed, give_back
from crm.db import db, now
from crm.events import Event
from crm.web import Refused
from tests import make
from tests.catalog import shop
from tests.catalog.conftest import SECRET


def tell(browser, session, kind="checkout.session.completed", secret=SECRET, at=None):
    body = json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": session}}).encode()
    at = int(at or time.time())
    sign = hmac.new(secret.encode(), b"%d.%s" % (at, body), hashlib.sha256).hexdigest()
    return browser.post(
        "/acme/payments/stripe", data=body, headers={"Stripe-Signature": f"t={at},v1={sign}"}
    ).status_code


@pytest.mark.parametrize("thing", [[], "x", {"id": "a\0b"}, {"id": "\ud800"}, {"id": "cs_1", "metadata": [1]},
                                   {"id": "cs_1", "amount_total": "much"}, {"id": "cs_1", "currency": {"a": 1}}, {}])  # fmt: skip
def test_signed_nonsense_is_refused(stripe, stranger, thing):
    assert tell(stranger, thing) == 400


def test_a_customer_pays_by_stripe_and_gets_money_back(stripe, stranger):
    """localstripe holds the payment and the refund; the session is of our own server, see stripe_server.py."""
    mia, tent = make.customer(email="mia@example.com"), shop.product("Tent", price=11_900)
    made, browser = shop.purchase(mia, (tent, 2), source="portal"), make.browser(mia)
    page = browser.post(f"/acme/help/purchases/{made.number}/order", data={"way": "stripe"})
    assert "/pay/" in re.search(r'href="([^"]+)" rel="noreferrer"', page.text)[1]
    again = browser.post(f"/acme/help/purchases/{made.number}/payment", data={"way": "stripe"})
    assert again.status_code == 200 and len(stripe.sessions) == 1
    _path, form, key = stripe.asked[0]
    assert form["line_items[0][price_data][unit_amount]"] == "23800" and form["customer_email"] == "mia@example.com"
    session = stripe.pay(f"cs_test_{key}")
    wrong = [{"secret": "whsec_other"}, {"at": time.time() - 3600}]
    assert [tell(stranger, session, **one) for one in wrong] == [400, 400]
    assert (
        tell(stranger, session) == tell(stranger, session) == tell(stranger, session, "checkout.session.expired") == 204
    )
    assert (found(made).state, found(made).paid) == ("paid", 23_800)
    with make.inside():
        refund = Transaction.locked(id=made.id).refund(uuid.uuid4(), 5_000)
    react()
    owed = last_payment(refund)
    assert owed_after(owed) == [str(owed.id)]  # though no queue has it
    for _ in range(2):
        work(give_back, payment_id=owed.id)
    owed = last_payment(refund)
    assert (owed.state, owed.amount) == ("paid", 5_000)
    assert stripe.forward("GET", f"/v1/refunds/{owed.external_id}", {})[1]["amount"] == 5_000
    assert owed_after(owed) == []


def test_what_stripe_does_not_give_back_is_seen_and_made_again_once(stripe, stranger):
    lead, tent = make.browser(make.employee("Lena", "lead")), shop.product("Tent", price=11_900)
    made = shop.purchase(make.customer(email="mia@example.com"), (tent, 1), upto="placed")
    payment = paid(stripe, stranger, made)
    stripe.refunded_as = "pending"
    path = f"/acme/purchases/{refunded(lead, made, 5_000).number}"
    react()
    first = last_payment(made, refund=True)
    work(give_back, payment_id=first.id)
    assert "on its way back" in lead.get(path).text
    first = last_payment(made, refund=True)
    work(ask_about, payment_id=first.id)  # the clock asks, and it is still pending
    told = {"id": first.external_id, "status": "failed", "failure_reason": "expired_or_canceled_card"}
    assert (
        tell(stranger, told, "refund.failed")
        == tell(stranger, {**told, "status": "succeeded"}, "refund.updated")
        == 204
    )
    page = lead.get(path).text
    assert "€50.00 did not go back" in page and "expired or canceled card" in page
    for _ in range(2):
        lead.post(f"{path}/return")
    second = last_payment(made, refund=True)
    work(give_back, payment_id=second.id)
    told = {"id": last_payment(made, refund=True).external_id, "status": "succeeded"}
    assert tell(stranger, told, "refund.updated") == 204
    assert "did not go back</h2>" not in lead.get(path).text and last_payment(made, refund=True).state == "paid"
    intent = stripe.sessions[payment.external_id]["payment_intent"]
    assert sum(one["amount"] for one in refunds_at(stripe, intent)) == 10_000  # the failed one, and the one that went
    stripe.forward("POST", "/v1/refunds", {"payment_intent": intent, "amount": "1000"})  # on Stripe's own pages
    assert tell(stranger, {"id": "ch_1", "metadata": {"payment": str(payment.id)}}, "charge.refunded") == 204
    for _ in range(2):
        work(ask_about, payment_id=payment.id)
    assert found(made).refunded == 6_000


def test_a_page_of_stripes_is_ended_when_the_money_came_otherwise(stripe, client):
    made = shop.purchase(make.customer(email="mia@example.com"), (shop.product("Tent"), 1), upto="placed")
    with make.inside():
        begun = methods["stripe"].begin(Transaction.locked(id=made.id))
        db.session.flush()
        methods["stripe"].goes_on(begun, "http://localhost/back")
    client.post(f"/acme/purchases/{made.number}/payment")
    work(end_pages, transaction_id=made.id)
    [session] = stripe.sessions.values()
    assert session["status"] == "expired"


def paid(stripe, browser, made):
    """By the customer, on Stripe's page."""
    with make.inside():
        begun = methods["stripe"].begin(Transaction.locked(id=made.id))
        db.session.flush()
        methods["stripe"].goes_on(begun, "http://localhost/back")
    assert tell(browser, stripe.pay(begun.external_id)) == 204
    return begun


def refunded(browser, made, amount):
    form = {"amount": str(amount // 100), "key": str(uuid.uuid4())}
    assert browser.post(f"/acme/purchases/{made.number}/refunds", data=form).status_code == 303
    with make.inside():
        return Transaction.find(refund_of_id=made.id)


def refunds_at(stripe, intent):
    return stripe.forward("GET", f"/v1/refunds?payment_intent={intent}", {})[1]["data"]


def react():
    """What the relay does, without its jobs."""
    with make.inside():
        for event in db.session.scalars(db.select(Event).where(Event.name == "transaction.refunded")):
            back.begin(event)


def work(job, **ids):
    with make.inside():
        job.work(**{name: str(id) for name, id in ids.items()})


def last_payment(transaction, refund=False):
    with make.inside():
        return Payment.of(Transaction.find(refund_of_id=transaction.id) if refund else transaction)[-1]


def owed_after(payment):
    """What the clock finds, ten minutes after it was to be given back."""
    with make.inside():
        Payment.find(id=payment.id).created_at = now() - timedelta(minutes=10)
        db.session.flush()
        queue = jobs.rq_queue("default")
        queue.empty()
        find_owed()
        return [queued.args[2]["payment_id"] for queued in queue.jobs]


def found(one):
    with make.inside():
        return Transaction.find(id=one.id)


def test_without_stripe_the_order_stands_and_says_what_to_do(keys):
    mia = make.customer(email="mia@example.com")
    made = shop.purchase(mia, (shop.product("Tent"), 1), source="portal")
    page = make.browser(mia).post(
        f"/acme/help/purchases/{made.number}/order", data={"way": "stripe"}, follow_redirects=True
    )
    assert "Stripe could not be reached" in page.text and "Pay: By card" in page.text and found(made).state == "placed"


def test_amounts_are_counted_as_stripe_counts_them(app):
    assert [charged(500, "JPY"), charged(500, "ISK"), charged(1000, "BHD"), charged(500, "MGA")] == [
        500,
        50_000,
        1000,
        5,
    ]
    assert [counted(50_000, "ISK"), counted(1000, "BHD"), counted(5, "MGA"), counted(7, "EUR")] == [500, 1000, 500, 7]
    for amount, currency in ((1001, "BHD"), (501, "MGA")):
        with pytest.raises(Refused):
            charged(amount, currency)
