"""Inviting, and joining by an invitation."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ...db import db
from ...events import commit
from ...forms import filled, redraw
from ...web import choice, email, permitted, read, text, uuid
from .. import browser
from ..invitations import accept, invite, opened, send_again, shown
from ..kinds import new_password
from ..limits import per_address
from ..models import Department, Token
from ..passwords import hash_password
from ..permissions import ROLES, roles_up_to
from . import bp


@bp.get("/employees/invite")
@permitted("employees.invite")
def new_invitation(errors: dict[str, str] | None = None) -> Any:
    form = filled(email="", role="agent", department_id="")
    lists = {"roles": roles_up_to(current_user.role), "departments": Department.open_ones()}
    return render_template("accounts/invite.html", form=form, errors=errors, **lists)


@bp.post("/employees/invite")
@permitted("employees.invite")
@redraw(new_invitation)
def create_invitation() -> Any:
    fields = read(email=email(), role=choice(*ROLES), department_id=uuid(optional=True))
    invite(current_user, **fields)
    commit()
    flash(_("The invitation to %(email)s is on its way.", email=fields["email"]), "good")
    return redirect(url_for(".employees"), 303)


@bp.post("/invitations/<uuid:id>/repetition")
@permitted("employees.invite")
def repeat_invitation(id: UUID) -> Any:
    token = Token.locked(id=id, purpose="invitation", used_at=None)
    send_again(current_user, token)
    commit()
    flash(_("The invitation to %(email)s is on its way.", email=token.email), "good")
    return redirect(url_for(".employees"), 303)


@bp.post("/invitations/<uuid:id>/withdrawal")
@permitted("employees.invite")
def withdraw_invitation(id: UUID) -> Any:
    db.session.delete(Token.locked(id=id, purpose="invitation", used_at=None))
    commit()
    flash(_("The invitation is withdrawn."), "good")
    return redirect(url_for(".employees"), 303)


@bp.get("/invitations/<key>")
@per_address
def invitation(key: str, errors: dict[str, str] | None = None) -> Any:
    token = opened(key)
    form = filled(name="")
    return render_template("accounts/invitation.html", invitation=shown([token])[0], form=form, errors=errors)


@bp.post("/invitations/<key>")
@per_address
@redraw(invitation)
def join(key: str) -> Any:
    token = opened(key, lock=True)
    fields = read(name=text(max=100, lines=False), password=new_password())
    browser.sign_in(accept(token, fields["name"], hash_password(fields["password"])))
    commit()
    flash(_("Welcome. New conversations come to you while you are available."), "good")
    return redirect(url_for("conversations.inbox"), 303)
