"""What several tests of accounts do."""

import re
from html import unescape
from typing import Any

from sqlalchemy import select

from crm.accounts.events import send_reset_link
from crm.accounts.models import Token
from crm.db import db
from crm.events import Event
from crm.mail import Mail
from tests import make

NEW_PASSWORD = "a new longer sentence"


def errors_of(response: Any) -> list[str]:
    """The sentences at the fields of a form that came back."""
    return [
        unescape(found) for found in re.findall(r'class="field-error".*?<span>(.*?)</span>', response.text, re.DOTALL)
    ]


def mails(event: str = "", slug: str = "acme") -> list[Mail]:
    """What waits to be sent, the newest last."""
    with make.inside(slug):
        found = db.session.scalars(select(Mail).where(Mail.key.startswith(event)).order_by(Mail.id)).all()
        return list(found)


def link_in(mail: Mail) -> str:
    found = re.search(r"https?://\S+", mail.body)
    assert found, mail.body
    return found[0]


def path_in(mail: Mail) -> str:
    return link_in(mail).removeprefix("http://localhost")


def relay(slug: str = "acme") -> None:
    """Do what the worker does with the requests for a new password."""
    with make.inside(slug):
        query = select(Event).where(Event.name == "password.forgotten").order_by(Event.id)
        for event in db.session.scalars(query).all():
            send_reset_link(event)


def reset_path(client: Any, email: str = "anna@acme.test", slug: str = "acme") -> str:
    """Ask for a new password and open the mail."""
    assert client.post(f"/{slug}/forgotten-password", data={"email": email}).status_code == 200
    relay(slug)
    return path_in(mails("password_reset", slug)[-1])


def invited_path(client: Any, email: str = "dora@acme.test", role: str = "agent", **fields: Any) -> str:
    """Invite somebody as the admin behind `client` and open the mail."""
    response = client.post("/acme/employees/invite", data={"email": email, "role": role, **fields})
    assert response.status_code == 303, errors_of(response)
    return path_in(mails("invitation")[-1])


def tokens(purpose: str, slug: str = "acme") -> list[Token]:
    with make.inside(slug):
        return list(db.session.scalars(select(Token).where(Token.purpose == purpose).order_by(Token.id)).all())
