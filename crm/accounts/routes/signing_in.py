"""Signing in and out."""

import re
from typing import Any
from urllib.parse import unquote

from flask import redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from ...events import commit
from ...forms import filled, redraw
from ...web import email, permitted, read
from .. import browser
from ..kinds import password
from ..limits import pages_per_address, per_account, per_address
from ..models import Employee
from . import bp

# A path inside the tenant: one slash, no backslash (browsers make a slash of it), nothing that ends a header.
HERE = re.compile(r"/(?!/)[^\\\x00-\x20\x7f]*\Z")


@bp.get("/sign-in")
@pages_per_address
def sign_in(errors: dict[str, str] | None = None) -> Any:
    if current_user.is_authenticated and not errors:
        return redirect(next_page())
    form = filled(email="", next=request.args.get("next", ""))
    return render_template("accounts/sign_in.html", form=form, errors=errors)


@bp.post("/sign-in")
@per_address
@per_account
@redraw(sign_in)
def create_session() -> Any:
    browser.sign_in(Employee.with_password(**read(email=email(), password=password())))
    commit()
    return redirect(next_page(), 303)


@bp.get("/session")
@permitted("profile.edit")
def session_here() -> Any:
    """For a page that was open for long: whether its viewer is still signed in, and a new token for its forms."""
    return {"token": generate_csrf()}


@bp.post("/sign-out")
def end_session() -> Any:
    browser.sign_out("employee")
    commit()
    return redirect(url_for(".sign_in"), 303)


def next_page() -> str:
    """Where the visitor wanted to go, if that is inside this workspace, else the inbox."""
    wanted = request.form.get("next") or request.args.get("next") or ""
    fits = HERE.match(wanted) and "/.." not in unquote(wanted)
    return request.script_root + (wanted if fits else "/inbox")
