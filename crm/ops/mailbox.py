"""/mail: what the mail sink of `bin/up` has kept, so that a mailed link can be tried without a mail server.

It shows links that open accounts, so it is there only with a sink, and only for this machine itself.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, render_template, request
from werkzeug.exceptions import NotFound

from ..extensions import limiter

bp = Blueprint("mailbox", __name__)
SHOWN = 100


@dataclass(frozen=True)
class Mail:
    """One kept message. `name` is its file's, without the ending: nanoseconds, a dash, a random word."""

    name: str
    content: EmailMessage

    @classmethod
    def read(cls, path: Path) -> "Mail":
        return cls(path.stem, message_from_bytes(path.read_bytes(), policy=policy.default))

    @property
    def subject(self) -> str:
        return str(self.content["Subject"] or "")

    @property
    def receiver(self) -> str:
        return str(self.content["To"] or self.content["Delivered-To"] or "")

    @property
    def sender(self) -> str:
        return str(self.content["From"] or "")

    @property
    def kept_at(self) -> datetime:
        return datetime.fromtimestamp(int(self.name.split("-")[0]) / 1e9, UTC)

    @property
    def text(self) -> str:
        part = self.content.get_body(("plain",))
        return part.get_content().strip() if part else ""


def init_app(app: Flask) -> None:
    config = app.config["CRM"]
    if config.mail_sink_dir and is_here(urlsplit(config.public_url).hostname or ""):
        app.register_blueprint(bp)


def is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@bp.before_request
def only_from_here() -> None:
    """Both ends are this machine: a stranger's site whose name points here would read the mails by the browser of whoever visits it."""
    asked = urlsplit(request.host_url).hostname or ""
    if not (is_here(request.remote_addr or "") and is_here(asked)):
        raise NotFound()


@bp.get("/mail")
@limiter.limit("240 per minute")
def index() -> Any:
    newest = sorted(folder().glob("*.eml"), reverse=True)[:SHOWN]
    return render_template("mailbox/mails.html", mails=[Mail.read(path) for path in newest])


@bp.get("/mail/<name>")
@limiter.limit("240 per minute")
def show(name: str) -> Any:
    kept = {path.stem: path for path in folder().glob("*.eml")}
    if name not in kept:
        raise NotFound()
    return render_template("mailbox/mail.html", mail=Mail.read(kept[name]))


def folder() -> Path:
    return Path(current_app.config["CRM"].mail_sink_dir)
