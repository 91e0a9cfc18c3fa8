"""Fields that a workspace defines for a kind of record, and the values by which lists filter and sort."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, db, now, reference
from ...events import record
from ...forms import only_one
from ...web import Refused

MOST = 100


class Busy(Refused):
    description = _l("This field is being prepared right now. Try again when it is ready.")


class CustomField(Record):
    """A field of every record of a `kind`. `key` names it for programs and never changes.

    `state` is "ready", or, while its values are written or changed by the worker, "building" or "converting" (from the
    type `was`); `reached` is the last record that was seen to and `done` how many. `barrier`: see reworking.py.
    """

    __tablename__ = "custom_fields"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "key"),
        CheckConstraint("state in ('ready', 'building', 'converting')", name="state"),
    )

    kind: Mapped[str]
    key: Mapped[str]
    name: Mapped[str]
    type: Mapped[str]
    options: Mapped[list[str]] = mapped_column(default=list)
    currency: Mapped[str | None]
    required: Mapped[bool] = mapped_column(default=False)
    preset: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    help: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    # The lowest role that may see it, and that may change it.
    seen_from: Mapped[str] = mapped_column(default="agent")
    edited_from: Mapped[str] = mapped_column(default="agent")
    filterable: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="ready")
    was: Mapped[str | None]
    reached: Mapped[UUID | None]
    done: Mapped[int] = mapped_column(default=0)
    barrier: Mapped[int | None] = mapped_column(BigInteger)
    retired_at: Mapped[datetime | None]

    @classmethod
    def of(cls, kind: str) -> list["CustomField"]:
        """All of a kind in their order, retired ones too."""
        query = select(cls).where(cls.kind == kind).order_by(cls.position, cls.id)
        return list(db.session.scalars(query).all())

    @classmethod
    def add(cls, kind: str, key: str, **facts: Any) -> "CustomField":
        """Raises Invalid for a key that is taken, and Refused for more than 100."""
        count, last = db.session.execute(
            select(func.count(), func.max(cls.position)).where(cls.kind == kind)
        ).one()  # fmt: skip
        if count >= MOST:
            raise Refused(_("There are %(max)d fields already. Bring a retired one back instead.", max=MOST))
        field = cls(kind=kind, key=key, position=(last or 0) + 1, **facts)
        with only_one("key", _("Another field has this key, perhaps a retired one.")):
            field.save()
        record("custom_field.added", field, kind=kind)
        return field

    def change(self, **facts: Any) -> None:
        for name, value in facts.items():
            setattr(self, name, value)
        record("custom_field.changed", self)

    def move_to(self, place: int) -> None:
        """Stand at `place` (0 is first) among those of its kind that are not retired."""
        others = [field for field in CustomField.of(self.kind) if field.retired_at is None and field.id != self.id]
        others.insert(place, self)
        for position, field in enumerate(others, 1):
            field.position = position
        record("custom_field.moved", self)

    def retire(self) -> None:
        """It is neither shown nor asked for any more; what records hold stays."""
        if self.retired_at is None:
            self.retired_at = now()
            record("custom_field.retired", self)

    def restore(self) -> None:
        if self.retired_at is not None:
            self.retired_at = None
            record("custom_field.restored", self)

    def rework(self, state: str, was: str | None = None) -> None:
        """Let the worker go through all records. Raises Busy while it still does."""
        if self.state != "ready":
            raise Busy()
        self.state, self.was, self.reached, self.done, self.barrier = state, was, None, 0, None
        record("custom_field.reworked", self)


class CustomValue(Record):
    """One value of a filterable field, in the column of its type; written with the record, never read to show it.

    Texts are folded (see types), a field of several choices has a row for each. `record_id` has no foreign key
    because it is of any kind: whoever deletes a record calls `forget_custom`.
    """

    __tablename__ = "custom_values"
    __table_args__ = (
        reference("custom_fields", "field_id", ondelete="CASCADE"),
        CheckConstraint("num_nonnulls(text, number, moment) = 1", name="one"),
        Index("ix_custom_values_record", "tenant_id", "record_id", "field_id"),
    )

    field_id: Mapped[UUID]
    record_id: Mapped[UUID]
    text: Mapped[str | None]
    number: Mapped[int | None] = mapped_column(BigInteger)
    moment: Mapped[datetime | None]


for name in ("text", "number", "moment"):
    column = getattr(CustomValue, name)
    here = CustomValue.tenant_id, CustomValue.field_id
    Index(f"ix_custom_values_{name}", *here, column, CustomValue.record_id, postgresql_where=column.is_not(None))
