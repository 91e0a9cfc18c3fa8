"""What calls tell: one is yours to make."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...conversations.models import Task
from ...events import Event, later
from ..telling import tell
from . import kind


@kind("call_to_make", _l("A call is yours to make"), "phone", sound="assigned", page="/tasks")
def say_call_to_make(told: Any) -> str:
    return _("Call %(name)s back", name=told.customer) if told.customer else _("A customer waits for your call")


@later("task.opened")
def tell_caller(event: Event) -> None:
    """A missed call, and one that was asked for."""
    task: Task = event.subject
    if task.owner_id and task.done_at is None:
        tell("call_to_make", task.owner_id, f"task:{task.id}", event.actor_id, conversation=task.conversation, seq=None)
