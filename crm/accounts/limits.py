"""How often a stranger may try. Wide enough for an office behind one address, too narrow to guess by."""

from typing import Any

from flask import g, request
from flask_login import current_user

from ..extensions import limiter
from ..web import Unfit, email


def by_email() -> str:
    """The account that is tried, whoever tries."""
    try:
        sent = request.get_json(silent=True) if request.is_json else request.form
    except RecursionError:  # a body that is nested too deep is nobody's account; the route answers it
        sent = None
    typed = sent.get("email") if sent is not None and hasattr(sent, "get") else None
    return f"{g.get('tenant_id')}:{as_kept(typed)}"


def as_kept(typed: Any) -> str:
    """One account has many spellings (ACME.test, ａcme.test), and they share its tries."""
    try:
        return str(email()(typed))
    except Unfit:
        return str(typed).strip().lower()[:254]


def by_person() -> str:
    """Who is signed in: whoever holds their browser for a moment must not guess the password that makes it theirs."""
    return f"{g.get('tenant_id')}:{current_user.get_id()}"


pages_per_address = limiter.limit("240 per minute")
per_address = limiter.limit("30 per minute")
per_account = limiter.limit("10 per minute;60 per hour", key_func=by_email)
per_person = limiter.limit("10 per minute;60 per hour", key_func=by_person)
mails_per_account = limiter.limit("3 per minute;12 per hour", key_func=by_email)
sign_ups_per_address = limiter.limit("10 per minute;30 per hour")
SEARCHES = "120 per minute"  # as quickly as anybody types
searches_per_person = limiter.limit(SEARCHES, key_func=by_person)
