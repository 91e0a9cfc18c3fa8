"""Poor ratings that somebody looks into, and what their customers say afterwards."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from ..db import db, now
from ..events import commit
from ..paging import page
from ..web import permitted, read, text
from .blueprint import bp
from .models import FollowUp, Rating

COUNTED = timedelta(days=90)
LATELY = 10


@bp.get("/follow-ups")
@permitted("follow_ups.edit")
def follow_ups() -> Any:
    found = page(whole().where(FollowUp.done_at.is_(None)), FollowUp.due_at, FollowUp.id, descending=False)
    finished = whole().where(FollowUp.done_at.is_not(None)).order_by(FollowUp.done_at.desc()).limit(LATELY)
    shown = {"page": found, "finished": db.session.scalars(finished).all(), "figures": recovered()}
    return render_template("conversations/follow_ups.html", **shown)


@bp.post("/follow-ups/<uuid:id>/completion")
@permitted("follow_ups.edit")
def finish_follow_up(id: UUID) -> Any:
    follow_up = FollowUp.locked(id=id)
    follow_up.finish(current_user, **read(note=text(max=2_000, optional=True)))
    commit()
    return redirect(url_for(".show", number=follow_up.rating.conversation.number))


def whole() -> Select[Any]:
    rating = joinedload(FollowUp.rating)
    return select(FollowUp).options(
        rating.joinedload(Rating.conversation), rating.joinedload(Rating.customer), joinedload(FollowUp.owner)
    )


def recovered() -> Any:
    """Of the last 90 days' poor ratings: how many there were (`poor`), how many were looked into (`done`), and of how many
    customers then said that it was made right (`right`) or was not (`wrong`); those who were silent are in neither."""
    query = select(
        func.count().label("poor"),
        func.count(FollowUp.done_at).label("done"),
        func.count().filter(FollowUp.made_right.is_(True)).label("right"),
        func.count().filter(FollowUp.made_right.is_(False)).label("wrong"),
    )
    return db.session.execute(query.where(FollowUp.created_at > now() - COUNTED)).one()
