"""Everything that is kept about a person, as a ZIP that only who may gets."""

import io
import json
from datetime import timedelta
from zipfile import ZipFile

import pytest

from crm import files
from crm.customers.handing_out.jobs import put_together, put_together_again
from crm.customers.models import Customer, PersonExport
from crm.db import now
from tests import make
from tests.floor import world

pytestmark = pytest.mark.committed


def test_the_whole_of_a_person_and_of_nobody_else_is_handed_out(app):
    acme, globex = world.build("acme"), world.build("globex")
    with make.inside():
        make.message(acme.waiting, Customer.find(id=acme.customer.id), "Only Mia wrote this")
        stranger = make.customer("Tom Barker")
        make.conversation(customer=stranger, body="Only Tom wrote this")
    boss, agent = make.browser(acme.boss), make.browser(acme.agent)
    page = boss.get(f"/acme/customers/{acme.customer.id}").text
    assert f'action="/acme/customers/{acme.customer.id}/exports"' in page
    assert agent.post(f"/acme/customers/{acme.customer.id}/exports").status_code == 403
    there = boss.post(f"/acme/customers/{acme.customer.id}/exports").location
    assert "Being put together" in boss.get(there).text and boss.get(f"{there}/file").status_code == 404
    with make.inside():
        put_together.work(there.rpartition("/")[2])
    assert "Download" in boss.get(there).text
    archive = ZipFile(io.BytesIO(boss.get(f"{there}/file").data))
    held = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    assert {"people.json", "conversations.json", "messages.json", "tickets.json", "consents.json"} <= held.keys()
    assert [row["id"] for row in held["people.json"]] == sorted([str(acme.customer.id), str(acme.merged.gone_id)])
    whole = json.dumps(held)
    assert "Only Mia wrote this" in whole and f"Answer {acme.canary}" in whole
    assert "Only Tom" not in whole and globex.canary not in whole and "hash" not in whole.replace("sha256", "")
    assert any(acme.canary.encode() in archive.read(name) for name in archive.namelist() if name.startswith("files/"))
    assert agent.get(f"{there}/file").status_code == 403
    assert make.browser(globex.boss).get(f"{there.replace('acme', 'globex')}/file").status_code == 404
    take_away_after_a_week(there)
    assert boss.get(f"{there}/file").status_code == 404 and "is gone" in boss.get(there).text


def take_away_after_a_week(there):
    with make.inside():
        export = PersonExport.find(id=there.rpartition("/")[2])
        export.finished_at = now() - timedelta(days=8)
        for other in (one for one in [PersonExport.first(state="asked")] if one):
            other.state = "over"
    with make.inside():
        put_together_again()
    with make.inside():
        assert not files.path_of(PersonExport.find(id=export.id).file_id).exists()
