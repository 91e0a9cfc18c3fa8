from io import BytesIO

import pytest

from crm.conversations.models import Attachment, Conversation
from crm.files import path_of
from tests import make

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


def send(client, conversation, content, name):
    form = {**make.message_form("See this"), "files": (BytesIO(content), name)}
    return client.post(f"/acme/conversations/{conversation.number}/messages", data=form,
                       headers={"Accept": "application/json, text/html;q=0.9"})  # fmt: skip


def test_a_picture_is_shown_and_can_be_loaded_by_staff_only(client, carla, stranger):
    conversation = make.conversation()
    assert send(client, conversation, PNG, "tent.png").status_code == 201
    with make.inside():
        attachment = Attachment.first()
    path = f"/acme/attachments/{attachment.id}"
    shown = client.get(path)
    assert (shown.status_code, shown.mimetype, shown.data) == (200, "image/png", PNG)
    assert "tent.png" in client.get(f"/acme/conversations/{conversation.number}").text
    assert stranger.get(path).status_code == 302
    assert make.browser(carla).get(f"/globex/attachments/{attachment.id}").status_code == 404


def test_the_files_of_a_deleted_message_leave_the_disk(client, anna):
    conversation = make.conversation(assignee=anna)
    send(client, conversation, PNG, "tent.png")
    with make.inside():
        attachment = Attachment.first()
        place, message = path_of(attachment.id), attachment.message_id
    assert place.is_file()
    assert client.delete(f"/acme/conversations/{conversation.number}/messages/{message}").status_code == 201
    assert not place.exists()
    assert client.get(f"/acme/attachments/{attachment.id}").status_code == 404


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<svg onload=alert(1)>", "picture.svg"),
        (b"<html><script>alert(1)</script>", "photo.jpg"),
        (b"MZ\x90\x00", "photo.png"),
        (b"harmless", "run.exe"),
        (b"", "empty.png"),
        (b"deny from all", "\u200b.htaccess"),
    ],
)
def test_what_could_run_as_a_program_is_refused_and_nothing_is_kept(client, content, name):
    conversation = make.conversation()
    response = send(client, conversation, content, name)
    assert response.status_code == 422
    assert response.json["error"]["sentence"]
    with make.inside():
        assert Attachment.first() is None
        assert Conversation.find(id=conversation.id).staff_position == 1


def test_a_file_over_25_megabytes_is_refused(client):
    response = send(client, make.conversation(), b"x" * (25 * 1024 * 1024 + 1), "big.bin")
    assert response.status_code == 413
    assert "25 MB" in response.json["error"]["sentence"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\u202egnp.txt", "x" * 300 + ".txt", "C:\\a\\b.txt"])
def test_hostile_names_are_made_harmless(client, name):
    assert send(client, make.conversation(), b"text", name).status_code == 201
    with make.inside():
        kept = Attachment.first().name
    assert "/" not in kept and "\\" not in kept and "\u202e" not in kept and "\n" not in kept and len(kept) <= 120
