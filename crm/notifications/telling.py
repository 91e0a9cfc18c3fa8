"""Telling somebody something, once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from ..accounts.models import Employee
from ..conversations.models import Conversation, Message
from ..db import db, now, uuid7
from ..events import note
from ..tenancy import current_tenant
from ..tickets.models import Ticket
from .models import Notification
from .pushes import queue_pushes
from .wishes import Wishes

MAIL_AFTER = timedelta(minutes=10)
HERE: Any = object()


def tell(kind: str, person_id: UUID | None, key: str, actor_id: UUID | None, conversation: Conversation | None = None,
         ticket: Ticket | None = None, message: Message | None = None, seq: int | None = HERE, **facts: Any) -> None:  # fmt: skip
    """Tell an employee of a conversation, of a ticket or of a message, in the ways they want; not what they did themselves.

    `key` makes it once. `seq` is how far one must have read the conversation to have seen it: as far as it is now, and
    None where only a look at its page counts.
    """
    employee = Employee.first(id=person_id) if person_id else None
    if employee is None or not employee.is_active or employee.id == actor_id:
        return
    wishes = Wishes(employee)
    ways = wishes.ways(kind)
    if not ways - {"sound"}:
        return
    conversation = message.conversation if message else conversation
    if seq is HERE:
        seq = message.seq if message else conversation.staff_position if conversation else None
    values = {"tenant_id": current_tenant.id, "id": uuid7(), "created_at": now(), "person_id": employee.id, "kind": kind,
              "key": key, "actor_id": actor_id, "seq": seq, "facts": facts, "shown": "app" in ways}  # fmt: skip
    values |= {"conversation_id": id_of(conversation), "ticket_id": id_of(ticket), "message_id": id_of(message)}
    values["mail_due_at"] = now() + MAIL_AFTER if "mail" in ways else None
    made = insert(Notification.__table__).values(values).on_conflict_do_nothing().returning(Notification.__table__.c.id)
    if row := db.session.execute(made).first():
        loud = not wishes.is_quiet()
        note("notification.told", employee, kind=kind, shown="app" in ways, aloud=loud and "sound" in ways)
        if loud and "push" in ways:
            queue_pushes(row.id, employee)


def id_of(row: Any) -> UUID | None:
    return row.id if row is not None else None
