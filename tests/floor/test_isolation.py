"""What does not go through a route or a query: frames, jobs, the relay, the cache of tenants, files and their links."""

import inspect
import re
from contextlib import nullcontext
from time import monotonic

import pytest
import redis
from sqlalchemy import func, select, text
from werkzeug.exceptions import NotFound

from crm import files, jobs, relay, tenancy
from crm.conversations.models import Attachment
from crm.db import db
from crm.events import Event, Outbox, later_reactions, record
from crm.mail import Mail
from crm.notifications.models import Push
from crm.realtime.hub import channel
from crm.tenancy import as_tenant
from tests import make
from tests.floor import world

pytestmark = pytest.mark.committed


@pytest.fixture
def acme(app):
    return world.build("acme")


@pytest.fixture
def globex(app):
    return world.build("globex")


@pytest.fixture
def overheard(servers):
    """`overheard()`: everything that was published, as (channel, topic, frame)."""
    listener = redis.Redis.from_url(servers.redis_url).pubsub()
    listener.psubscribe("*")
    listener.get_message(timeout=1)

    def since() -> list[tuple[str, str, str]]:
        found = []
        while message := listener.get_message(timeout=0.2):
            topic, _, frame = message["data"].decode().partition("\n")
            found.append((message["channel"].decode(), topic, frame))
        return found

    yield since
    listener.close()


def test_whatever_is_published_stands_under_its_tenant(acme, globex, overheard):
    """Both workspaces do the same; each frame is on its own tenant's channel and topic, and holds its own word alone."""
    overheard()
    for here, other in ((acme, globex), (globex, acme)):
        client, number = make.browser(here.boss), here.waiting.number
        client.post(f"/{here.slug}/conversations/{number}/acceptance")
        client.post(f"/{here.slug}/conversations/{number}/messages", data=make.message_form(f"Hello {here.canary}"))
        client.post(f"/{here.slug}/conversations/{number}/transfer", data={"to": f"employee:{here.agent.id}"})
        client.post(f"/{here.slug}/conversations/{number}/closure")
        frames = overheard()
        assert len(frames) > 8
        assert {name for name, _, _ in frames} == {channel(here.tenant.id)}
        assert {topic.split(":")[0] for _, topic, _ in frames} == {str(here.tenant.id)}
        everything = "".join(frame for _, _, frame in frames)
        assert here.canary in everything and other.canary not in everything


def test_a_note_is_never_published_to_the_customer(acme, overheard):
    overheard()
    make.browser(acme.boss).post(f"/acme/conversations/{acme.waiting.number}/messages",
                                 data=make.message_form("secretnote", kind="note"))  # fmt: skip
    frames = overheard()
    heard = [frame for _, topic, frame in frames if topic.endswith(":customer")]
    assert any("secretnote" in frame for _, _, frame in frames)
    assert not any("secretnote" in frame for frame in heard)


# What is not there any more was done by somebody else; what is given no id looks for its work itself; Stripe is asked only
# with a key.
QUIET = {"push", "go_on", "read_mails", "erase_person", "put_together", "ask_of_dispute", "ask_of_disputes",
         "sweep_leftovers"}  # fmt: skip


def test_a_job_with_another_tenants_id_does_nothing(acme, globex, monkeypatch, app):
    monkeypatch.setattr(jobs, "_app", app)
    with make.inside("acme"):
        mail = db.session.scalars(select(Mail)).one()
    for name, job in jobs.jobs.items():
        arguments = inspect.signature(job.work).parameters.values()
        row = acme.push if name == "push" else mail
        refused = nullcontext() if name in QUIET else pytest.raises(NotFound)
        given = {one.name: 0 if one.annotation is int else str(row.id) for one in arguments}
        with refused:
            jobs.run(str(globex.tenant.id), name, given)
    with make.inside("acme"):
        assert Mail.find(id=mail.id).state == "queued" and Push.find(id=acme.push.id).tries == 0


def test_a_job_of_no_tenant_does_nothing(acme, monkeypatch, app):
    monkeypatch.setattr(jobs, "_app", app)
    with pytest.raises(NotFound):
        jobs.run("01900000-0000-7000-8000-000000000000", "send_mail", {"mail_id": str(acme.message.id)})


