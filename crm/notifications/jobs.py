"""Mails of what was not seen: one for all of it, never for what was seen, never twice."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from ..accounts.models import Employee
from ..db import db, now
from ..jobs import every
from ..locale import language_of
from ..mail import queue_mail
from ..tenancy import public_link
from . import queries
from .models import Notification
from .telling import MAIL_AFTER
from .wishes import Wishes

AT_ONCE = 200
IN_ONE = 50


@every(seconds=60)
def mail_unseen() -> None:
    settle_read()
    due = select(Notification.person_id).where(*is_due()).distinct().limit(AT_ONCE)
    for person_id in db.session.scalars(due).all():
        mail_to(Employee.find(id=person_id))


def is_due() -> tuple[Any, ...]:
    return Notification.mail_due_at <= now(), Notification.seen_at.is_(None), Notification.mailed_at.is_(None)


def settle_read() -> None:
    """Who has read a conversation has seen what was told of it."""
    query = update(Notification).where(Notification.seen_at.is_(None), Notification.is_read()).values(seen_at=now())
    db.session.execute(query, execution_options={"synchronize_session": False})


def mail_to(employee: Employee) -> None:
    """Not in their quiet hours, and not sooner after the last mail than one waits for the first."""
    if not employee.is_active:
        return forget_mails(employee)
    if Wishes(employee).is_quiet() or was_mailed(employee):
        return
    query = select(Notification).where(*is_due(), Notification.person_id == employee.id).order_by(Notification.id)
    rows = db.session.scalars(query.limit(IN_ONE).with_for_update(skip_locked=True)).all()
    if rows:
        write_to(employee, [row.id for row in rows])
    for row in rows:
        row.mailed_at, row.mail_due_at = now(), None


def was_mailed(employee: Employee) -> bool:
    last = db.session.scalar(select(func.max(Notification.mailed_at)).where(Notification.person_id == employee.id))
    return last is not None and last > now() - MAIL_AFTER


def write_to(employee: Employee, ids: list[UUID]) -> None:
    root = public_link("notifications.notifications").removesuffix("/notifications")
    shown: dict[str, Any] = {"lines": queries.given(ids), "many": len(ids), "root": root}
    queue_mail(f"notifications:{ids[0]}", str(employee.email), "notifications", language_of(employee), **shown)


def forget_mails(employee: Employee) -> None:
    query = update(Notification).where(Notification.person_id == employee.id).values(mail_due_at=None)
    db.session.execute(query, execution_options={"synchronize_session": False})
