"""A forgotten password: a link by e-mail, for an hour, once."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ...events import commit, record
from ...forms import filled, redraw
from ...web import email, read
from .. import browser
from ..kinds import new_password
from ..limits import mails_per_account, pages_per_address, per_address
from ..models import Employee, Token
from ..resets import HOURS, change_password, holder
from ..tokens import redeemable
from . import bp


@bp.get("/forgotten-password")
@pages_per_address
def forgotten(errors: dict[str, str] | None = None) -> Any:
    return render_template("accounts/forgotten.html", form=filled(email=""), errors=errors)


@bp.post("/forgotten-password")
@per_address
@mails_per_account
@redraw(forgotten)
def ask_for_reset() -> Any:
    """Whether the address is known is looked up in the worker, so this answer says nothing, not even by its time."""
    fields = read(email=email())
    asked, _key = Token.make("password_asked", HOURS, **fields)
    record("password.forgotten", asked)
    commit()
    return render_template("accounts/forgotten.html", sent=True, form=fields)


@bp.get("/reset-password/<key>")
@per_address
def reset(key: str, errors: dict[str, str] | None = None) -> Any:
    holder(redeemable("password_reset", key))
    return render_template("accounts/reset.html", errors=errors)


@bp.post("/reset-password/<key>")
@per_address
@redraw(reset)
def reset_password(key: str) -> Any:
    chosen = read(password=new_password())["password"]
    employee: Employee = holder(redeemable("password_reset", key, lock=True))
    change_password(employee, chosen)
    browser.sign_out("employee")
    commit()
    flash(_("Your password is changed. Sign in with the new one."), "good")
    return redirect(url_for(".sign_in"), 303)
