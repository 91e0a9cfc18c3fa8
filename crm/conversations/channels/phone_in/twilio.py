"""Twilio's status callbacks: https://www.twilio.com/docs/voice/api/call-resource and …/usage/webhooks/webhooks-security.

A call and each telephone that is dialled for it have a CallSid of their own; the latter name the former as ParentCallSid.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from ...models.telephony import PhoneLine
from .told import Told

STATES = {"queued": "ringing", "initiated": "ringing", "ringing": "ringing", "in-progress": "answered",
          "completed": "ended", "busy": "ended", "no-answer": "ended", "canceled": "ended", "failed": "ended"}  # fmt: skip
OUTCOMES = {"busy": "busy", "no-answer": "missed", "canceled": "missed", "failed": "failed"}
MACHINES = ("machine", "fax")


def signature(token: str, url: str, sent: Mapping[str, list[str]]) -> str:
    """X-Twilio-Signature: the address and each field's name and values, in the order of the names."""
    whole = url + "".join(name + "".join(sorted(set(sent[name]))) for name in sorted(sent))
    return base64.b64encode(hmac.new(token.encode(), whole.encode(), hashlib.sha1).digest()).decode()


def is_signed(given: str, token: str, url: str, sent: Mapping[str, list[str]]) -> bool:
    return hmac.compare_digest(given.encode(), signature(token, url, sent).encode())


def told(sent: Mapping[str, str]) -> Told | None:
    """None for what tells nothing of a call that we keep."""
    status, sid, parent = (sent.get(name, "") for name in ("CallStatus", "CallSid", "ParentCallSid"))
    state = STATES.get(status, "")
    if not sid or not (state or sent.get("RecordingUrl")):
        return None
    direction = direction_of(sent)
    theirs, ours = (sent.get(name, "") for name in (("From", "To") if direction == "in" else ("To", "From")))
    outcome = "voicemail" if sent.get("AnsweredBy", "").startswith(MACHINES) else OUTCOMES.get(status)
    length = sent.get("CallDuration", "")
    return Told(
        id=parent or sid, state=state, direction=direction, theirs=theirs, ours=ours, agent=ours, leg=bool(parent),
        at=moment(sent.get("Timestamp", "")), outcome=outcome if state in ("ended", "answered") else None,
        seconds=int(length) if length.isdecimal() and len(length) < 7 else None,
        recording_url=sent.get("RecordingUrl", ""),
    )  # fmt: skip


def direction_of(sent: Mapping[str, str]) -> str:
    """A telephone of ours that is dialled for a caller is a part of their call to us."""
    if not sent.get("ParentCallSid"):
        return "in" if sent.get("Direction", "inbound") == "inbound" else "out"
    is_ours = PhoneLine.at(sent.get("To", "")[:100]) is not None
    return "in" if is_ours or PhoneLine.at(sent.get("From", "")[:100]) is None else "out"


def moment(written: str) -> datetime | None:
    """Of `Mon, 16 Aug 2010 03:45:01 +0000`."""
    try:
        at = parsedate_to_datetime(written)
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo else None
