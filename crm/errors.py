"""Each error as a page, a fragment or JSON, with a sentence that says what to do now; and the log."""

import logging
from typing import Any

from flask import Flask, current_app, g, jsonify, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from .db import db, end_reading
from .extensions import login
from .logs import path
from .outages import database_is_away, disk_is_full
from .refusals import keep_refusing, seconds_left
from .web import Invalid, wants_fragment, wants_json

log = logging.getLogger(__name__)

NO_ROOM = _l("Nothing was kept. Tell whoever runs this server; when there is room again, send it once more.")


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, answer)
    app.register_error_handler(Exception, defect)


def words(status: int) -> tuple[str, str]:
    """Title and sentence of a status."""
    known = {
        400: (_("This request was not understood"), _("Go back, load the page again and try once more.")),
        401: (_("Please sign in"), _("You are not signed in, or no longer. Sign in and try again.")),
        403: (_("You may not do this"), _("Ask an admin of your workspace for the permission.")),
        404: (
            _("Nothing here"),
            _("The address is wrong, or what was here is gone. Check it, or begin at the start."),
        ),
        405: (_("This is not possible here"), _("Go back and use the buttons of the page.")),
        409: (_("This has changed"), _("Somebody was faster. Load the page again and look.")),
        410: (
            _("This link does not work any more"),
            _("It has been used, has run out or was withdrawn. Ask for a new one."),
        ),
        413: (_("This is too large"), _("Send at most %(max)d MB at once.", max=most_bytes() >> 20)),
        422: (_("Something does not fit"), _("Check what you typed and send it again. Nothing was changed.")),
        429: (_("Too many tries"), _("Wait a minute and try again. Nothing was lost.")),
        503: (_("We cannot reach our data"), _("Nothing was changed. Try again in a few seconds.")),
        507: (_("Our disk is full"), str(NO_ROOM)),
    }
    return known.get(
        status, (_("Something broke on our side"), _("Nothing was lost. Try again; we have a note of it."))
    )


def most_bytes() -> int:
    """What may be sent to the address of the moment."""
    return int(getattr(current_app.view_functions.get(request.endpoint or ""), "most_bytes", 25 << 20))


def answer(error: HTTPException) -> Any:
    """503 where the database is away: it is asked, too, in whose language the refusal speaks."""
    if error.code is None or error.code < 400 or error.response is not None:
        return error  # with what a place says in its own way
    try:
        return refusal(error, error.code)
    except Exception as problem:
        if not database_is_away(problem):
            raise
        return database_away(problem)


def refusal(error: HTTPException, status: int) -> Any:
    end_reading()
    title, sentence = words(status)
    if isinstance(error, CSRFError):
        sentence = _("This page was open for too long. Load it again and send it once more.")
    elif status in (409, 422) and error.description:
        sentence = error.description
    return show(status, title, sentence, getattr(error, "errors", {}), headers(error))


def headers(error: HTTPException) -> dict[str, str]:
    kept = {k: v for k, v in error.get_headers() if k in ("Allow", "Retry-After")}
    if isinstance(error, RateLimitExceeded):
        kept["Retry-After"] = str(seconds := seconds_left())
        if getattr(error.limit.key_func, "tells_the_sender", False) and error.limit.exempt_when is None:
            keep_refusing(seconds)
    return kept


def show(status: int, title: str, sentence: str, errors: dict[str, str], headers: dict[str, str]) -> Any:
    if wants_json():
        body = jsonify(error={"status": status, "title": title, "sentence": sentence, "fields": errors})
        return body, status, headers
    template = "errors/_fragment.html" if wants_fragment() else "errors/page.html"
    try:
        shown = render_template(template, status=status, title=title, sentence=sentence, errors=errors)
    except Exception:
        log.exception("The page of an error broke itself.")
        shown = Markup("<!doctype html><title>{0}</title><main><h1>{0}</h1><p>{1}</p></main>").format(title, sentence)
    return shown, status, headers


def database_away(error: Exception) -> Any:
    """Nothing in the answer may ask the database again, not even who reads it."""
    log.error("The database did not answer.", exc_info=error)
    forget_transaction()
    g.sessions, g.actor, g._login_user = {"employee": None, "customer": None}, None, login.anonymous_user()
    return show(503, *words(503), {}, {"Retry-After": "3"})


def defect(error: Exception) -> Any:
    if database_is_away(error):
        return database_away(error)
    if disk_is_full(error):
        log.error("The disk is full: %s", error)
        forget_transaction()
        return show(507, *words(507), {}, {})
    log.error("A defect.", exc_info=error, extra={"path": path()})
    forget_transaction()
    return show(500, *words(500), {}, {})


def forget_transaction() -> None:
    try:
        db.session.rollback()
    except Exception:
        log.warning("The transaction could not be rolled back.", exc_info=True)
        db.session.remove()


__all__ = ["Invalid", "init_app"]
