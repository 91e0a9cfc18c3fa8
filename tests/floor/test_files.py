"""Files of strangers: what is kept, what is refused, and how what is kept comes back."""

import io
import unicodedata
import uuid
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from crm import files
from crm.conversations.models import Attachment, Conversation
from crm.db import db
from tests import make

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
MAY = 25 * 1024 * 1024


@pytest.fixture
def send(client, anna):
    """`send(content, name)`: the answer to posting it in a conversation, asked for as JSON."""
    conversation = make.conversation(assignee=anna)

    def post(*sent):
        form = {"body": "", "kind": "chat", "client_id": str(uuid.uuid4())}
        form["files"] = [(io.BytesIO(content), name) for content, name in sent]
        path = f"/acme/conversations/{conversation.number}/messages"
        return client.post(path, data=form, headers={"Accept": "application/json"})

    return post


def kept() -> list[Attachment]:
    with make.inside():
        return list(db.session.scalars(select(Attachment).order_by(Attachment.id)).all())


def on_disk(app) -> set[Path]:
    return {path for path in Path(app.config["CRM"].files_dir).rglob("*") if path.is_file()}


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED = {
    "an SVG": (SVG, "logo.svg"),
    "an SVG called a picture": (SVG, "logo.png"),
    "an SVG after a declaration": (b'\xef\xbb\xbf  <?xml version="1.0"?>' + SVG, "logo.jpg"),
    "HTML called a picture": (b"\n <!DOCTYPE html><script>alert(1)</script>", "photo.jpg"),
    "a script called a text": (b"<script>alert(1)</script>", "notes.txt"),
    "PHP": (b"<?php system($_GET['c']);", "photo.jpg"),
    "a Windows program": (b"MZ\x90\x00\x03", "invoice.pdf"),
    "a Linux program": (b"\x7fELF\x02\x01", "invoice.pdf"),
    "a shell script": (b"#!/bin/sh\nrm -rf /", "readme.txt"),
    "a program by name": (b"hello", "invoice.pdf.exe"),
    "a program by name with a dot at its end": (b"hello", "invoice.exe. ."),
    "a macro document": (b"PK\x03\x04", "budget.xlsm"),
    "access rules with an invisible sign": (b"Options +ExecCGI", ".htaccess\u200b"),
    "access rules behind a path": (b"Options +ExecCGI", "../../var/www/.htaccess"),
    "a program behind a direction sign": (b"hello", "photo\u202egpj.exe"),
    "nothing": (b"", "empty.txt"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused(send, app, what):
    before = on_disk(app)
    answer = send(REFUSED[what])
    assert answer.status_code == 422 and answer.json["error"]["fields"]["files"]
    assert kept() == [] and on_disk(app) == before


def test_twenty_five_megabytes_are_kept_and_one_byte_more_is_not(send, app):
    assert send((b"x" * MAY, "big.txt")).status_code == 201
    before = on_disk(app)
    answer = send((b"x" * (MAY + 1), "bigger.txt"))
    assert answer.status_code == 413 and "25 MB" in answer.json["error"]["sentence"]
    assert [one.size for one in kept()] == [MAY] and on_disk(app) == before


def test_more_than_any_request_may_hold_is_refused_before_it_is_read(send):
    answer = send((b"x" * (27 * 1024 * 1024), "huge.txt"))
    assert answer.status_code == 413


def test_one_bad_file_among_good_ones_keeps_none(send, app):
    before = on_disk(app)
    answer = send((PNG, "one.png"), (PNG, "two.png"), (SVG, "three.svg"))
    assert answer.status_code == 422 and kept() == [] and on_disk(app) == before


def test_too_many_files_at_once_are_refused(send):
    assert send(*[(PNG, f"{n}.png") for n in range(11)]).status_code == 422
    assert send(*[(PNG, f"{n}.png") for n in range(10)]).status_code == 201


def test_a_message_that_is_refused_keeps_no_files(app, anna):
    closed = make.closed_conversation(by=anna)
    with make.inside():
        customer = make.browser(Conversation.find(id=closed.id).customer)
    before = on_disk(app)
    form = {"body": "More", "client_id": str(uuid.uuid4()), "files": [(io.BytesIO(PNG), "one.png")]}
    assert customer.post(f"/acme/help/conversations/{closed.number}/messages", data=form).status_code == 409
    assert kept() == [] and on_disk(app) == before


NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\system.ini": "system.ini",
    "/etc/shadow": "shadow",
    "photo\u202egpj.txt": "photogpj.txt",
    "zero\u200bwidth\u2060.txt": "zerowidth.txt",
    "line\nbreak\r\x00\x1b[31m.txt": "linebreak[31m.txt",
    "...": "file",
    "\u200b": "file",
    " . hidden": "hidden",
    "Grüße 株式会社 🚚.txt": "Grüße 株式会社 🚚.txt",
    "a" * 300 + ".txt": "a" * 100 + "….txt",
    "a" * 300: "a" * 110 + "…",
    "x." + "e" * 300: "x." + "e" * 108 + "…",
    "e\u0301tude.txt": "étude.txt",
    "con'\"<>&;$(x).txt": "con'\"<>&;$(x).txt",
}


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name.encode("unicode_escape").decode()[:30])
def test_a_hostile_name_is_only_ever_shown_and_harmless(app, client, anna, name):
    shown = files.shown_name(name)
    assert (
        shown == NAMES[name] and len(shown) <= 120 and not any(unicodedata.category(sign)[0] == "C" for sign in shown)
    )
    conversation = make.conversation(assignee=anna)
    with make.inside():
        file = files.keep(FileStorage(io.BytesIO(b"Hello"), name))
        assert file.name == shown and files.path_of(file.id).name == str(file.id)
    message = make.message(conversation, anna, "", files=(file,))
    answer = client.get(f"/acme/attachments/{file.id}")
    assert message.has_files and answer.status_code == 200 and answer.data == b"Hello"
    disposition = answer.headers["Content-Disposition"]
    assert (
        disposition.startswith("attachment")
        and "\n" not in disposition
        and "/" not in disposition.split("filename*=")[0]
    )


