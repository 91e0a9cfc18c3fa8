"""Room for the files of imports: it has an end, what is finished makes more of it, and nobody is left without a sentence."""

import io
import os
import resource
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import update

from crm.db import db, now
from crm.importing import room
from crm.importing.jobs import let_go_of_files, let_go_of_halves
from crm.importing.models import Import
from tests import make
from tests.importing.files import HERE, ran, sent, tried

FILE = "Name,E-mail\nMia,mia@acme.example\n"


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


@pytest.fixture
def files(app) -> Path:
    with make.inside() as tenant:
        return Path(app.config["CRM"].files_dir).absolute() / str(tenant.id)


def send(lead):
    return lead.post(HERE, data={"kind": "customers", "file": (io.BytesIO(FILE.encode()), "people.csv")})


def kept(files: Path) -> int:
    return sum(one.is_file() for one in files.rglob("*"))


def test_imports_that_nobody_finishes_have_an_end_and_those_that_are_finished_make_room(lead, files, monkeypatch):
    monkeypatch.setattr(room, "MOST_BEGUN", 2)
    first, second = sent(lead, FILE), sent(lead, FILE)
    assert kept(files) == 2, "once read a file is not kept beside its rows"
    answer = send(lead)
    assert answer.status_code == 409 and "2 imports that nobody finished" in answer.text and kept(files) == 2
    assert lead.post(f"{first}/removal").status_code == 303
    assert lead.get(first).status_code == 404 and kept(files) == 1
    tried(lead, second)
    ran(lead, second)
    assert lead.post(f"{second}/removal").status_code == 409, "what came of it stays known"
    monkeypatch.setattr(room, "MOST_BYTES", len(FILE) + 3)
    assert sent(lead, FILE) and kept(files) == 1
    assert lead.get(f"{second}/refused.csv").status_code == 404
    assert send(lead).status_code == 409 and kept(files) == 1
    with make.inside():
        db.session.execute(update(Import).values(due=now() - timedelta(days=8)))
        let_go_of_files()
        assert [one.state for one in db.session.scalars(db.select(Import))] == ["done"] and kept(files) == 0


@pytest.mark.committed
def test_the_file_of_an_import_that_somebody_goes_on_with_at_that_moment_stays(lead, files, servers):
    at = sent(lead, FILE)
    tried(lead, at)
    id = at.rpartition("/")[2]
    with make.inside():
        one = Import.find(id=id)
        one.state, one.created_at = "paused", now() - timedelta(days=31)
    with psycopg.connect(servers.superuser_database_url) as other, make.inside():
        other.execute("SET session_replication_role = replica")
        other.execute("SELECT FROM imports WHERE id = %s FOR NO KEY UPDATE", [id])
        let_go_of_files()
        assert Import.find(id=id).rows_id
        other.execute("UPDATE imports SET state = 'running', due = now() WHERE id = %s", [id])
    with make.inside():
        let_go_of_files()
    assert kept(files) == 1
    with make.inside():
        Import.find(id=id).state = "paused"
    with make.inside():
        let_go_of_files()
    assert kept(files) == 0


def test_what_a_killed_worker_was_making_of_a_file_goes_and_what_is_being_made_stays(lead, files):
    sent(lead, FILE)
    [whole] = [one for one in files.rglob("*") if one.is_file()]
    left, begun = (whole.with_name(f"{whole.name}.{word}") for word in ("left", "begun"))
    for path in (left, begun):
        path.write_text(FILE)
    for path in (left, whole):
        os.utime(path, (0, 0))
    with make.inside():
        let_go_of_halves()
    assert whole.exists() and begun.exists() and not left.exists()


@pytest.mark.parametrize("size", [300_000, 900_000])
def test_a_full_disk_is_told_of_and_nothing_stays_on_it(lead, files, size):
    lead.get(HERE)
    form = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = form.format("kind", "customers") + form.format('file"; filename="people.csv', "x" * size) + "--x--\r\n"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        answer = lead.post(HERE, data=body.encode(), content_type="multipart/form-data; boundary=x")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert answer.status_code == 507 and "Our disk is full" in answer.text and kept(files) == 0
