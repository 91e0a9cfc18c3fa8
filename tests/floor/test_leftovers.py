"""Files that no row names are removed when they are old; those that any row names stay, whatever kind of file it is."""

import base64
import io
import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import rmtree

import pytest
from sqlalchemy import Uuid, select
from sqlalchemy.dialects.postgresql import JSONB

from crm import kept_files, leftovers
from crm.catalog.models import Product
from crm.conversations.models import Attachment, Conversation, ReceivedMail
from crm.customers.erasing.jobs import erase_person
from crm.customers.merging.merge import merge_customers
from crm.customers.models import Customer, Erasure
from crm.db import Base, db, now
from crm.files import keep_as_it_is, path_of
from crm.importing.models import Import
from crm.leftovers import look_for_leftovers, sweep_leftovers
from crm.models import everything
from tests import make
from tests.catalog.test_products import FORM
from tests.conversations import mails
from tests.conversations.test_receiving import become
from tests.customers.test_erasing import everywhere
from tests.floor import world

pytestmark = pytest.mark.committed

PNG = world.PNG
# Ids of rows, and what a browser, a worker or a shop made up.
NO_FILES = {
    *("audit.row_id", "audit.actor_id", "events.actor_id", "events.subject_id", "events.customer_id"),
    *("outbox.event_id", "mails.message_uuid", "erased_rows.person_id", "erased_rows.row_id", "merged_rows.row_id"),
    *("gone_rows.row_id", "gone_companies.gone_id", "gone_companies.kept_id", "relations.from_id", "relations.to_id"),
    *("transactions.key", "conversations.client_id", "messages.client_id", "import_rows.record_id"),
    *("custom_values.record_id", "custom_fields.reached", "search_marks.reached", "search_marks.anew_to"),
}
# What stands in them in JSON is words, settings, ids of rows, or files that another column names as well.
NO_FILES |= {
    *("audit.changes", "events.facts", "tokens.facts", "messages.facts", "notifications.facts", "mails.references"),
    *("mails.attachments", "erasures.counts", "tenants.languages", "tenants.allowed_sites", "tenants.notify_statuses"),
    *("tenants.rating_reasons", "departments.hours", "people.preferences", "people.custom", "companies.custom"),
    *("products.custom", "transactions.custom", "tickets.custom", "duplicate_pairs.why", "company_pairs.why"),
    *("receipts.taxes", "ratings.reasons", "routings.skills", "abilities.languages", "abilities.skills"),
    *("imports.about", "imports.mapping", "import_rows.changes", "saved_views.asked", "custom_fields.options"),
    *("custom_fields.preset", "ticket_merges.moved"),
    "erasures.files",  # which are about to go
}


def test_of_every_column_that_might_somebody_said_whether_it_names_files():
    everything()
    said = {str(one) for one in NO_FILES}
    said |= {f"{table}.{column}" for table, columns in kept_files.named.items() for column in columns}
    said |= {f"{table}.{column}" for table, columns in kept_files.named_within.items() for column in columns}
    said |= {f"{table}.{column}" for table, columns in kept_files.images.items() for column in columns}
    for table in Base.metadata.tables.values():
        of_rows = {"id", "tenant_id"} | {name for key in table.foreign_key_constraints for name in key.column_keys}
        may = [column.name for column in table.columns if isinstance(column.type, Uuid | JSONB)]
        assert [
            f"{table.name}.{name}" for name in may if name not in of_rows and f"{table.name}.{name}" not in said
        ] == []


@pytest.fixture
def folder(app) -> Iterator[Path]:
    """Emptied at the end: other tests look for what people said in all files that there are."""
    with make.inside() as tenant:
        here = Path(app.config["CRM"].files_dir).absolute() / str(tenant.id)
    yield here
    rmtree(here, ignore_errors=True)


