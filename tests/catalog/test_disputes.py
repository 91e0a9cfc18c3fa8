"""Payments that customers dispute with their bank."""

import uuid

import pytest

from crm.catalog.models import Dispute, Payment, Transaction
from crm.catalog.payments.disputes import ask_of_dispute, ask_of_disputes
from crm.db import db
from crm.events import Event
from crm.notifications.kinds.payments import tell_who_may_answer
from crm.registry import figures_of
from crm.web import Invalid
from tests import make
from tests.catalog import shop
from tests.catalog.test_stripe import found, paid, react, refunded, tell, work


@pytest.fixture
def bought(stripe, stranger):
    """€238.00, paid by Stripe."""
    made = shop.purchase(make.customer(email="mia@example.com"), (shop.product("Tent", price=23_800), 1), upto="placed")
    return made, stripe.sessions[paid(stripe, stranger, made).external_id]


def told(stripe, browser, session, kind, status, *moved):
    """Stripe tells twice, and the worker asks as often."""
    thing = stripe.dispute(session, status, *moved)
    for _ in range(2):
        assert tell(browser, thing, f"charge.dispute.{kind}") == 204
        work(ask_of_dispute, dispute_id=thing["id"])


def value(made):
    with make.inside():
        return figures_of("customer", "value", [made.customer_id])[made.customer_id][0][0]


def happened(name):
    with make.inside():
        return list(db.session.scalars(db.select(Event).where(Event.name == name)))


def test_a_dispute_is_shown_told_and_counts_once_however_often_stripe_says_it(stripe, stranger, bought):
    made, session = bought
    lead, path = make.browser(make.employee("Lena", "lead")), f"/acme/purchases/{made.number}"
    told(stripe, stranger, session, "created", "needs_response")
    page = lead.get(path).text
    assert "€238.00 are disputed: answer by January 15, 2027" in page and "says that nothing arrived" in page
    assert value(made) == 23_800
    told(stripe, stranger, session, "funds_withdrawn", "needs_response", -23_800, -1_500)
    assert (found(made).disputed, found(made).left, value(made)) == (23_800, 0, 0)
    with make.inside(), pytest.raises(Invalid):
        Transaction.locked(id=made.id).refund(uuid.uuid4(), 100)
    [event] = happened("transaction.disputed")
    with make.inside():
        tell_who_may_answer(event)
    assert (
        f"€238.00 of purchase #{made.number} are disputed: answer by Jan 15, 2027"
        in lead.get("/acme/notifications").text
    )
    told(stripe, stranger, session, "closed", "lost", -23_800, -1_500)
    page = lead.get(path).text
    assert (found(made).state, value(made)) == ("refunded", 0)
    assert "lost: the money is gone" in page and "refunds/new" not in page and "answer by" not in page
    assert "was lost" in lead.get(f"/acme/customers/{made.customer_id}").text
    told(stripe, stranger, session, "funds_reinstated", "won", -23_800, 23_800)  # though it was lost before
    assert (found(made).state, found(made).disputed, found(made).left, value(made)) == ("paid", 0, 23_800, 23_800)
    assert [len(happened(f"transaction.{name}")) for name in ("disputed", "dispute_lost", "dispute_won")] == [1, 1, 1]


def test_hooks_in_another_order_and_lost_ones_end_the_same(stripe, stranger, bought):
    made, session = bought
    stripe.dispute(session, "won", -23_800, 23_800)
    others = stripe.forward("POST", "/v1/payment_intents", {"amount": 100, "currency": "eur"})[1]["id"]
    foreign = stripe.dispute({**session, "payment_intent": others}, "lost", -1, id="dp_2")
    for kind, thing in (("closed", "dp_1"), ("created", "dp_1"), ("funds_withdrawn", foreign["id"])):
        assert tell(stranger, {"id": thing}, f"charge.dispute.{kind}") == 204
    for job in (ask_of_disputes, ask_of_disputes):  # what the clock asks, without any word of Stripe's
        work(job)
    with make.inside():
        [one] = Dispute.of(made)
        assert (one.status, one.gone) == ("won", 0)
    assert (found(made).state, found(made).disputed) == ("paid", 0) and not happened("transaction.disputed")
    assert len(happened("transaction.dispute_won")) == 1 and len(happened("stripe.disputed")) == 3


def test_of_what_was_too_much_a_dispute_takes_first(stripe, stranger, bought):
    made, session = bought
    with make.inside():
        Transaction.locked(id=made.id).receive(5_000)
    told(stripe, stranger, session, "closed", "lost", -23_800)
    assert (found(made).surplus, found(made).disputed) == (0, 18_800)
    told(stripe, stranger, session, "funds_reinstated", "won", -23_800, 23_800)
    assert (found(made).surplus, found(made).disputed) == (5_000, 0)


def test_what_went_back_before_the_bank_took_it_too_makes_no_later_refund_larger(stripe, stranger):
    """Half came by hand, half by Stripe; of that half a part went back, and then the customer disputes all of it."""
    mia, lead = make.customer(email="mia@example.com"), make.browser(make.employee("Lena", "lead"))
    made = shop.purchase(mia, (shop.product("Tent", price=20_000), 1), upto="placed")
    lead.post(f"/acme/purchases/{made.number}/payment", data={"amount": "100", "key": str(uuid.uuid4())})
    session = stripe.sessions[paid(stripe, stranger, made).external_id]
    refunded(lead, made, 4_000)
    react()
    told(stripe, stranger, session, "funds_withdrawn", "needs_response", -10_000)
    assert found(made).left == 6_000
    with make.inside():
        last = Transaction.locked(id=made.id).refund(uuid.uuid4(), 6_000)
    react()
    with make.inside():
        assert [(one.method, one.amount) for one in Payment.of(last)] == [("hand", 6_000)]
