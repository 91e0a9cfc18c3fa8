"""What ratings tell: stars that are few, a follow-up that is yours, one whose day has come."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import exists, select

from ...conversations.models import FollowUp, Rating
from ...db import db, now
from ...events import Event, later
from ...jobs import every
from ..models import Notification
from ..telling import tell
from . import kind

AT_ONCE = 200


@kind("rated_badly", _l("A customer gives you one or two stars"), "star", sound="rated")
def say_rated_badly(told: Any) -> str:
    stars = told.facts.get("stars", 1)
    return ngettext("%(name)s gave %(num)s star", "%(name)s gave %(num)s stars", stars, name=told.customer)


@later("rating.given")
def tell_rated(event: Event) -> None:
    rating: Rating = event.subject
    if event.facts["stars"] <= 2 and rating.employee_id:
        key = f"rated:{rating.id}"
        tell("rated_badly", rating.employee_id, key, None, conversation=rating.conversation, seq=None, **event.facts)


@kind("follow_up", _l("A poor rating is yours to make right"), "flag")
def say_follow_up(told: Any) -> str:
    return _("Make it right for %(name)s", name=told.customer)


@later("follow_up.opened", "follow_up.given")
def tell_owner(event: Event) -> None:
    tell_about("follow_up", event.subject, event.actor_id if event.name == "follow_up.given" else None)


@kind("follow_up_due", _l("The day of a follow-up has come"), "hourglass")
def say_follow_up_due(told: Any) -> str:
    return _("Time to make it right for %(name)s", name=told.customer)


@every(seconds=300)
def tell_due() -> None:
    told = exists().where(
        Notification.tenant_id == FollowUp.tenant_id,
        Notification.person_id == FollowUp.owner_id,
        Notification.kind == "follow_up_due",
        Notification.conversation_id == Rating.conversation_id,
        Notification.created_at >= FollowUp.due_at,
    )
    query = select(FollowUp).join(Rating, (Rating.tenant_id == FollowUp.tenant_id) & (Rating.id == FollowUp.rating_id))
    query = query.where(FollowUp.done_at.is_(None), FollowUp.owner_id.is_not(None), FollowUp.due_at <= now(), ~told)
    for follow_up in db.session.scalars(query.limit(AT_ONCE)).all():
        tell_about("follow_up_due", follow_up)


@kind("follow_up_answered", _l("A customer says whether it was made right"), "mood-smile")
def say_follow_up_answered(told: Any) -> str:
    if told.facts.get("made_right"):
        return _("%(name)s says that it was made right", name=told.customer)
    return _("%(name)s says that it is still not right", name=told.customer)


@later("follow_up.answered")
def tell_answer(event: Event) -> None:
    follow_up: FollowUp = event.subject
    conversation, key = follow_up.rating.conversation, f"follow_up_answered:{follow_up.id}"
    tell("follow_up_answered", follow_up.owner_id, key, None, conversation=conversation, seq=None, **event.facts)


def tell_about(name: str, follow_up: FollowUp, actor_id: UUID | None = None) -> None:
    if follow_up.done_at is None and follow_up.owner_id:
        key = f"{name}:{follow_up.id}:{follow_up.due_at:%Y%m%d%H%M}"
        tell(name, follow_up.owner_id, key, actor_id, conversation=follow_up.rating.conversation, seq=None)
