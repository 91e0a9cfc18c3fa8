"""Poor ratings that somebody looks into, and what their customers say afterwards."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from ..accounts.kinds import moment
from ..accounts.models import Employee
from ..db import db, now
from ..events import commit
from ..paging import page
from ..registry import figures_of
from ..web import permitted, read, text, uuid
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
    query = select(Employee).where(Employee.deactivated_at.is_(None)).order_by(Employee.name, Employee.id)
    shown["employees"] = db.session.scalars(query).all()
    shown["tickets"] = figures_of("follow_up", "ticket", [row.id for row in [*found.rows, *shown["finished"]]])
    return render_template("conversations/follow_ups.html", **shown)


@bp.post("/follow-ups/<uuid:id>")
@permitted("follow_ups.edit")
def plan_follow_up(id: UUID) -> Any:
    """Whose it is, and by when."""
    fields = read(owner_id=uuid(optional=True), due_at=moment(required=True))
    owner = Employee.find(id=fields["owner_id"], deactivated_at=None) if fields["owner_id"] else None
    FollowUp.locked(id=id).plan(owner, fields["due_at"])
    commit()
    return redirect(url_for(".follow_ups"), 303)


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
