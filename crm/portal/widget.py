"""The chat on the tenant's site: its button's state, its frame, and the exchange of a token for a bearer.

No cookie is set or read here, so these routes need no CSRF token: the bearer comes in a header.
"""

import json
from typing import Any

from flask import Blueprint, abort, g, jsonify, render_template, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from .. import errors
from ..conversations.models import Attachment
from ..db import end_reading
from ..events import commit
from ..extensions import csrf, limiter
from ..files import open_link, send
from ..tenancy import current_tenant
from ..web import Unfit, read, text
from . import sites, thread, views, visitors
from .limits import address, limited
from .visitors import Blocked, NotRecognised, Visitor

bp = Blueprint("widget", __name__)
csrf.exempt(bp)
OPEN = {
    "widget.frame",
    "widget.state_of_button",
    "widget.begin_session",
    "widget.file",
    "widget.live_widget",
    "widget.preview",
}
thread.add_all_to(bp, "/my")


@bp.before_request
def recognise() -> None:
    """Who asks, from the bearer. Raises NotRecognised (401) and Blocked (403)."""
    g.frame_ancestors = sites.ancestors()
    if request.endpoint in OPEN:
        g.actor = Visitor("")
        return
    scheme, _space, bearer = request.headers.get("Authorization", "").partition(" ")
    g.visitor = g.actor = visitors.read_bearer(bearer if scheme == "Bearer" else "")
    if g.visitor.customer:
        visitors.act_as(g.visitor.customer)


@bp.errorhandler(NotRecognised)
@bp.errorhandler(Blocked)
def refuse(error: HTTPException) -> Any:
    end_reading()
    return errors.show(error.code or 401, errors.words(error.code or 401)[0], str(error.description), {}, {})


@bp.get("/frame")
@limiter.limit("120 per minute", key_func=address)
def frame() -> Any:
    return render_template("widget/frame.html")


@bp.get("/preview")
@limiter.limit("60 per minute", key_func=address)
def preview() -> Any:
    """A page with nothing but the button: what the settings show."""
    return render_template("widget/preview.html")


@bp.route("/state", methods=["GET", "POST"], endpoint="state_of_button")
@limiter.limit("120 per minute", key_func=address)
def state_of_button() -> Any:
    """Colour, words and, for a token sent as plain text (a simple request, so no preflight), how much is unread."""
    response = jsonify(**looks(), **since_last_time())
    origin = request.headers.get("Origin", "")
    if sites.is_allowed(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Vary"] = "Origin"
    return response


def looks() -> dict[str, Any]:
    name = current_tenant.name
    labels = {"open": _("Open the chat with %(name)s", name=name), "close": _("Close the chat")}
    return {"accent": current_tenant.accent, "title": _("Chat with %(name)s", name=name), "wait": _("Connecting"), **labels,
            "new": [_("one new message"), _("%(count)s new messages", count="{n}")]}  # fmt: skip


def since_last_time() -> dict[str, Any]:
    """Nothing for strangers, and nothing said about tokens that are not welcome."""
    try:
        sent = json.loads(request.get_data(cache=False)[:10_000] or b"{}") if request.method == "POST" else {}
        visitor = sent and introduced(sent.get("token"), sent.get("user"), sent.get("hash"))
        customer = visitor and visitors.customer_of(visitor)
    except (ValueError, AttributeError, RecursionError, Unfit, NotRecognised, Blocked):
        customer = None
    return views.unread(customer) if customer else {"unread": 0, "live": False}


@bp.post("/session")
@limiter.limit("60 per minute", key_func=address)
@limited("60 per minute", "1500 per minute")
def begin_session() -> Any:
    """The bearer for an hour, and with `view` the first view. Raises NotRecognised for a site or signature that does not fit."""
    fields = read(token=visitors.token(), user=visitors.exact(4_000), hash=visitors.exact(200),
                  site=text(max=300), department=text(max=100, optional=True), view=text(max=10, optional=True))  # fmt: skip
    g.visitor = g.actor = visitor = received(**fields)
    view = views.first() if fields["view"] else ""
    commit()
    return jsonify(bearer=visitors.bearer_of(visitor), seconds=visitors.BEARER_SECONDS, view=view)


def received(token: str, user: str | None, hash: str | None, site: str, department: str, **_view: Any) -> Visitor:
    """Who begins a session, known again. Raises NotRecognised and Blocked."""
    if not sites.is_allowed(site):
        raise NotRecognised(_("The chat may not be used on this site."))
    visitor = introduced(token, user, hash)
    visitors.welcome(visitor, department)
    return visitor


def introduced(token: Any, user: Any, signature: Any) -> Visitor:
    """The visitor of a token, and the user the shop vouches for if there is one. Raises NotRecognised and Unfit."""
    key = visitors.key_of(visitors.token()(token))
    known = visitors.known_user(str(user), str(signature or "")) if user else None
    return Visitor(key, known, version=current_tenant.identity_version)


@bp.get("/home")
@limited("60 per minute")
def home() -> Any:
    return views.first()


@bp.get("/new")
@limited("60 per minute")
def new() -> Any:
    return views.greeting()


@bp.get("/my/conversations")
@limited("60 per minute")
def index() -> Any:
    page = views.own(g.visitor.customer) if g.visitor.customer else None
    return render_template("widget/list.html", page=page)


@bp.get("/files/<token>")
@limiter.limit("240 per minute", key_func=address)
def file(token: str) -> Any:
    """A file behind a signed link of some hours: an <img> cannot carry a bearer."""
    found = Attachment.find(id=open_link(token))
    if found.message.deleted_at or not found.message.public:
        abort(404)
    return send(found.id, found.name, found.type)
