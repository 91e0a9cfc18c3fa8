"""What the search looks into: the words of tickets and messages, and all words there are, for parts of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, now, reference
from ...personal import goes
from ...references import index_where_known

SHELF = 4_096


class SearchEntry(Record):
    """The words of a ticket's subject or of a message, in the tenant's language; its id is that of what it is about.

    Entries stand on shelves of about 4,096 in the order in which they were taken in: a search that finds enough on the
    newest ones reads no further. GIN knows no order, so this is how it comes to "the newest that fit".
    """

    __tablename__ = "search_entries"
    __table_args__ = (
        reference("conversations", "conversation_id", ondelete="CASCADE"),
        CheckConstraint("kind in ('ticket', 'message')", name="kind"),
        index_where_known("search_entries", "conversation", "conversation_id"),
    )

    kind: Mapped[str]
    conversation_id: Mapped[UUID | None]
    words: Mapped[Any] = mapped_column(TSVECTOR)
    shelf: Mapped[int] = mapped_column(default=0, server_default="0")


class SearchWord(Record):
    """A word that occurs somewhere, as the tenant's language reduces it: searched for parts of words and numbers."""

    __tablename__ = "search_words"
    __table_args__ = (UniqueConstraint("tenant_id", "word"),)

    word: Mapped[str]


class SearchMark(Record):
    """How far messages have been taken in, and how many. One row for each tenant.

    All that was said until `taken_to` is taken in; `reached` is the last message of a look that was too long for once.
    """

    __tablename__ = "search_marks"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    taken_to: Mapped[datetime] = mapped_column(default=now)
    reached: Mapped[UUID | None] = mapped_column(default=None)
    taken: Mapped[int] = mapped_column(default=0, server_default="0")
    # The language of the entries; while they are written anew in it since a moment, how many are and up to which.
    language: Mapped[str | None] = mapped_column(default=None)
    anew_since: Mapped[datetime | None] = mapped_column(default=None)
    anew_to: Mapped[UUID | None] = mapped_column(default=None)
    anew: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def shelf(self) -> int:
        """The newest."""
        return self.taken // SHELF


# Without `fastupdate` the worker that writes does all the work; with it, every search reads a list of what is not sorted in.
GIN: dict[str, Any] = {"postgresql_using": "gin", "postgresql_with": {"fastupdate": "off"}}
TRIGRAMS = {"word": "gin_trgm_ops"}
Index("ix_search_entries_words", SearchEntry.tenant_id, SearchEntry.shelf, SearchEntry.words, **GIN)
Index("ix_search_words_parts", SearchWord.tenant_id, SearchWord.word, postgresql_ops=TRIGRAMS, **GIN)
goes("search_entries")
