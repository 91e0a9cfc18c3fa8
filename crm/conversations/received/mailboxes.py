"""The settings of mailboxes, the mails that became no message, and the alarm when a mailbox is silent."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import and_, or_, select

from ...accounts.models import Department, Employee
from ...db import db, now, uuid7
from ...events import commit
from ...forms import filled, only_one, redraw
from ...jobs import every
from ...locale import language_of
from ...mail import queue_mail
from ...paging import page
from ...tenancy import current_tenant, public_link
from ...web import Invalid, Unfit, checkbox, choice, integer, permitted, read, text, uuid
from ..blueprint import bp
from ..models import Mailbox, ReceivedMail

WAITS_LONG = ReceivedMail.tries > 0
LINE = text(max=250, lines=False)


@bp.get("/settings/mailboxes")
@permitted("settings.edit")
def mailboxes() -> Any:
    found = list(db.session.scalars(select(Mailbox).order_by(Mailbox.id)).all())
    return render_template("settings/mailboxes.html", mailboxes=found, now=now())


@bp.get("/settings/mailboxes/lost")
@permitted("settings.edit")
def mails_not_taken() -> Any:
    """What came in and became no message, and why."""
    left = or_(
        ReceivedMail.state.in_(["ignored", "blocked", "refused"]), and_(ReceivedMail.state == "waiting", WAITS_LONG)
    )
    query = select(ReceivedMail).where(left)
    return render_template("settings/mails_not_taken.html", page=page(query, ReceivedMail.created_at, ReceivedMail.id))


@bp.get("/settings/mailboxes/new")
@permitted("settings.edit")
def new_mailbox(errors: dict[str, str] | None = None) -> Any:
    form = filled(host="", port="993", security="tls", username="", department_id="", folder="INBOX", authserv_id="",
                  take_old="")  # fmt: skip
    return drawn(form, errors, None)


@bp.post("/settings/mailboxes")
@permitted("settings.edit")
@redraw(new_mailbox)
def create_mailbox() -> Any:
    fields = read(**KINDS, password=secret(), take_old=checkbox())
    write(Mailbox(id=uuid7()), fields)
    commit()
    return saved(_("Saved. The first look into it follows within half a minute."))


@bp.get("/settings/mailboxes/<uuid:id>")
@permitted("settings.edit")
def edit_mailbox(id: UUID, errors: dict[str, str] | None = None) -> Any:
    mailbox = Mailbox.find(id=id)
    return drawn(filled(**{name: str(getattr(mailbox, name)) for name in KINDS}), errors, mailbox)


@bp.post("/settings/mailboxes/<uuid:id>")
@permitted("settings.edit")
@redraw(edit_mailbox)
def update_mailbox(id: UUID) -> Any:
    """An empty password leaves the one that is there, unless it would go to another server, or another way."""
    write(Mailbox.locked(id=id), read(**KINDS, password=secret(optional=True)))
    commit()
    return saved(_("Saved. The first look into it follows within half a minute."))


@bp.post("/settings/mailboxes/<uuid:id>/pause")
@permitted("settings.edit")
def pause_mailbox(id: UUID) -> Any:
    Mailbox.locked(id=id).pause(read(paused=checkbox())["paused"])
    commit()
    return saved(_("Saved."))


@bp.post("/settings/mailboxes/<uuid:id>/removal")
@permitted("settings.edit")
def delete_mailbox(id: UUID) -> Any:
    db.session.delete(Mailbox.locked(id=id))
    commit()
    return saved(_("We look into it no longer. What was fetched stays."))


def host() -> Any:
    """The name of a server, without what belongs to an address of a page."""

    def kind(value: Any) -> str:
        name = str(LINE(value)).lower()
        if any(letter in name for letter in "/@:?# ") or not name.isprintable():
            raise Unfit(_("Write the server's name alone, such as imap.example.com."))
        return name

    return kind


def secret(optional: bool = False) -> Any:
    return text(max=1_000, lines=False, optional=optional)


KINDS: dict[str, Any] = {
    "host": host(),
    "port": integer(1, 65535),
    "security": choice("tls", "starttls", "none"),
    "username": LINE,
    "department_id": uuid(),
    "folder": LINE,
    "authserv_id": text(max=250, lines=False, optional=True),
}


GUARDED = ("host", "username", "port", "security")  # to whom the password goes, and whether others can read it


def write(mailbox: Mailbox, fields: dict[str, Any]) -> None:
    """Raises Invalid for a mailbox that is there already, NotFound for a foreign department."""
    password = fields.pop("password")
    Department.find(id=fields["department_id"], archived_at=None)
    known = mailbox.host is not None
    moved = known and any(getattr(mailbox, name) != fields[name] for name in ("host", "username"))
    if known and not password and any(getattr(mailbox, name) != fields[name] for name in GUARDED):
        raise Invalid({"password": _("Type the password again: it belongs to another server or user.")})
    if moved or mailbox.folder != fields["folder"]:
        mailbox.uidvalidity, mailbox.last_uid = None, 0
    mailbox.tenant_id = current_tenant.id
    with only_one("username", _("This mailbox is connected already.")):
        for name, value in fields.items():
            setattr(mailbox, name, value)
        if password:
            mailbox.set_password(password)
        mailbox.save()


def drawn(form: dict[str, Any], errors: dict[str, str] | None, mailbox: Mailbox | None) -> Any:
    shown = {"form": form, "errors": errors, "mailbox": mailbox, "departments": Department.open_ones()}
    return render_template("settings/mailbox.html", **shown)


def saved(sentence: str) -> Any:
    flash(sentence, "good")
    return redirect(url_for("conversations.mailboxes"), 303)


@every(seconds=60)
def tell_silent_mailboxes() -> None:
    """A quarter of an hour without a success: the owners hear of it once, by mail, however long it lasts."""
    for mailbox in Mailbox.silent_ones():
        mailbox.alarm()
        link, query = public_link("conversations.mailboxes"), select(Employee)
        query = query.where(Employee.role == "owner", Employee.deactivated_at.is_(None))
        for owner in db.session.scalars(query).all():
            key = f"silent:{mailbox.id}:{mailbox.alarmed_at:%Y%m%d%H%M%S}:{owner.id}"
            queue_mail(key, str(owner.email), "mailbox_silent", language_of(owner), mailbox=mailbox, link=link)
