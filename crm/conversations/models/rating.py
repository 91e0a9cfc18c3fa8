"""What a customer thought of an episode, and what the team does about a bad one."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, exists, select
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Employee
from ...customers.models import Customer
from ...db import Record, belongs_to, db, now, reference
from ...events import record
from ...personal import empties, goes, harms_nobody
from ...tenancy import current_tenant
from ...web import Refused
from .conversation import Conversation

FOLLOW_UP_DAYS = 2


class AlreadyRated(Refused):
    description = _l("This conversation has been rated already. Thank you.")


class NotAsked(Refused):
    description = _l("This conversation is still going on. You can rate it when it has ended.")


class Rating(Record):
    """One per episode: asked for at its end, given or not. `stars` are 1 to 5."""

    __tablename__ = "ratings"
    __table_args__ = (
        reference("conversations", "conversation_id", ondelete="CASCADE"),
        reference("tickets", "ticket_id", ondelete="CASCADE"),
        reference("people", "customer_id"),
        reference("people", "employee_id"),
        UniqueConstraint("tenant_id", "conversation_id", "episode"),
        CheckConstraint("stars between 1 and 5", name="stars"),
        Index("ix_ratings_ticket", "tenant_id", "ticket_id", "ticket_episode", unique=True),
        Index("ix_ratings_due", "tenant_id", "mail_due_at"),
        Index("ix_ratings_employee", "tenant_id", "employee_id"),
        Index("ix_ratings_customer", "tenant_id", "customer_id", "rated_at"),
    )

    conversation_id: Mapped[UUID]
    episode: Mapped[int]
    # The ticket that was solved, and which time: then its conversation is not asked about by itself.
    ticket_id: Mapped[UUID | None]
    ticket_episode: Mapped[int | None]
    customer_id: Mapped[UUID]
    employee_id: Mapped[UUID | None]
    stars: Mapped[int | None]
    feedback: Mapped[str] = mapped_column(default="")
    reasons: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    rated_at: Mapped[datetime | None]
    # When to ask by e-mail; None when it was asked, given, or must not be.
    mail_due_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]

    conversation: Mapped[Conversation] = belongs_to("Conversation", "Rating.conversation_id")
    customer: Mapped[Customer] = belongs_to("Customer", "Rating.customer_id")
    employee: Mapped[Employee | None] = belongs_to("Employee", "Rating.employee_id")

    @classmethod
    def ask(cls, conversation: Conversation) -> Self | None:
        """Ask about the episode that just ended. Nobody is asked who was not answered; nor of what a ticket is made of,
        because its customer is asked when the ticket is solved."""
        answered = conversation.first_reply_at is not None or current_tenant.rating_unanswered
        return cls.ask_about(conversation, conversation.assignee_id) if answered and not conversation.tracked else None

    @classmethod
    def ask_about(cls, conversation: Conversation, employee_id: UUID | None, **ticket: Any) -> Self | None:
        """Not somebody blocked, or asked lately; nor of a call, or of spam."""
        customer = conversation.customer
        if customer is None or conversation.channel == "phone" or customer.blocked_at:
            return None
        if cls.was_asked(customer) or is_spam(conversation):
            return None
        rating = cls(conversation_id=conversation.id, episode=conversation.episode, customer_id=customer.id, **ticket)
        rating.employee_id = employee_id
        rating.mail_due_at = now() + timedelta(minutes=current_tenant.rating_delay_minutes)
        return rating.save()

    @classmethod
    def was_asked(cls, customer: Customer) -> bool:
        """Whether they were asked within the days for which the tenant leaves them in peace then."""
        if not current_tenant.rating_rest_days:
            return False
        since = now() - timedelta(days=current_tenant.rating_rest_days)
        return (
            db.session.scalar(select(exists().where(cls.customer_id == customer.id, cls.created_at > since))) or False
        )

    @classmethod
    def open_for(cls, conversation: Conversation) -> Self:
        """The rating of the conversation's present episode. Raises NotAsked while it goes on."""
        rating = cls.first(conversation_id=conversation.id, episode=conversation.episode)
        if rating is None:
            raise NotAsked()
        return rating

    @classmethod
    def of(cls, conversation: Conversation) -> list[Self]:
        query = select(cls).where(cls.conversation_id == conversation.id).order_by(cls.episode)
        return list(db.session.scalars(query).all())

    def give(self, stars: int, feedback: str, reasons: Iterable[str] = ()) -> None:
        """Rate, once. Expects the row locked. Raises AlreadyRated. A poor one opens a follow-up for the team lead.

        Of the `reasons` those count that the tenant offers.
        """
        if self.rated_at is not None:
            raise AlreadyRated()
        self.stars, self.feedback, self.rated_at, self.mail_due_at = stars, feedback, now(), None
        self.reasons = [reason for reason in current_tenant.rating_reasons if reason in reasons]
        record("rating.given", self, stars=stars)
        if stars <= 2:
            FollowUp.open(self)


