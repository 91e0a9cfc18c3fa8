"""What a page that was away gets when it comes back, and what it must never get."""

import uuid

import pytest

from crm.conversations.models import Message
from crm.customers.models import Customer
from crm.db import db
from tests import make
from tests.live.page import Page
from tests.live.server import Browser

pytestmark = [pytest.mark.committed, pytest.mark.live]


@pytest.fixture
def talk(server, house):
    """The conversation on three pages: `anna` and `boss`, who work here, and `mia`, the customer."""
    with make.inside(house.slug):
        customer = Customer.find(id=house.conversation.customer_id)
    mia = Browser.of(server, customer, house.slug)
    mia.home = f"/help/conversations/{house.number}"
    for browser in (house.browser, house.boss, mia):
        browser.send("/nowhere")  # for the token
    house.mia = mia
    house.staff_page = Page(house.boss, f"/conversations/{house.number}")
    house.customer_page = Page(mia, f"/help/conversations/{house.number}")
    return house


def say(talk, body, sender=None, **form) -> str:
    sender, client_id = sender or talk.browser, form.pop("client_id", str(uuid.uuid4()))
    place = "/help" if sender is talk.mia else ""
    form = {"body": body, "client_id": client_id, "kind": "chat"} | form
    assert sender.send(f"{place}/conversations/{talk.number}/messages", **form) == 201
    return client_id


def change(talk, client_id, method, **form) -> int:
    with make.inside(talk.slug):
        message = db.session.query(Message).filter_by(client_id=uuid.UUID(client_id)).one()
    return talk.browser.send(f"/conversations/{talk.number}/messages/{message.id}", method, **form)


def test_edits_and_deletions_reach_every_page_that_was_away(talk):
    kept, edited, gone = (say(talk, f"Message {n}") for n in range(3))
    texts = [f"Message {n}" for n in range(3)]
    pages = (talk.staff_page, talk.customer_page)
    for page in pages:
        assert page.shows([*page.shown[:1], *zip((kept, edited, gone), texts, strict=True)], 12)
        page.leave()
    assert change(talk, edited, "PATCH", body="Changed meanwhile") == 201
    assert change(talk, gone, "DELETE") == 201
    late = say(talk, "And one more")
    for page in pages:
        page.come_back()
        assert page.shown[1:] == [
            (kept, "Message 0"),
            (edited, "Changed meanwhile"),
            (gone, None),
            (late, "And one more"),
        ]


def test_edits_and_deletions_reach_every_page_that_is_there(talk):
    edited, gone = say(talk, "First"), say(talk, "Second")
    assert change(talk, edited, "PATCH", body="Better") == 201
    assert change(talk, gone, "DELETE") == 201
    for page in (talk.staff_page, talk.customer_page):
        assert page.shows([*page.shown[:1], (edited, "Better"), (gone, None)], 12)


def test_a_note_never_reaches_the_customer_neither_at_once_nor_later(talk):
    note = say(talk, "She sounds upset", kind="note")
    public = say(talk, "Hello")
    assert talk.staff_page.shows([*talk.staff_page.shown[:1], (note, "She sounds upset"), (public, "Hello")], 12)
    assert talk.customer_page.shows([*talk.customer_page.shown[:1], (public, "Hello")], 12)
    assert change(talk, note, "PATCH", body="She sounds angry") == 201
    assert change(talk, note, "DELETE") == 201
    page = f"/help/conversations/{talk.number}"
    for path in (page, f"{page}/changes?after=0", f"{page}/earlier?before=100"):
        status, body = talk.mia.ask("GET", path)
        assert status == 200 and note not in body and "She sounds" not in body and 'data-kind="note"' not in body
    assert [item.id for item in talk.customer_page.thread.items if item.id == note] == []


@pytest.mark.parametrize("closed", [False, True])
def test_a_client_id_of_somebody_else_is_a_new_message(talk, closed):
    """Nobody can take, change or find out what another one sent by sending its id; and each still sends once."""
    theirs = say(talk, "Mine", sender=talk.mia)
    for _ in range(2):
        assert say(talk, "Not yours", client_id=theirs) == theirs
        assert say(talk, "Mine", sender=talk.mia, client_id=theirs) == theirs
    if closed:
        talk.browser.send(f"/conversations/{talk.number}/closure")
        for sender, body in ((talk.browser, "Not yours"), (talk.mia, "Mine")):
            assert say(talk, body, sender=sender, client_id=theirs) == theirs
    with make.inside(talk.slug):
        stored = db.session.query(Message).filter(Message.body.in_(["Mine", "Not yours"])).order_by(Message.seq).all()
        assert [message.body for message in stored] == ["Mine", "Not yours"]
        wanted = [(str(message.client_id), message.body) for message in stored]
    assert wanted[0][0] == theirs != wanted[1][0], "pages know a message by its id"
    for page in (talk.staff_page, talk.customer_page):
        assert page.shows([*page.shown[:1], *wanted], 12)