def test_an_outbox_row_of_another_tenant_reacts_to_nothing(app, acme, globex, monkeypatch):
    """Even a forged row of the one table outside the walls reaches no event of somebody else."""
    seen = []
    monkeypatch.setitem(later_reactions, "test.happened", [lambda event: seen.append(event.tenant_id)])
    with make.inside("acme"):
        record("test.happened", acme.department)
        db.session.flush()
        event_id = db.session.scalar(select(Event.id).where(Event.name == "test.happened"))
        db.session.execute(text("UPDATE outbox SET tenant_id = :other"), {"other": globex.tenant.id})
    with app.app_context():
        while relay.dispatch():
            pass
        assert (seen, db.session.scalar(select(func.count()).select_from(Outbox))) == ([], 0)
    assert event_id is not None


def test_the_cache_of_tenants_is_checked_on_every_read(app, acme, globex):
    with app.app_context():
        found = tenancy.cached_tenant("slug", "acme")
        tenancy.cache["slug", "globex"] = (monotonic() + 60, found)
        assert tenancy.cached_tenant("slug", "globex").id == globex.tenant.id
        tenancy.cache["widget_key", globex.tenant.widget_key] = (monotonic() + 60, found)
        assert tenancy.cached_tenant("widget_key", globex.tenant.widget_key).id == globex.tenant.id


def test_the_cache_of_tenants_forgets_after_two_seconds(app, acme, monkeypatch):
    with app.app_context():
        assert tenancy.cached_tenant("slug", "acme").name == "Acme"
        db.session.execute(text("UPDATE tenants SET name = 'Renamed'"))
        db.session.commit()
        assert tenancy.cached_tenant("slug", "acme").name == "Acme"
        monkeypatch.setattr(tenancy, "monotonic", lambda: monotonic() + 2.1)
        assert tenancy.cached_tenant("slug", "acme").name == "Renamed"


def test_no_row_is_changed_through_the_shared_copy_of_a_tenant(app, acme):
    """The cached row belongs to no session, so a slip of the pen is not written."""
    with app.app_context():
        copy = tenancy.cached_tenant("slug", "acme")
        with as_tenant(copy):
            copy.name = "A slip"
            db.session.commit()
        tenancy.forget_cached_tenant()
        assert tenancy.cached_tenant("slug", "acme").name == "Acme"


def link(world_, attachment_id) -> str:
    with make.inside(world_.slug):
        return files.link_token(attachment_id)


def test_a_files_link_opens_in_its_own_workspace_alone(app, acme, globex, stranger, monkeypatch):
    good = link(acme, acme.attachment_id)
    key, theirs = acme.tenant.widget_key, globex.tenant.widget_key
    answer = stranger.get(f"/w/{key}/files/{good}")
    assert answer.status_code == 200 and acme.canary.encode() in answer.data
    bad = [f"/w/{theirs}/files/{good}", f"/w/{key}/files/{link(globex, acme.attachment_id)}"]
    bad += [f"/w/{theirs}/files/{link(globex, acme.attachment_id)}", f"/w/{key}/files/{good[:-1]}", f"/w/{key}/files/x"]
    assert {stranger.get(path).status_code for path in bad} == {404}
    monkeypatch.setattr(files, "LINK_SECONDS", -1)
    assert stranger.get(f"/w/{key}/files/{good}").status_code == 404


def test_files_lie_in_their_tenants_folder_under_ids_of_ours(app, acme, globex):
    root = app.config["CRM"].files_dir
    for here, other in ((acme, globex), (globex, acme)):
        with make.inside(here.slug):
            mine, found = db.session.scalars(select(Attachment)).all(), []
            for attachment in mine:
                path = files.path_of(attachment.id)
                found.append(path.read_bytes())
                assert re.fullmatch(r"[0-9a-f-]{36}", path.name) and path.is_relative_to(root / str(here.tenant.id))
            assert found and all(here.canary.encode() in content for content in found)
            assert not any(other.canary.encode() in content for content in found)
