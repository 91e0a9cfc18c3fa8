"""The demo's calls: told by its exchange or logged by hand some time ago, and who asked to be called back."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from ..accounts.models import Department, Employee
from ..conversations.models import Call, Conversation, Message, PhoneLine, Task
from ..conversations.models.writing import Draft, post
from ..customers.models import Customer
from ..db import db, now
from ..events import commit


def tell_calls(chapter: dict[str, Any]) -> None:
    """`chapter` is a tenant's of demo.json: "lines" {number: employee or department}, "calls", "callbacks"."""
    for number, name in chapter.get("lines", {}).items():
        PhoneLine.add(number, Employee.first(name=name), Department.first(name=name))
    for told in chapter.get("calls", []):
        tell_call(told)
    for told in chapter.get("callbacks", []):
        customer = Customer.find(name=told["customer"])
        due = now() + timedelta(minutes=told["in_minutes"])
        Task.ask(
            customer, told["number"], due, department_id=Department.find(name=told["department"]).id, note=told["note"]
        )
    commit()


def tell_call(told: dict[str, Any]) -> None:
    customer, by, began = (
        Customer.find(name=told["customer"]),
        told.get("by"),
        now() - timedelta(minutes=told["minutes_ago"]),
    )
    facts = {"direction": told["direction"], "number": told["number"], "started_at": began}
    if by:
        employee = Employee.find(name=by)
        call = Call.log(
            employee, customer, uuid.uuid4(), told["outcome"], told.get("seconds", 0), **facts, answered_at=began
        )
        if told.get("note"):
            post(call.conversation, employee, Draft(told["note"], uuid.uuid4(), "note"))
    else:
        department = Department.find(name=told["department"])
        call = Call.begin(customer, source="pbx", external_id=str(uuid.uuid4()), department_id=department.id, **facts)
        call.end(told["outcome"], None)
    commit()
    move_back(call)


def move_back(call: Call) -> None:
    """To when it happened; the audit and the events keep the true times."""
    ended = call.started_at + timedelta(seconds=call.seconds or 20)
    conversation = call.conversation_id
    query = select(Message).where(Message.conversation_id == conversation)
    for message in db.session.scalars(query).all():
        message.created_at = ended
    times: dict[str, Any] = {"created_at": call.started_at, "last_message_at": ended}
    if call.conversation.closed_at:
        times["closed_at"] = ended
    db.session.execute(update(Conversation).where(Conversation.id == conversation).values(**times))
    commit()
