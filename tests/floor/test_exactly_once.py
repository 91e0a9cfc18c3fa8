"""Many at once, with real commits: each message once, in one order; one who accepts; one rating."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select, text

from crm.conversations.models import Conversation, FollowUp, Message, Rating
from crm.conversations.models.rating import AlreadyRated
from crm.customers.models import Customer
from crm.db import db
from crm.events import Event
from tests import make
from tests.portal.steps import signed, visitor

pytestmark = pytest.mark.committed
FAST = {"Accept": "text/html", "HX-Request": "true"}


def at_once(count, act):
    """`act(n)` for 0 … count - 1, each in a thread of its own, all released together; what they returned."""
    barrier = Barrier(min(count, 20))

    def run(n):
        if n < barrier.parties:
            barrier.wait(60)
        return act(n)

    with ThreadPoolExecutor(barrier.parties) as pool:
        return list(pool.map(run, range(count)))


def test_twenty_retries_at_once_store_one_message(app, anna):
    conversation = make.conversation(assignee=anna)
    path, form = f"/acme/conversations/{conversation.number}/messages", make.message_form("Once")
    browsers = [make.browser(anna) for _ in range(20)]
    answers = at_once(20, lambda n: browsers[n].post(path, data=form, headers=FAST))
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    with make.inside():
        posted = db.session.scalars(select(Message).where(Message.body == "Once")).all()
        told = db.session.scalar(select(func.count()).select_from(Event).where(Event.subject_id == posted[0].id))
        assert (len(posted), told, Conversation.find(id=conversation.id).staff_position) == (1, 1, posted[0].seq)


def test_two_hundred_posts_at_once_are_one_sequence_without_holes(app, anna, boris):
    conversation = make.conversation(assignee=anna)
    customer = make.browser(make_customer(conversation))
    senders = [(make.browser(anna), ""), (make.browser(boris), ""), (make.browser(anna), "note"), (customer, "portal")]

    def send(n):
        client, kind = senders[n % 4]
        place = "/help" if kind == "portal" else ""
        form = make.message_form(f"Number {n}", kind="note" if kind == "note" else "chat")
        return client.application.test_client(use_cookies=False).post(
            f"/acme{place}/conversations/{conversation.number}/messages", data=form, headers=FAST | cookie(client)
        )

    assert [answer.status_code for answer in at_once(200, send)] == [201] * 200
    with make.inside():
        rows = db.session.scalars(select(Message).order_by(Message.seq)).all()
        found = Conversation.find(id=conversation.id)
        assert [row.seq for row in rows] == list(range(1, 203))
        assert found.staff_position == 202
        shared = [row.customer_position for row in rows if row.customer_position]
        assert shared == list(range(1, 153)) and found.customer_position == 152
        assert {row.body for row in rows} >= {f"Number {n}" for n in range(200)}


def make_customer(conversation):
    with make.inside():
        return Conversation.find(id=conversation.id).customer


def cookie(client) -> dict[str, str]:
    return {"Cookie": "; ".join(f"rapport={one.value}" for one in client._cookies.values())}


def test_two_who_accept_at_once_one_gets_it_and_the_other_is_told_who(app, anna, boris):
    conversation = make.conversation()
    browsers = [make.browser(anna), make.browser(boris)]
    path = f"/acme/conversations/{conversation.number}/acceptance"
    answers = at_once(2, lambda n: browsers[n].post(path, headers={"Accept": "application/json"}))
    with make.inside():
        winner = Conversation.find(id=conversation.id).assignee
    statuses = {("Anna", "Boris")[n]: answer.status_code for n, answer in enumerate(answers)}
    loser = "Boris" if winner.name == "Anna" else "Anna"
    assert statuses == {winner.name: 302, loser: 409}
    assert winner.name in answers[("Anna", "Boris").index(loser)].json["error"]["sentence"]


def test_the_queue_gives_each_conversation_to_one_employee(app):
    people = [make.employee(name) for name in ("Anna", "Ben", "Cem", "Dora", "Eva", "Finn")]
    numbers = {make.conversation().number for _ in range(4)}
    browsers = [make.browser(person) for person in people]
    answers = at_once(6, lambda n: browsers[n].post("/acme/inbox/queue/acceptance"))
    given = [int(re.search(r"/(\d+)$", answer.location)[1]) for answer in answers if answer.status_code == 302]
    assert sorted(given) == sorted(numbers)
    assert sorted(answer.status_code for answer in answers) == [302] * 4 + [409] * 2


def test_rating_twice_at_once_counts_once(app, anna):
    closed = make.closed_conversation(by=anna)

    def give(n):
        try:
            with make.inside():
                Rating.locked(conversation_id=closed.id).give(1 + n % 2, f"From {n}")
        except AlreadyRated:
            return 409
        return 200

    assert sorted(at_once(6, give)) == [200] + [409] * 5
    with make.inside():
        assert db.session.scalar(select(func.count()).select_from(FollowUp)) == 1
        told = select(func.count()).select_from(Event).where(Event.name == "rating.given")
        assert db.session.scalar(told) == 1


def test_a_conversation_begun_twice_at_once_is_one(app):
    customer = make.customer()
    begun = uuid.uuid4()

    def begin(_):
        with make.inside():
            from crm.customers.models import Customer

            return Conversation.begin(Customer.find(id=customer.id), None, begun).number

    assert len(set(at_once(8, begin))) == 1


def test_numbers_have_no_gaps_and_no_twins(app):
    make.conversation()
    numbers = at_once(20, lambda _: make.conversation(body="").number)
    assert sorted(numbers) == list(range(2, 22))


def test_a_crash_before_the_commit_leaves_no_trace(app, anna, monkeypatch):
    """What is half done is not done: no message, no event, no number used up in the counters."""
    conversation = make.conversation(assignee=anna)
    client = make.browser(anna)
    with make.inside():
        before = db.session.execute(text("SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM events)")).one()
    monkeypatch.setattr(db.session, "commit", lambda: (_ for _ in ()).throw(ConnectionError("killed")))
    path = f"/acme/conversations/{conversation.number}/messages"
    assert client.post(path, data=make.message_form("Lost")).status_code == 500
    monkeypatch.undo()
    with make.inside():
        after = db.session.execute(text("SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM events)")).one()
        assert after == before
    assert client.post(path, data=make.message_form("Kept")).status_code == 201


def test_many_users_of_a_shop_prove_one_address_at_once_and_one_has_it(app):
    makers = [visitor(**signed(id=str(n), email="mia@example.com", email_verified=True)) for n in range(8)]
    numbers = at_once(8, lambda n: makers[n].begin())
    with make.inside():
        people = db.session.scalars(select(Customer)).all()
        assert (len(set(numbers)), len(people)) == (8, 8)
        assert sorted(str(one.email) for one in people) == ["None"] * 7 + ["mia@example.com"]
        assert {one.claimed_email for one in people if not one.email} == {"mia@example.com"}
