"""Everything that is kept about a person, as a ZIP that only who may gets."""

import io
import json
from datetime import timedelta
from zipfile import ZipFile

import pytest
from werkzeug.exceptions import NotFound

from crm import files
from crm.customers.erasing.jobs import erase_person
from crm.customers.handing_out import jobs
from crm.customers.handing_out.jobs import make as make_zip
from crm.customers.handing_out.jobs import put_together, put_together_again
from crm.customers.models import Customer, Erasure, PersonExport
from crm.db import db, now
from tests import make
from tests.floor import world

pytestmark = pytest.mark.committed


def test_the_whole_of_a_person_and_of_nobody_else_is_handed_out(app):
    began, acme, globex = now(), world.build("acme"), world.build("globex")
    with make.inside():
        make.message(acme.waiting, Customer.find(id=acme.customer.id), "Only Mia wrote this")
        stranger = make.customer("Tom Barker")
        make.conversation(customer=stranger, body="Only Tom wrote this")
    boss, agent = make.browser(acme.boss), make.browser(acme.agent)
    page = boss.get(f"/acme/customers/{acme.customer.id}").text
    assert f'action="/acme/customers/{acme.customer.id}/exports"' in page
    assert agent.post(f"/acme/customers/{acme.customer.id}/exports").status_code == 403
    there = boss.post(f"/acme/customers/{acme.customer.id}/exports").location
    assert f'hx-get="{there}"' in boss.get(there).text and boss.get(f"{there}/file").status_code == 404
    with make.inside():
        put_together.work(there.rpartition("/")[2])
    assert f'href="{there}/file"' in boss.get(there).text
    got = boss.get(f"{there}/file")
    assert "Everything%20about%20" in got.headers["Content-Disposition"].replace(" ", "%20")
    archive = ZipFile(io.BytesIO(got.data))
    readme = archive.read("README.txt").decode()
    assert readme.startswith("Everything that Acme keeps about") and "What was said in them, by both sides" in readme
    assert {info.date_time[0] for info in archive.infolist()} <= {began.year, now().year}
    held = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    assert {"people.json", "conversations.json", "messages.json", "tickets.json", "consents.json"} <= held.keys()
    assert [row["id"] for row in held["people.json"]] == sorted([str(acme.customer.id), str(acme.merged.gone_id)])
    whole = json.dumps(held)
    assert "Only Mia wrote this" in whole and f"Answer {acme.canary}" in whole
    assert "Only Tom" not in whole and globex.canary not in whole and "hash" not in whole.replace("sha256", "")
    assert "plain_name" not in whole, "what only serves to find says nothing"
    assert any(acme.canary.encode() in archive.read(name) for name in archive.namelist() if name.startswith("files/"))
    assert agent.get(f"{there}/file").status_code == 403
    assert make.browser(globex.boss).get(f"{there.replace('acme', 'globex')}/file").status_code == 404
    other = make.browser(make.employee("Olga", "owner"))
    assert other.get(there).status_code == other.get(f"{there}/file").status_code == 404
    again = boss.post(f"/acme/customers/{acme.customer.id}/exports").location
    assert boss.post(f"/acme/customers/{acme.customer.id}/exports").location == again != there
    assert boss.get(f"{there}/file").status_code == 404 and "was removed" in boss.get(there).text
    with make.inside():
        put_together.work(again.rpartition("/")[2])
    take_away_after_a_day(there := again)
    assert boss.get(f"{there}/file").status_code == 404 and "was removed" in boss.get(there).text


def take_away_after_a_day(there):
    with make.inside():
        export = PersonExport.find(id=there.rpartition("/")[2])
        export.finished_at = now() - timedelta(days=2)
    with make.inside():
        put_together_again()
    with make.inside():
        assert not files.path_of(PersonExport.find(id=export.id).file_id).exists()


def test_nothing_is_kept_of_a_zip_whose_person_is_erased_while_it_is_made_or_that_breaks(app, config):
    xenia, olivia = make.customer("Xenia Wolf"), make.employee("Olivia", "owner")
    with make.inside():
        export = PersonExport.ask(Customer.locked(id=xenia.id), olivia)
        folder = files.path_of(export.file_id).parent
    with make.inside():
        erasure = Erasure.ask(Customer.locked(id=xenia.id), olivia)
    with make.inside():
        begun = PersonExport.find(id=export.id)
        assert begun.customer.name == "Xenia Wolf"
        erase_person.work(str(erasure.id))
        db.session.expunge_all()
        with pytest.raises(NotFound):
            make_zip(begun)
    assert list(folder.iterdir()) == []


def test_whoever_writes_many_files_is_not_taken_for_dead_and_ends_when_nobody_wants_them(app, monkeypatch, tmp_path):
    monkeypatch.setattr(jobs, "TELLING", -1)  # after each
    xenia, olivia = make.customer("Xenia Wolf"), make.employee("Olivia", "owner")
    with make.inside():
        export = PersonExport.ask(Customer.locked(id=xenia.id), olivia)
        one, other = (files.keep_as_it_is(world.PNG, "picture.png", "image/png") for _ in range(2))
        export.due = now() - timedelta(seconds=1)
    with make.inside(), ZipFile(tmp_path / "all.zip", "w") as archive:
        assert [lost.id for lost in PersonExport.lost()] == [export.id]
        writing = jobs.Writing(PersonExport.find(id=export.id), archive)
        assert writing.write_file(one.id, one.name) and not PersonExport.lost()
        db.session.delete(PersonExport.find(id=export.id))
        with pytest.raises(NotFound):
            writing.write_file(other.id, other.name)
