"""The inbox: its views as pages, and the parts of them that live pages load again."""

from typing import Any
from urllib.parse import urlencode

from flask import abort, redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import select

from ..db import db
from ..events import commit
from ..web import Refused, integer, permitted, read_query
from . import lists
from .blueprint import bp
from .models import Conversation


@bp.get("/")
@bp.get("/inbox")
@permitted("conversations.read")
def inbox() -> Any:
    counts = lists.counts(current_user)
    view = "mine" if counts["mine"] or not counts["queue"] else "queue"
    return render_template("conversations/inbox.html", **listing(view, counts))


@bp.get("/inbox/<view>")
@permitted("conversations.read")
def view(view: str) -> Any:
    return render_template("conversations/inbox.html", **listing(known(view)))


@bp.get("/inbox/<view>/list")
@permitted("conversations.read")
def view_list(view: str) -> Any:
    """The list pane alone: views, queue, rows; for a page that shows the conversation of the number `open`, or none."""
    number = read_query(open=integer(1, 2**31 - 1, optional=True))["open"]
    conversation = Conversation.first(number=number) if number else None
    return render_template("conversations/_list_again.html", conversation=conversation, **listing(known(view)))


@bp.get("/inbox/badge")
@permitted("conversations.read")
def badge() -> Any:
    """What waits for the viewer, as the number at the frame's link to the inbox."""
    return render_template("conversations/_badge.html", number=waiting_number(lists.counts(current_user)))


@bp.post("/inbox/queue/acceptance")
@permitted("conversations.reply")
def accept_next() -> Any:
    """Take the one who has waited longest in the viewer's queue. Two at once get two different ones."""
    query = select(Conversation).where(lists.waits_for(current_user))
    query = query.order_by(Conversation.queued_at, Conversation.id)
    conversation = db.session.scalars(query.limit(1).with_for_update(skip_locked=True, key_share=True)).first()
    if conversation is None:
        raise NobodyWaits()
    conversation.accept(current_user)
    commit()
    return redirect(url_for(".show", number=conversation.number))


class NobodyWaits(Refused):
    from flask_babel import lazy_gettext as _l

    description = _l("Nobody is waiting any more: a colleague was faster.")


def known(view: str) -> str:
    if view not in lists.VIEWS:
        abort(404)
    return view


def listing(view: str, counts: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the list pane needs."""
    counts = counts or lists.counts(current_user)
    found = lists.inbox(view, current_user)
    waiting = counts["longest_wait"] if counts["queue"] else None
    return {
        "view": view,
        "place": place(view, found.after),
        "counts": counts,
        "page": found,
        "longest_wait": waiting,
        "badges": {"inbox": waiting_number(counts)},
    }


def place(view: str, after: str | None) -> str:
    """What a row's address says of the list it stands in, so that it stays beside: nothing for a list's first page
    which the conversation has beside it anyway."""
    known = {"view": view, **({"after": after} if after else {})}
    return "?" + urlencode(known) if after or view in ("team", "all") else ""


def waiting_number(counts: dict[str, Any]) -> int:
    return int(counts["queue"]) + int(counts["direct"])
