"""Poor ratings that somebody looks into."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ..events import commit
from ..paging import page
from ..web import permitted, read, text
from .blueprint import bp
from .models import FollowUp, Rating


@bp.get("/follow-ups")
@permitted("follow_ups.edit")
def follow_ups() -> Any:
    rating = joinedload(FollowUp.rating)
    query = select(FollowUp).where(FollowUp.done_at.is_(None)).options(
        rating.joinedload(Rating.conversation), rating.joinedload(Rating.customer), joinedload(FollowUp.owner)
    )  # fmt: skip
    found = page(query, FollowUp.due_at, FollowUp.id, descending=False)
    return render_template("conversations/follow_ups.html", page=found)


@bp.post("/follow-ups/<uuid:id>/completion")
@permitted("follow_ups.edit")
def finish_follow_up(id: UUID) -> Any:
    follow_up = FollowUp.locked(id=id)
    follow_up.finish(current_user, **read(note=text(max=2_000, optional=True)))
    commit()
    return redirect(url_for(".show", number=follow_up.rating.conversation.number))
