"""Files of customers: kept under our names, refused when they could run, and opened only by a signed link."""

import io
import re
import uuid

import pytest

from crm.conversations.models import Attachment, Message
from crm.db import now
from crm.files import MAX_BYTES
from tests import make

from .steps import count, png, visitor


def sent(someone, *files, body: str = "") -> object:
    form = {"body": body, "client_id": str(uuid.uuid4()), "files": list(files)}
    return someone.client.post(
        f"{someone.root}/my/conversations", headers=someone.headers, data=form, content_type="multipart/form-data"
    )


def address(response) -> str:
    return re.search(r'href="(/w/[^"]+/files/[^"]+)"', response.text)[1]


def test_a_picture_is_shown_to_the_customer_by_a_signed_link(app):
    someone = visitor()
    response = sent(someone, png())
    assert response.status_code == 201
    shown = someone.client.get(address(response))
    assert (shown.status_code, shown.mimetype) == (200, "image/png")
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_link_that_is_forged_or_of_another_tenant_opens_nothing(app):
    someone, other = visitor(), visitor("globex")
    good = address(sent(someone, png()))
    assert someone.client.get(good[:-3] + "AAA").status_code == 404
    assert someone.client.get(good.replace(someone.root, other.root)).status_code == 404


def test_a_link_to_a_file_of_a_note_or_of_a_deleted_message_opens_nothing(app):
    someone = visitor()
    good = address(sent(someone, png()))
    with make.inside():
        Message.first().deleted_at = now()
    assert someone.client.get(good).status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [("cat.svg", b"<svg onload=alert(1)>"), ("cat.jpg", b"<svg onload=alert(1)>"), ("setup.exe", b"MZ\x90"),
     ("photo.png", b"MZ\x90\x00"), ("page.html", b"hello"), (".htaccess\u200b", b"AddType x"),
     ("run.sh", b"#!/bin/sh"), ("empty.txt", b"")],
)  # fmt: skip
def test_what_could_run_is_refused_and_nothing_is_kept(app, name, content):
    someone = visitor()
    response = sent(someone, (io.BytesIO(content), name), body="Look")
    assert response.status_code == 422 and response.json["error"]["fields"]["files"]
    with make.inside():
        assert (count(Message), count(Attachment)) == (0, 0)


def test_a_file_that_is_too_large_is_refused_with_a_sentence(app):
    response = sent(visitor(), (io.BytesIO(b"x" * (MAX_BYTES + 1)), "film.mov"))
    assert response.status_code == 413 and "25 MB" in response.json["error"]["sentence"]


def test_a_hostile_name_is_only_shown_and_never_used(app):
    response = sent(visitor(), (io.BytesIO(b"%PDF-1.7"), "../../etc/\u202efdp.<b>pass</b>.pdf"))
    assert response.status_code == 201
    with make.inside():
        assert "/" not in Attachment.first().name and "\u202e" not in Attachment.first().name
    assert "<b>pass" not in response.text


def test_a_repeat_keeps_the_files_once(app):
    someone, client_id = visitor(), str(uuid.uuid4())
    for _ in range(2):
        form = {"body": "", "client_id": client_id, "files": [png()]}
        assert (
            someone.client.post(f"{someone.root}/my/conversations", headers=someone.headers, data=form).status_code
            == 201
        )
    with make.inside():
        assert (count(Message), count(Attachment)) == (1, 1)


def test_a_message_that_is_only_a_picture_has_its_name_in_the_lists(app):
    someone = visitor()
    sent(someone, png())
    assert "parcel.png" in someone.get("/my/conversations").text