def whole(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def age(folder: Path, days: float = 2) -> None:
    for path in whole(folder):
        os.utime(path, ((now() - timedelta(days=days)).timestamp(),) * 2)


def leave(content: bytes = b"left") -> Path:
    """A file of a transaction that never ended."""
    with make.inside():
        path = path_of(keep_as_it_is(content, "left.bin", "application/octet-stream").id)
        db.session.info.pop("kept_files")
        db.session.rollback()
    assert path.exists()
    return path


def look() -> None:
    with make.inside():
        sweep_leftovers.work(folder=0)


def test_of_files_of_every_kind_only_those_go_that_no_row_names(app, folder):
    acme = world.build("acme")
    with make.inside():
        everywhere(acme)
    picture = b"Content-Type: image/png\r\nContent-ID: <seam>\r\nContent-Transfer-Encoding: base64"
    page = mails.part(b'<p>Torn:<img src="cid:seam"></p>', b"Content-Type: text/html")
    become(mails.parts(page, mails.part(base64.b64encode(b"\x89PNG\r\n\x1a\n"), picture), kind=b"related"))
    boss = make.browser(acme.boss)
    boss.post("/acme/products", data={**FORM, "picture": (io.BytesIO(PNG), "tent.png")})
    boss.post("/acme/imports", data={"kind": "customers", "file": (io.BytesIO(b"Name\nMia\n"), "people.csv")})
    with make.inside():
        kept, gone = make.customer("Mia One"), make.customer("Mia Two")
        for one in (kept, gone):
            Customer.find(id=one.id).avatar_id = keep_as_it_is(PNG, "me.png", "image/png").id
        merge_customers(Customer.find(id=kept.id), Customer.find(id=gone.id))
        assert Product.find(sku="TENT-2").picture_id and db.session.scalars(select(Import.file_id)).all()
    age(folder)
    named = whole(folder)
    left = leave()
    age(folder)
    look()
    assert whole(folder) == named and not left.exists() and len(named) > 12, len(named)


def test_what_is_younger_than_a_day_may_be_about_to_be_named_and_stays(anna, folder):
    begun, left = leave(), leave()
    age(folder, 0.9)
    os.utime(left, (0, 0))
    look()
    assert begun.exists() and not left.exists()


def test_a_file_of_another_workspace_and_what_is_no_file_of_ours_stay(anna, carla, folder):
    anna_s = leave()
    with make.inside("globex"):
        carla_s = path_of(keep_as_it_is(b"x", "x", "").id)
    beside = anna_s.with_name("README")
    beside.write_text("By hand")
    partly = anna_s.with_name(f"{anna_s.name}.{uuid.uuid4().hex}")
    partly.write_text("Half")
    for path in (anna_s, carla_s, beside, partly):
        os.utime(path, (0, 0))
    look()
    assert [path.exists() for path in (anna_s, carla_s, beside, partly)] == [False, True, True, True]


def test_a_database_that_does_not_know_whose_files_are_asked_for_finds_none_left(client, anna, folder):
    conversation = make.conversation(assignee=anna)
    form = {**make.message_form("Look"), "files": [(io.BytesIO(PNG), "a.png")]}
    assert client.post(f"/acme/conversations/{conversation.number}/messages", data=form).status_code == 201
    left = leave()
    age(folder)
    with make.inside():
        db.session.execute(select(db.func.set_config("app.tenant_id", "", True)))
        sweep_leftovers.work(folder=0)
    assert left.exists()
    look()
    with make.inside():
        id = db.session.scalars(select(Attachment.id)).one()
    assert not left.exists() and client.get(f"/acme/attachments/{id}").data == PNG


def test_a_workspace_with_many_takes_turns_and_never_loses_too_many_at_once(anna, folder, monkeypatch):
    lefts = [leave() for _ in range(6)]
    age(folder)
    turns = []
    monkeypatch.setattr(type(sweep_leftovers), "enqueue", lambda job, folder: turns.append(folder))
    monkeypatch.setattr(leftovers, "AT_A_TIME", 2)
    monkeypatch.setattr(leftovers, "TURN_SECONDS", -1)
    with make.inside():
        look_for_leftovers()
    while turns:
        with make.inside():
            sweep_leftovers.work(folder=turns.pop())
        assert not turns or turns[0] > 0
    assert not any(path.exists() for path in lefts)
    lefts = [leave() for _ in range(6)]
    age(folder)
    monkeypatch.setattr(leftovers, "MOST", 4)
    monkeypatch.setattr(leftovers, "TURN_SECONDS", 60)
    look()
    assert sum(path.exists() for path in lefts) == 2


def test_the_pictures_in_a_mails_page_go_with_whoever_is_erased(app, folder):
    picture = b"Content-Type: image/png\r\nContent-ID: <seam>\r\nContent-Transfer-Encoding: base64"
    page = mails.part(b'<p>Torn:<img src="cid:seam"></p>', b"Content-Type: text/html")
    told = become(mails.parts(page, mails.part(base64.b64encode(b"\x89PNG\r\n\x1a\n"), picture), kind=b"related"))
    owner = make.browser(make.employee("Olivia", "owner"))
    with make.inside():
        customer = Conversation.find(number=told["conversation"]).customer
        [shown] = db.session.scalars(select(ReceivedMail.facts)).one()["pictures"].values()
        path = path_of(uuid.UUID(shown["id"]))
    assert path.exists()
    owner.post(f"/acme/customers/{customer.id}/erasure", data={"name": customer.shown_name})
    with make.inside():
        erase_person.work(str(Erasure.find(customer_id=customer.id).id))
    assert not path.exists() and whole(folder) == set()
