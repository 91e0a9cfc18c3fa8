"""The customers' own pages: sign in, see what was talked about, go on with it."""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from .. import errors as pages
from ..accounts import browser
from ..accounts.kinds import new_password, password
from ..accounts.limits import mails_per_account, per_account, per_address
from ..accounts.models import Department
from ..accounts.tokens import UsedUp, redeemable
from ..catalog.models import ShopSettings
from ..conversations import queue
from ..customers.models import Customer
from ..db import end_reading, uuid7
from ..events import commit
from ..forms import filled, redraw
from ..web import email, read, text
from . import members, thread, views
from .visitors import Blocked, guarded

Errors = dict[str, str] | None
bp = Blueprint("portal", __name__)
OPEN = {
    "sign_in",
    "sign_in_with_password",
    "ask_for_link",
    "register",
    "make_account",
    "open_link",
    "use_link",
    "sign_out",
}
thread.add_all_to(bp, "/help")


@bp.before_request
def sign_in_first() -> Any:
    """Only signed-in customers see more than the way in."""
    session = browser.loaded("customer")
    g.visitor = members.Member(session.person) if session and isinstance(session.person, Customer) else None
    g.actor = g.visitor.customer if g.visitor else None
    if (request.endpoint or "").partition(".")[2] in OPEN:
        return None
    if g.visitor is None:
        return to_sign_in()
    guarded(g.visitor.customer)
    return None


def to_sign_in() -> Any:
    there = url_for("portal.sign_in")
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": there}
    return redirect(there) if request.method in ("GET", "HEAD") and "Upgrade" not in request.headers else abort(401)


@bp.errorhandler(Blocked)
def refuse(error: HTTPException) -> Any:
    end_reading()
    return pages.show(403, pages.words(403)[0], str(error.description), {}, {})


@bp.errorhandler(UsedUp)
def show_used_up(error: UsedUp) -> Any:
    end_reading()
    return render_template("portal/link.html", state="used" if error.used else "expired"), 410


@bp.context_processor
def who() -> dict[str, Any]:
    return {"viewer": g.visitor.customer if g.get("visitor") else None}


# -- what a customer sees


@bp.get("/help")
def home() -> Any:
    shop_open = ShopSettings.here().portal_open
    return render_template("portal/home.html", page=views.own(g.visitor.customer), shop_open=shop_open)


@bp.get("/help/new")
def new(errors: Errors = None) -> Any:
    departments = Department.open_ones()
    wait = queue.wait_of_next(departments[0].id if departments else None)
    form = filled(body="", client_id=str(uuid7()))
    return render_template("portal/new.html", wait=wait, departments=departments, form=form, errors=errors or {})


@bp.post("/help/new")
@redraw(new)
def create() -> Any:
    return thread.begin()


# -- signing in


@bp.get("/help/sign-in")
def sign_in(errors: Errors = None) -> Any:
    if g.visitor:
        return redirect(url_for(".home"))
    return render_template("portal/sign_in.html", form=filled(email=""), errors=errors or {})


@bp.post("/help/sign-in")
@per_address
@per_account
@redraw(sign_in)
def sign_in_with_password() -> Any:
    browser.sign_in(members.with_password(**read(email=email(), password=password())))
    commit()
    return redirect(url_for(".home"), 303)


@bp.post("/help/sign-in/link")
@per_address
@mails_per_account
@redraw(sign_in)
def ask_for_link() -> Any:
    fields = read(email=email())
    members.send_link(**fields)
    commit()
    return render_template("portal/sign_in.html", sent=True, form=fields)


@bp.get("/help/register")
def register(errors: Errors = None) -> Any:
    return render_template("portal/register.html", form=filled(email="", name=""), errors=errors or {})


@bp.post("/help/register")
@per_address
@mails_per_account
@redraw(register)
def make_account() -> Any:
    """The address is proven by its mail; a password can be chosen after that, and never before by somebody else."""
    fields = read(name=text(max=200, optional=True, lines=False), email=email())
    members.send_link(**fields)
    commit()
    return render_template("portal/register.html", sent=True, form=fields)


@bp.get("/help/links/<key>")
@per_address
def open_link(key: str) -> Any:
    """Changes nothing: a mail scanner opens links too. The button signs in."""
    redeemable(members.LINK, key)
    return render_template("portal/link.html", state="ask")


@bp.post("/help/links/<key>")
@per_address
def use_link(key: str) -> Any:
    customer = members.redeem(key)
    browser.sign_in(customer)
    commit()
    return redirect(url_for(".home"), 303)


@bp.post("/help/sign-out")
def sign_out() -> Any:
    browser.sign_out("customer")
    commit()
    return redirect(url_for(".sign_in"), 303)


@bp.get("/help/session")
def session_here() -> Any:
    """For a page that was open for long: whether its customer is still signed in, and a new token for its forms."""
    return {"token": generate_csrf()}


# -- the account


@bp.get("/help/profile")
def profile(errors: Errors = None) -> Any:
    customer = g.visitor.customer
    return render_template(
        "portal/profile.html", form=filled(name=customer.name), customer=customer, errors=errors or {}
    )


@bp.post("/help/profile")
@redraw(profile)
def save_profile() -> Any:
    g.visitor.customer.name = read(name=text(max=200, lines=False))["name"]
    commit()
    flash(_("Saved."), "good")
    return redirect(url_for(".profile"), 303)


@bp.post("/help/password")
@per_address
@redraw(profile)
def save_password() -> Any:
    fields = read(current=password(), password=new_password())
    members.change_password(g.visitor.customer, fields["current"], fields["password"])
    browser.sign_in(g.visitor.customer)
    commit()
    flash(_("Your password is set. You are signed out everywhere else."), "good")
    return redirect(url_for(".profile"), 303)
