"""Files people send: kept under the tenant's folder by an id of ours; the sender's name is only shown, never used."""

import hashlib
import os
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import puremagic
from flask import Response, current_app, send_file
from flask_babel import gettext as _
from itsdangerous import BadData
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from .db import db, now, uuid7
from .measures import may_be_drawn
from .signing import PatientSigner
from .tenancy import current_tenant
from .web import Invalid

MAX_BYTES = 25 * 1024 * 1024
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
# Programs, and pictures or documents that run as programs when opened.
REFUSED_ENDINGS = frozenset(
    "exe msi bat cmd com scr pif ps1 vbs vbe js jse jar wsf wsh hta lnk reg dll sys cpl apk app dmg pkg deb rpm sh bash"
    " svg svgz html htm xhtml shtml mht mhtml xml xsl php phtml htaccess docm dotm xlsm xltm pptm potm".split()
)
REFUSED_STARTS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
LINK_SECONDS = 12 * 3600


@dataclass(frozen=True)
class Kept:
    """A stored file: `name` as shown, `type` as recognised (never as claimed), `size` in bytes."""

    id: UUID
    name: str
    type: str
    size: int
    sha256: str


def keep(sent: FileStorage) -> Kept:
    """Store an upload in the tenant's folder, for good when the transaction commits.

    Raises RequestEntityTooLarge (413) or Invalid (422), and then keeps nothing.
    """
    content = sent.stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise RequestEntityTooLarge()
    return keep_content(content, sent.filename or "")


def keep_picture(sent: FileStorage, sentence: str, most: int = MAX_BYTES) -> Kept:
    """The same for a picture of at most so many bytes. Raises Invalid with the sentence, at the field `picture`."""
    try:
        kept = keep(sent)
    except (Invalid, RequestEntityTooLarge):
        raise Invalid({"picture": sentence}) from None
    if kept.type not in PICTURES or kept.size > most or not may_be_drawn(path_of(kept.id).read_bytes(), kept.type):
        raise Invalid({"picture": sentence})
    return kept


def keep_content(content: bytes, filename: str) -> Kept:
    """The same for what is in hand already. Raises Invalid for what may run as a program, and for an empty file."""
    name = shown_name(filename)
    refuse_programs(name, content)
    return keep_as_it_is(content, name, recognise(content))


def keep_as_it_is(content: bytes, name: str, type: str, id: UUID | None = None) -> Kept:
    """For what is kept as it came and opened by nobody's browser, such as a mail."""
    kept = Kept(id or uuid7(), name, type, len(content), hashlib.sha256(content).hexdigest())
    target = path_of(kept.id)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    db.session.info.setdefault("kept_files", []).append(target)
    db.session.info["wrote"] = True  # so that an end without a commit undoes it (see db.end_reading)
    return kept


def keep_large(sent: FileStorage, most: int) -> Kept:
    """Store an upload that is never held in memory nor opened by a browser. Raises Invalid for one that is empty."""
    kept, hashed, size = uuid7(), hashlib.sha256(), 0
    target = path_of(kept)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    db.session.info.setdefault("kept_files", []).append(target)
    db.session.info["wrote"] = True
    with target.open("wb") as file:
        while chunk := sent.stream.read(1 << 20):
            size += len(chunk)
            if size > most:
                raise RequestEntityTooLarge()
            hashed.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if not size:
        raise Invalid({"file": _("“%(name)s” is empty. Choose it again.", name=shown_name(sent.filename or ""))})
    return Kept(kept, shown_name(sent.filename or ""), "application/octet-stream", size, hashed.hexdigest())


def drop(id: UUID) -> None:
    """Remove a file when the transaction commits."""
    db.session.info.setdefault("dropped_files", []).append(path_of(id))


@event.listens_for(Session, "after_soft_rollback")
def settle_after_rollback(session: Session, ended: Any) -> None:
    """No row names what was kept: the files of a message that was refused, and those before a bad one."""
    if not ended.nested:
        settle(session, remove="kept_files", leave="dropped_files")


@event.listens_for(Session, "after_commit")
def settle_after_commit(session: Session) -> None:
    if not session.in_nested_transaction():
        settle(session, remove="dropped_files", leave="kept_files")


def settle(session: Session, remove: str, leave: str) -> None:
    session.info.pop(leave, None)
    for path in session.info.pop(remove, ()):
        path.unlink(missing_ok=True)


def path_of(id: UUID) -> Path:
    return folder_here() / id.hex[-2:] / str(id)


def folder_here() -> Path:
    """The tenant's."""
    return Path(current_app.config["CRM"].files_dir).absolute() / str(current_tenant.id)


def sweep_unfinished(older: timedelta) -> None:
    """Remove what killed processes were writing beside a file's place: no row names it, so no erasing would find it."""
    for path in folder_here().glob("*/*.*"):  # whole ones are called by their id alone
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < (now() - older).timestamp():
                path.unlink()


def shown_name(name: str) -> str:
    """A name that is safe to show and to save under: no path, no control, invisible or direction characters."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C").strip(". ")
    stem, dot, ending = name.rpartition(".")
    if len(name) > 120:
        name = f"{stem[:100]}….{ending}" if dot and len(ending) <= 10 else f"{name[:110]}…"
    return name or _("file")


def refuse_programs(name: str, content: bytes) -> None:
    if not content:
        raise Invalid({"files": _("“%(name)s” is empty. Choose it again.", name=name)})
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    markup = start.startswith((b"<svg", b"<html", b"<!doctype", b"<script", b"<?xml", b"<?php"))
    if name.rpartition(".")[2].lower() in REFUSED_ENDINGS or content.startswith(REFUSED_STARTS) or markup:
        sentence = _(
            "We cannot take “%(name)s”: files of this kind can run as a program. Send a picture or a PDF.", name=name
        )
        raise Invalid({"files": sentence})


def recognise(content: bytes) -> str:
    signatures = ((b"\x89PNG\r\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))
    for start, kind in (*signatures, (b"%PDF-", "application/pdf")):
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    try:
        found = puremagic.from_string(content[:4096], mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    return found if found and found not in PICTURES else "application/octet-stream"


def send(id: UUID, name: str, type: str) -> Response:
    """Answer with a kept file: pictures inline, everything else as a download that no browser runs."""
    path = path_of(id)
    if not path.is_file():
        raise NotFound()
    picture = type in PICTURES
    response = send_file(path, mimetype=type if picture else "application/octet-stream", as_attachment=not picture,
                         download_name=name, conditional=True, etag=id.hex)  # fmt: skip
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def link_token(id: UUID) -> str:
    """A short-lived key to one file, for people without a cookie: an <img> cannot carry a bearer."""
    return signer().sign(f"{current_tenant.id.hex}{id.hex}").decode()


def open_link(token: str) -> UUID:
    """The file's id. Raises NotFound for a forged, stale or foreign token."""
    try:
        signed = signer().unsign(token, max_age=LINK_SECONDS).decode()
    except BadData:
        raise NotFound() from None
    if signed[:32] != current_tenant.id.hex:
        raise NotFound()
    return UUID(signed[32:])


def signer() -> PatientSigner:
    """Its keys begin with a letter or digit: many proxies refuse addresses with a part that begins with a dot."""
    return PatientSigner(current_app.config["CRM"].secret_key, salt="file")
