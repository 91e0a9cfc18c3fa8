"""What the search looks into: the words of tickets and messages, and all words there are, for parts of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, now, reference


class SearchEntry(Record):
    """The words of a ticket's subject or of a message, in the tenant's language; its id is that of what it is about."""

    __tablename__ = "search_entries"
    __table_args__ = (
        reference("conversations", "conversation_id", ondelete="CASCADE"),
        CheckConstraint("kind in ('ticket', 'message')", name="kind"),
    )

    kind: Mapped[str]
    conversation_id: Mapped[UUID | None]
    words: Mapped[Any] = mapped_column(TSVECTOR)


class SearchWord(Record):
    """A word that occurs somewhere, as the tenant's language reduces it: searched for parts of words and numbers."""

    __tablename__ = "search_words"
    __table_args__ = (UniqueConstraint("tenant_id", "word"),)

    word: Mapped[str]


class SearchMark(Record):
    """How far messages have been taken in: the time of the last one. One row for each tenant."""

    __tablename__ = "search_marks"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    taken_to: Mapped[datetime] = mapped_column(default=now)


TRIGRAMS = {"word": "gin_trgm_ops"}
Index("ix_search_entries_words", SearchEntry.tenant_id, SearchEntry.words, postgresql_using="gin")
Index("ix_search_words_parts", SearchWord.tenant_id, SearchWord.word, postgresql_using="gin", postgresql_ops=TRIGRAMS)
