"""What conversations add to the pages of features to the left."""

from typing import Any
from uuid import UUID

from flask import render_template
from sqlalchemy import func, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from ..accounts.models import Employee
from ..customers.company_page import working_at
from ..customers.models import Company, Customer
from ..customers.page import gathered
from ..db import db, now
from ..registry import figures, glimpse, panel
from ..templating import render_piece
from .models import Call, Conversation, FollowUp, Rating, Task

SHOWN = 10  # of each on a customer's page


@panel("customer")
def conversations_panel(customer: Customer) -> str:
    found, all = customer.glimpsed["last_talks"], customer.glimpsed["talks"]
    return render_piece("conversations/_customer_panel.html", conversations=found, all=all)


@glimpse("customer", "last_talks")
def last_talks(id: Any) -> Any:
    """As {number, channel, status, preview, last_message_at, stars}; the last first."""
    names = ("number", "channel", "status", "preview", "last_message_at")
    joint = Rating.tenant_id == Conversation.tenant_id, Rating.conversation_id == Conversation.id
    stars = select(func.max(Rating.stars)).where(*joint).scalar_subquery().label("stars")
    last = select(*(getattr(Conversation, name) for name in names), stars).where(Conversation.customer_id == id)
    return gathered(last.order_by(Conversation.last_message_at.desc()).limit(SHOWN), (*names, "stars"))


@glimpse("company", "open_talks")
def open_talks(id: Any) -> Any:
    """Of its people, as {number, channel, status, preview, last_message_at, who}; the last first."""
    names = ("number", "channel", "status", "preview", "last_message_at")
    joint = (Customer.tenant_id == Conversation.tenant_id) & (Customer.id == Conversation.customer_id)
    last = select(*(getattr(Conversation, name) for name in names), Customer.name.label("who")).join(Customer, joint)
    last = last.where(Conversation.customer_id.in_(working_at(id)), Conversation.status != "closed")
    last = last.order_by(Conversation.last_message_at.desc(), Conversation.id.desc())
    return gathered(last.limit(SHOWN), (*names, "who"))


@glimpse("company", "calls")
def calls_to_make(id: Any) -> Any:
    """To its people, as {number, due_at, note, customer_id, who}; the next first."""
    names = ("number", "due_at", "note", "customer_id")
    joint = (Customer.tenant_id == Task.tenant_id) & (Customer.id == Task.customer_id)
    next = select(*(getattr(Task, name) for name in names), Customer.name.label("who")).join(Customer, joint)
    next = next.where(Task.customer_id.in_(working_at(id)), Task.done_at.is_(None))
    return gathered(next.order_by(Task.due_at, Task.id).limit(SHOWN), (*names, "who"))


@glimpse("company", "follow_ups")
def follow_ups_at(id: Any) -> Any:
    """Of its people's poor ratings, as {id, due_at, stars, feedback, number, who, owner}; the next first."""
    owner = aliased(Employee)
    found = {"id": FollowUp.id, "due_at": FollowUp.due_at, "stars": Rating.stars, "feedback": Rating.feedback,
             "number": Conversation.number, "who": Customer.name, "owner": owner.name}  # fmt: skip
    next: Any = select(*(value.label(name) for name, value in found.items())).select_from(FollowUp)
    for one, its, inner in (
        (Rating, FollowUp.rating_id, True),
        (Customer, Rating.customer_id, True),
        (Conversation, Rating.conversation_id, True),
        (owner, FollowUp.owner_id, False),
    ):
        next = next.join(one, (one.tenant_id == FollowUp.tenant_id) & (one.id == its), isouter=not inner)
    next = next.where(Rating.customer_id.in_(working_at(id)), FollowUp.done_at.is_(None))
    return gathered(next.order_by(FollowUp.due_at, FollowUp.id).limit(SHOWN), tuple(found))


@panel("company_work")
def company_work_panel(company: Company) -> str | None:
    told = company.glimpsed
    found = {"talks": told["open_talks"], "calls": told["calls"], "follow_ups": told["follow_ups"]}
    return render_template("conversations/_company_panel.html", now=now(), **found) if any(found.values()) else None


@panel("customer_work")
def follow_ups_panel(customer: Customer) -> str | None:
    """Poor ratings of theirs that somebody has to look into."""
    if not customer.glimpsed.get("follow_ups"):
        return None
    query = select(FollowUp).join(FollowUp.rating).where(Rating.customer_id == customer.id, FollowUp.done_at.is_(None))
    whole = contains_eager(FollowUp.rating).joinedload(Rating.conversation), joinedload(FollowUp.owner)
    found = db.session.scalars(query.options(*whole).order_by(FollowUp.due_at).limit(SHOWN)).all()
    return render_template("conversations/_follow_ups_panel.html", follow_ups=found, now=now())


@glimpse("customer", "follow_ups")
def open_follow_ups(id: Any) -> Any:
    joint = (FollowUp.tenant_id == Rating.tenant_id) & (FollowUp.rating_id == Rating.id)
    query = select(func.count()).select_from(Rating).join(FollowUp, joint)
    return query.where(Rating.customer_id == id, FollowUp.done_at.is_(None)).scalar_subquery()


@glimpse("customer", "talks")
def talks(id: Any) -> Any:
    """How many conversations they had."""
    return select(func.count()).select_from(Conversation).where(Conversation.customer_id == id).scalar_subquery()


@glimpse("customer", "stars")
def stars_given(id: Any) -> Any:
    """[average of 1–5, number of ratings]."""
    both = func.jsonb_build_array(func.avg(Rating.stars), func.count(Rating.stars))
    return select(both).where(Rating.customer_id == id, Rating.stars.is_not(None)).scalar_subquery()


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