class FollowUp(Record):
    """A poor rating that somebody has to look into, by a day."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        reference("ratings", "rating_id", ondelete="CASCADE"),
        reference("people", "owner_id"),
        reference("people", "done_by_id"),
        UniqueConstraint("tenant_id", "rating_id"),
        Index("ix_follow_ups_open", "tenant_id", "done_at", "due_at"),
    )

    rating_id: Mapped[UUID]
    owner_id: Mapped[UUID | None]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(default="")
    # What the customer says to it afterwards: asked once, by mail.
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    made_right: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(default="", server_default="")

    rating: Mapped[Rating] = belongs_to("Rating", "FollowUp.rating_id")
    owner: Mapped[Employee | None] = belongs_to("Employee", "FollowUp.owner_id")

    @classmethod
    def open(cls, rating: Rating) -> Self:
        follow_up = cls(rating_id=rating.id, due_at=now() + timedelta(days=FOLLOW_UP_DAYS))
        follow_up.owner_id = lead_for(rating.conversation)
        follow_up.save()
        db.session.flush()
        record("follow_up.opened", follow_up)
        return follow_up

    def plan(self, owner: Employee | None, due_at: datetime) -> None:
        """Whose it is now, and by when. What is done stays as it was."""
        if self.done_at is None and (self.owner_id, self.due_at) != (owner.id if owner else None, due_at):
            given = owner is not None and self.owner_id != owner.id
            self.owner_id, self.owner, self.due_at = owner.id if owner else None, owner, due_at
            record("follow_up.given" if given else "follow_up.planned", self)

    def finish(self, by: Employee, note: str) -> None:
        if self.done_at is None:
            self.done_at, self.done_by_id, self.note = now(), by.id, note
            record("follow_up.done", self)

    def take_answer(self, made_right: bool, answer: str) -> None:
        """What the customer says to it, once. Expects the row locked. Raises AlreadyRated. Where it was not made right,
        it goes on for its owner."""
        if self.answered_at is not None:
            raise AlreadyRated()
        self.answered_at, self.made_right, self.answer = now(), made_right, answer
        if not made_right:
            self.done_at, self.due_at = None, now() + timedelta(days=FOLLOW_UP_DAYS)
        record("follow_up.answered", self, made_right=made_right)


def was_answered(conversation: Conversation, since: datetime | None = None) -> bool:
    """Whether an employee said something to the customer, since then; or it does not matter to the tenant."""
    from .message import SAID, Message

    if current_tenant.rating_unanswered:
        return True
    ours = [Message.conversation_id == conversation.id, Message.kind.in_(SAID), Message.sender_id.is_not(None)]
    ours += [Message.sender_id != conversation.customer_id, *([Message.created_at > since] if since else [])]
    return db.session.scalar(select(exists().where(*ours))) or False


def is_spam(conversation: Conversation) -> bool:
    """Whether a mail in it came marked as spam."""
    from .message import Message

    if conversation.channel != "email":
        return False
    marked = Message.conversation_id == conversation.id, Message.facts["mail", "spam"].as_boolean()
    return db.session.scalar(select(exists().where(*marked))) or False


def lead_for(conversation: Conversation) -> UUID | None:
    """Who looks into a poor rating: the department's lead, else any lead, else an admin, else the owner."""
    query = select(Employee).where(Employee.deactivated_at.is_(None), Employee.role.in_(["lead", "admin", "owner"]))
    found = list(db.session.scalars(query.order_by(Employee.id)).all())
    ranks = {"lead": 1, "admin": 2, "owner": 3}

    def nearness(employee: Employee) -> tuple[bool, int]:
        here = employee.role == "lead" and employee.department_id == conversation.department_id
        return (not here, ranks[employee.role or "owner"])

    return min(found, key=nearness).id if found else None


goes("follow_ups", _l("What was done about poor ratings"))
empties("ratings", _l("Ratings, without what was written"), feedback="", mail_due_at=None)
harms_nobody("ratings", "reasons")
