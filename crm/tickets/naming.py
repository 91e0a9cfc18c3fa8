"""What a ticket is called when nobody has named it, in the workspace's language and by its clock: all read it."""

from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from flask_babel import gettext as _

from ..conversations.models import Call, Conversation
from ..phones import phone_as_written
from ..templating import speaking
from ..tenancy import current_tenant


def name_of(conversation: Conversation) -> str:
    """Its subject, what was said last, or which call it was."""
    call = Call.of(conversation)
    named = conversation.subject or (call_name(call, conversation) if call else conversation.preview)
    return (named or f"#{conversation.number}").strip()[:200]


def call_name(call: Call, conversation: Conversation) -> str:
    """Such as “Call from Anna Berg, 3 Mar 14:05”."""
    with speaking(current_tenant.language):
        facts = {"who": who(call, conversation.customer), "at": at(call)}
        if call.awaits_us:
            return _("Missed call from %(who)s, %(at)s", **facts)
        return (
            _("Call to %(who)s, %(at)s", **facts)
            if call.direction == "out"
            else _("Call from %(who)s, %(at)s", **facts)
        )


def who(call: Call, customer: Any) -> str:
    known = customer and (customer.name or customer.contact_email)
    return known or phone_as_written(call.number) or _("a withheld number")


def at(call: Call) -> str:
    local, language = call.started_at.astimezone(ZoneInfo(current_tenant.time_zone)), current_tenant.language
    return f"{format_skeleton('MMMd', local, locale=language)} {format_time(local, 'short', locale=language)}"
