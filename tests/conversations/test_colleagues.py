"""Between two employees: what one writes, the other notices wherever they are, and nobody else reads."""

import re

import pytest

from crm.realtime import Topic
from tests import make


@pytest.fixture
def lena(app):
    return make.employee("Lena", "lead")


def write_to(client, person, body="Can you look at this?"):
    """Open the conversation with a colleague, write, and return its path."""
    path = client.post("/acme/conversations", data={"employee_id": str(person.id)}).location
    assert client.post(f"{path}/messages", data=make.message_form(body)).status_code == 201
    return path


def badge(client):
    return re.sub(r"<[^>]+>|\s", "", client.get("/acme/inbox/badge").text)


def test_a_colleagues_message_is_counted_until_it_is_read(client, lena):
    path = write_to(client, lena)
    hers = make.browser(lena)
    assert badge(hers) == "1" and badge(client) == "0"
    assert 'class="view-count">1' in hers.get("/acme/inbox/queue").text
    hers.post(f"{path}/reading", data={"seq": "1"})
    assert badge(hers) == "0"


def test_a_colleagues_message_is_heard_on_every_page(client, anna, lena, pushed):
    write_to(client, lena)
    heard = pushed(Topic(lena.tenant_id, "employee", lena.id))
    assert '"signal": "message"' in heard and '"refresh": ["list"]' in heard
    assert pushed(Topic(anna.tenant_id, "employee", anna.id)) == ""


def test_between_colleagues_there_are_no_notes(client, lena):
    page = client.get(write_to(client, lena)).text
    assert 'value="note"' not in page and 'name="kind" value="chat"' in page


def test_blocking_says_so_and_shows_it_beside_the_conversation(lena):
    conversation, hers = make.conversation(), make.browser(lena)
    page = hers.post(f"/acme/conversations/{conversation.number}/spam", follow_redirects=True).text
    assert "Blocked: they can write no more." in page
    assert 'data-state="blocked"' in page
