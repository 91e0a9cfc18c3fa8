"""A telephone exchange tells of calls as docs/phone.md says, with its own lines of shell, to the real server."""

import re
import subprocess
from pathlib import Path

import pytest

from crm.conversations.models import Call, PhoneLine, PhoneSource, Task
from crm.db import db
from tests import make

pytestmark = pytest.mark.committed
DOCS = (Path(__file__).parents[2] / "docs" / "phone.md").read_text()


@pytest.fixture
def secret(house) -> str:
    with make.inside(house.slug):
        PhoneLine.add("201", house.anna, None)
        return str(PhoneSource.set_up("pbx").secret)


def told(house, server, secret: str) -> subprocess.CompletedProcess[str]:
    [script] = re.findall(r"```sh\n(.*?)```", DOCS, re.DOTALL)
    script = script.replace("anna@acme.test", house.anna.email)
    environment = {
        "URL": f"{server.url}/{house.slug}/phone/calls",
        "SECRET": secret,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }
    return subprocess.run(["sh", "-eu", "-c", script], env=environment, capture_output=True, text=True, timeout=300)


def test_the_examples_of_the_documentation_work_and_anna_hears_it_ring(house, server, secret):
    line = house.browser.listen("/live")
    done = told(house, server, secret)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r'"state":"(\w+)"', done.stdout) == ["ringing", "answered", "ended", "ended"]
    assert line.wait_for(lambda frame: frame.get("signal") == "ringing")["refresh"] == ["calls"]
    line.close()
    with make.inside(house.slug):
        first, second = db.session.scalars(db.select(Call).order_by(Call.id)).all()
        assert (first.outcome, first.seconds, first.employee_id) == ("answered", 245, house.anna.id)
        assert second.outcome == "missed" and Task.find(conversation_id=second.conversation_id).done_at is None
    wrong = told(house, server, "another secret")
    assert wrong.returncode != 0 and "The signature does not fit" in wrong.stdout