KINDS = {
    "picture": (PNG, "a.png", "image/png", "inline"),
    "picture with another name": (PNG, "a.txt", "image/png", "inline"),
    "text called a picture": (b"Hello", "a.png", "application/octet-stream", "attachment"),
    "HTML that begins with words": (
        b"Hello <script>alert(1)</script>",
        "a.html.txt",
        "application/octet-stream",
        "attachment",
    ),
    "PDF": (b"%PDF-1.7 /JavaScript", "a.pdf", "application/octet-stream", "attachment"),
    "GIF and script": (b"GIF89a/*<script>*/=alert(1)//", "a.gif", "image/gif", "inline"),
}


@pytest.mark.parametrize("what", KINDS)
def test_no_browser_runs_what_comes_back(send, client, what):
    content, name, kind, disposition = KINDS[what]
    assert send((content, name)).status_code == 201
    [attachment] = kept()
    answer = client.get(f"/acme/attachments/{attachment.id}")
    assert answer.mimetype == kind and answer.headers["Content-Disposition"].startswith(disposition)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"].startswith("private")


def test_a_part_of_a_file_is_sent_when_asked_for(send, client):
    send((b"0123456789", "a.txt"))
    [attachment] = kept()
    answer = client.get(f"/acme/attachments/{attachment.id}", headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.data) == (206, b"234")
    assert client.get(f"/acme/attachments/{attachment.id}", headers={"Range": "bytes=99-"}).status_code == 416


def test_a_file_that_is_gone_from_the_disk_is_not_found(send, client, app):
    send((PNG, "a.png"))
    [attachment] = kept()
    with make.inside():
        files.path_of(attachment.id).unlink()
    assert client.get(f"/acme/attachments/{attachment.id}").status_code == 404


def test_stored_files_are_for_the_server_alone(send, app):
    send((PNG, "a.png"))
    with make.inside():
        path = files.path_of(kept()[0].id)
    assert path.parent.stat().st_mode & 0o077 == 0
