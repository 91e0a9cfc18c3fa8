"""Where telephone exchanges tell us of calls. What is not signed, or too old, changes nothing."""

import time
from typing import Any

import gevent
from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestTimeout

from ..db import end_reading
from ..events import commit
from ..extensions import client_address, csrf, limiter
from ..tenancy import current_tenant, public_link
from .channels.phone_in import pbx, twilio
from .channels.phone_in.take import take
from .channels.phone_in.told import Told
from .models import Call, PhoneSource

bp = Blueprint("phone", __name__)
csrf.exempt(bp)  # no cookie says who tells: its signature does
MOST_BYTES = 16 * 1024
MOST_SECONDS = 5
often = limiter.limit("1200 per minute", key_func=lambda: f"{current_tenant.id}:{client_address()}")


@bp.post("/phone/calls")
@often
def hear_pbx() -> Any:
    """A telephone exchange's own form, see docs/phone.md."""
    sent, secret, headers = body(), PhoneSource.secret_of("pbx"), request.headers
    given, timestamp = headers.get("X-Rapport-Signature", ""), headers.get("X-Rapport-Timestamp", "")
    if not secret or not pbx.is_signed(given, secret, timestamp, sent, time.time()):
        return refused()
    call = hear("pbx", pbx.told())
    assert call
    return jsonify(conversation=call.conversation.number, state=call.state, outcome=call.outcome)


@bp.post("/phone/twilio")
@often
def hear_twilio() -> Any:
    """Twilio's status callbacks, of calls, of the telephones dialled for them, and of recordings."""
    body()
    secret, sent = PhoneSource.secret_of("twilio"), request.form.to_dict(flat=False)
    given = request.headers.get("X-Twilio-Signature", "")
    if not secret or not twilio.is_signed(given, secret, called_address(), sent):
        return refused()
    if told := twilio.told(clean_form()):
        hear("twilio", told)
    return "", 204


def body() -> bytes:
    """The request's, whole. Raises RequestEntityTooLarge (413), and RequestTimeout (408) when it drips."""
    request.max_content_length = MOST_BYTES
    with gevent.Timeout(MOST_SECONDS, RequestTimeout()):
        return request.get_data()


def clean_form() -> dict[str, str]:
    """One value of each field, without what PostgreSQL cannot keep."""
    return {name: value.replace("\x00", "")[:1_000] for name, value in request.form.items()}


def called_address() -> str:
    """The address as it was pasted at Twilio's: what we are called by in here says nothing."""
    query = request.query_string.decode("latin-1")
    return public_link("phone.hear_twilio") + (f"?{query}" if query else "")


def hear(kind: str, told: Told) -> Call | None:
    """One after the other: two states of a call may come at once."""
    PhoneSource.locked(kind=kind).hear()
    call = take(kind, told)
    commit()
    return call


def refused() -> Response:
    end_reading()
    return Response("The signature does not fit, or is too old.\n", 403, content_type="text/plain; charset=utf-8")
