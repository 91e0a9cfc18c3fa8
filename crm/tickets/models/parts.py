"""What hangs on a ticket: its conversations, who follows it, tags, links to others, and the list of what is to be done."""

from datetime import datetime
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Person
from ...db import Record, belongs_to, reference
from ...personal import empties, harms_nobody

LINKS = ("duplicate_of", "blocked_by", "follows")


class TicketConversation(Record):
    """A stretch of a conversation that belongs to a ticket: messages with a seq from `from_seq` and below `until_seq`.

    One stretch of a conversation has no end: what is said next belongs to that ticket, and to no other.
    """

    __tablename__ = "ticket_conversations"
    __table_args__ = (
        reference("tickets", "ticket_id", ondelete="CASCADE"),
        reference("conversations", "conversation_id", ondelete="CASCADE"),
        UniqueConstraint(
            "tenant_id", "ticket_id", "conversation_id", "from_seq", name="uq_ticket_conversations_stretch"
        ),
        Index("ix_ticket_conversations_ticket", "tenant_id", "ticket_id", "conversation_id"),
        Index("ix_ticket_conversations_conversation", "tenant_id", "conversation_id"),
    )

    ticket_id: Mapped[UUID]
    conversation_id: Mapped[UUID]
    from_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    until_seq: Mapped[int | None]


Index("ix_ticket_conversations_open", TicketConversation.tenant_id, TicketConversation.conversation_id, unique=True,
      postgresql_where=TicketConversation.until_seq.is_(None))  # fmt: skip


class TicketFollower(Record):
    """An employee who wants to know how it goes on."""

    __tablename__ = "ticket_followers"
    __table_args__ = (
        reference("tickets", "ticket_id", ondelete="CASCADE"),
        reference("people", "person_id"),
        UniqueConstraint("tenant_id", "ticket_id", "person_id"),
        Index("ix_ticket_followers_person", "tenant_id", "person_id"),
    )

    ticket_id: Mapped[UUID]
    person_id: Mapped[UUID]

    person: Mapped[Person] = belongs_to("Person", "TicketFollower.person_id")


class TicketTag(Record):
    """A word by which tickets are found together, in small letters."""

    __tablename__ = "ticket_tags"
    __table_args__ = (
        reference("tickets", "ticket_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "ticket_id", "name"),
        Index("ix_ticket_tags_name", "tenant_id", "name", "ticket_id"),
    )

    ticket_id: Mapped[UUID]
    name: Mapped[str]


class TicketLink(Record):
    """That a ticket is a duplicate of another, waits for it, or follows it."""

    __tablename__ = "ticket_links"
    __table_args__ = (
        reference("tickets", "ticket_id", ondelete="CASCADE"),
        reference("tickets", "other_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "ticket_id", "other_id", "kind"),
        CheckConstraint("kind in ('duplicate_of', 'blocked_by', 'follows')", name="kind"),
        CheckConstraint("ticket_id <> other_id", name="another"),
        Index("ix_ticket_links_other", "tenant_id", "other_id"),
    )

    ticket_id: Mapped[UUID]
    other_id: Mapped[UUID]
    kind: Mapped[str]


class ChecklistItem(Record):
    """One thing to do for a ticket; done with a time and a name."""

    __tablename__ = "checklist_items"
    __table_args__ = (
        reference("tickets", "ticket_id", ondelete="CASCADE"),
        reference("people", "done_by_id"),
        Index("ix_checklist_items_ticket", "tenant_id", "ticket_id", "id"),
    )

    ticket_id: Mapped[UUID]
    text: Mapped[str]
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    done_by_id: Mapped[UUID | None] = mapped_column(default=None)


empties("checklist_items", _l("Lines of checklists"), text="—")
harms_nobody("ticket_tags", "name")
harms_nobody("ticket_links", "kind")
