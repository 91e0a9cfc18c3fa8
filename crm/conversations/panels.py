"""What conversations add to the pages of features to the left."""

from typing import Any
from uuid import UUID

from flask import render_template
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ..accounts.models import Employee
from ..customers.models import Customer
from ..db import db, now
from ..registry import figures, panel
from .models import Call, Conversation, FollowUp, Rating, Task


@panel("customer")
def conversations_panel(customer: Customer) -> str:
    stars = select(func.max(Rating.stars)).where(
        Rating.tenant_id == Conversation.tenant_id, Rating.conversation_id == Conversation.id
    )
    query = select(
        Conversation.number, Conversation.channel, Conversation.status, Conversation.preview,
        Conversation.last_message_at, Conversation.created_at, stars.scalar_subquery().label("stars"),
    ).where(Conversation.customer_id == customer.id)  # fmt: skip
    found = db.session.execute(query.order_by(Conversation.last_message_at.desc()).limit(50)).all()
    return render_template("conversations/_customer_panel.html", conversations=found)


@panel("conversation")
def call_panel(conversation: Conversation) -> str | None:
    call = Call.of(conversation)
    if call is None:
        return None
    task = Task.first(conversation_id=conversation.id, done_at=None)
    return render_template("conversations/_call_panel.html", call=call, tasks=[task] if task else [], now=now())


@panel("employee")
def ratings_panel(employee: Employee) -> str:
    right = select(FollowUp.made_right).where(FollowUp.tenant_id == Rating.tenant_id, FollowUp.rating_id == Rating.id)
    query = select(Rating, right.scalar_subquery().label("made_right"))
    query = query.where(Rating.employee_id == employee.id, Rating.stars.is_not(None))
    query = query.options(joinedload(Rating.conversation)).order_by(Rating.rated_at.desc()).limit(20)
    return render_template("conversations/_ratings_panel.html", ratings=db.session.execute(query).all())


@figures("employee", "stars")
def average_stars(ids: list[UUID]) -> dict[UUID, Any]:
    """{employee id: (average of 1–5, number of ratings)} for those who have been rated."""
    query = select(Rating.employee_id, func.avg(Rating.stars), func.count(Rating.stars))
    query = query.where(Rating.employee_id.in_(ids), Rating.stars.is_not(None)).group_by(Rating.employee_id)
    return {id: (float(average), count) for id, average, count in db.session.execute(query).all()}


@figures("customer", "conversations")
def conversation_counts(ids: list[UUID]) -> dict[UUID, int]:
    """{customer id: how many conversations they began} for those who began one."""
    query = select(Conversation.customer_id, func.count()).where(Conversation.customer_id.in_(ids))
    return {id: count for id, count in db.session.execute(query.group_by(Conversation.customer_id)) if id}


@figures("customer", "stars")
def given_stars(ids: list[UUID]) -> dict[UUID, Any]:
    """{customer id: (average of 1–5, number of ratings)} for those who have rated."""
    query = select(Rating.customer_id, func.avg(Rating.stars), func.count(Rating.stars))
    query = query.where(Rating.customer_id.in_(ids), Rating.stars.is_not(None)).group_by(Rating.customer_id)
    return {id: (float(average), count) for id, average, count in db.session.execute(query)}
