"""Redeeming one-time keys, and clearing away what has run out."""

from datetime import timedelta
from typing import Any

from flask import render_template
from sqlalchemy import delete, or_, select, update
from werkzeug.exceptions import Gone

from ..db import db, end_reading, now
from ..jobs import every
from ..web import wants_fragment, wants_json
from .models import Person, Session, Token, hashed

KEPT = timedelta(days=30)


class UsedUp(Gone):
    """410: a mailed key that opens nothing any more."""

    def __init__(self, purpose: str, used: bool):
        super().__init__()
        self.purpose, self.used = purpose, used


def redeemable(purpose: str, key: str, lock: bool = False) -> Token:
    """The token of this key while it may be used. Raises UsedUp; nothing is said about keys that never were."""
    token = Token.valid(purpose, key, lock)
    if token is None:
        raise UsedUp(purpose, used=was_used(purpose, key))
    return token


def was_used(purpose: str, key: str) -> bool:
    query = select(Token.id).where(Token.purpose == purpose, Token.key_hash == hashed(key), Token.used_at.is_not(None))
    return db.session.scalars(query).first() is not None


def withdraw(purpose: str, person: Person) -> None:
    """Make this person's open keys of a purpose useless."""
    query = update(Token).where(Token.purpose == purpose, Token.person_id == person.id, Token.used_at.is_(None))
    db.session.execute(query.values(used_at=now()))


def show_used_up(error: UsedUp) -> Any:
    """A page that says what to do now; the floor's answer for programs and fragments."""
    if wants_json() or wants_fragment():
        from ..errors import answer

        return answer(error)
    end_reading()
    template = {"invitation": "accounts/invitation.html", "password_reset": "accounts/reset.html"}[error.purpose]
    return render_template(template, expired=True, used=error.used), 410


@every(seconds=24 * 3600)
def clear_old_keys() -> None:
    """Tokens and sessions that ended a month ago; the audit keeps that they were."""
    before = now() - KEPT
    db.session.execute(delete(Token).where(Token.expires_at < before))
    db.session.execute(delete(Session).where(or_(Session.expires_at < before, Session.revoked_at < before)))


__all__ = ["UsedUp", "clear_old_keys", "redeemable", "show_used_up", "withdraw"]
