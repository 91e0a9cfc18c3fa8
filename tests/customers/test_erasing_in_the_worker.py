"""Erasing somebody in the worker: once, whole or not at all, and with what became of it on a page."""

import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import FileStorage

from crm.accounts.models import Person
from crm.conversations.models import Attachment, Closed, Conversation, Message
from crm.conversations.models.writing import Draft, post
from crm.customers.erasing.erase import erase
from crm.customers.erasing.jobs import erase_again, erase_person, finish_erasure
from crm.customers.merging.merge import merge_customers
from crm.customers.models import Customer, Erasure
from crm.customers.models.errand import TRIES
from crm.db import db, now
from crm.files import keep, keep_as_it_is, keep_large, path_of
from crm.importing.models import Import
from tests import make
from tests.floor import world

pytestmark = pytest.mark.committed


def sent(word: str) -> FileStorage:
    return FileStorage(io.BytesIO(world.PNG + word.encode()), f"{word}.png")


def work(there: str) -> None:
    """What the worker does for the page at this address."""
    with make.inside():
        erase_person.work(there.rpartition("/")[2])


def ask(browser: Any, person: Customer) -> str:
    """The page that shows how far it is."""
    answer = browser.post(f"/acme/customers/{person.id}/erasure", data={"name": person.name})
    assert answer.status_code == 303
    return str(answer.location)


@pytest.fixture
def xenia(app):
    return make.customer("Xenia Wolf")


@pytest.fixture
def owner(app):
    return make.browser(make.employee("Olivia", "owner"))


def test_two_at_once_erase_somebody_who_is_talking_and_it_happens_once(owner, xenia):
    """Who writes at that moment is refused, and what was being written is taken along."""
    room = make.conversation(customer=xenia, body="I am here")
    with ThreadPoolExecutor(2) as pool:
        once = list(pool.map(lambda _: ask(make.browser(make.employee("Olivia", "owner")), xenia), range(2)))
        assert len(set(once)) == 1
        list(pool.map(work, once))
    with make.inside():
        erasure = Erasure.find(customer_id=xenia.id)
        assert (erasure.state, erasure.counts["messages"]) == ("erased", 1)
        with pytest.raises(Closed):
            post(Conversation.locked(id=room.id), Person.find(id=xenia.id), Draft("Still here", uuid.uuid4()))
        late = Message.first(conversation_id=room.id)
        late.body = "Written at that very moment"
        file = keep(sent("late"))
        Attachment(message_id=late.id, id=file.id, name="late.png", type=file.type, size=1, sha256="").save()
    with make.inside():
        finish_erasure.work(str(erasure.id))
    with make.inside():
        assert Message.first(conversation_id=room.id).body == "" and not path_of(file.id).exists()


def test_a_worker_that_is_killed_leaves_nothing_half_done_and_another_goes_on(owner, xenia):
    """Of files, too: those that a process left when it was killed after the end go later."""
    there = ask(owner, xenia)
    with make.inside():
        file = keep(sent("picture"))
        Customer.find(id=xenia.id).avatar_id = file.id
    with make.inside():
        erase(Erasure.to_do(uuid.UUID(there.rpartition("/")[2])))
        db.session.flush()
        db.session.rollback()
    assert path_of_acme(file.id).exists() and "about to begin" in owner.get(there).text
    with make.inside():
        erasure = Erasure.find(customer_id=xenia.id)
        assert Customer.find(id=xenia.id).name == "Xenia Wolf" and not Erasure.lost()
        erasure.due = now()
    with make.inside():
        assert [one.id for one in Erasure.lost()] == [erasure.id]
        erase_again()
    work(there)
    with make.inside():
        keep_as_it_is(b"left", "picture.png", "image/png", file.id)
        assert Erasure.first().files == [str(file.id)] and Erasure.first().tries == 1
        finish_erasure.work(str(erasure.id))
    with make.inside():
        assert not path_of(file.id).exists() and Erasure.first().files == []


def path_of_acme(id: uuid.UUID) -> Path:
    with make.inside():
        return path_of(id)


def test_what_breaks_again_and_again_is_given_up_and_can_be_tried_once_more(owner, xenia):
    there = ask(owner, xenia)
    with make.inside():
        Erasure.first().tries = TRIES
    work(there)
    page = owner.get(there).text
    assert "Nothing was erased" in page and "on our side" in page and f'action="{there}/attempts"' in page
    with make.inside():
        assert Customer.find(id=xenia.id).name == "Xenia Wolf"
    assert owner.post(f"{there}/attempts").location == there
    work(there)
    assert owner.post(f"{there}/attempts").location == there and "Nothing is known" in owner.get(there).text


def test_nobody_erases_who_is_merged_foreign_or_in_an_import_at_work_nor_blanks_the_audit(owner, xenia):
    other, stranger = make.customer("Xenia W."), make.customer("Carl", slug="globex")
    late = ask(owner, other)
    with make.inside():
        merge_customers(Customer.find(id=xenia.id), Customer.find(id=other.id))
    work(late)
    assert "not there any more" in owner.get(late).text
    for id in (stranger.id, make.boris().id):
        assert owner.post(f"/acme/customers/{id}/erasure", data={"name": "Carl"}).status_code == 404
    assert make.browser(make.carla()).get(late.replace("acme", "globex")).status_code in (403, 404)
    for id in (xenia.id, stranger.id):
        with pytest.raises(DBAPIError, match="Only of somebody who is erased"), make.inside():
            db.session.execute(select(func.blank_audit(id)))
    with make.inside():
        db.session.rollback()
        kept = keep_large(FileStorage(io.BytesIO(b"Name\nXenia Wolf\n"), "people.csv"), 100)
        busy = Import.begin("customers", kept, make.boris())
    there = ask(owner, xenia)
    work(there)
    refused = owner.get(there).text
    assert "Nothing was erased" in refused and "at work" in refused and busy.works
    with make.inside():
        assert Customer.find(id=xenia.id).name == "Xenia Wolf" and path_of(kept.id).exists()
