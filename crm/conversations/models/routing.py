"""To whom waiting conversations go by themselves: how a department wants it, and what each employee can."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Department
from ...db import Record, belongs_to, db, now, reference, uuid7
from ...personal import only_staff

WAYS = ("manual", "round_robin", "least_busy")
CAPACITY = 5  # of who has said nothing else
# What one open conversation takes of somebody's capacity; a mail does not wait at the other end.
WEIGHTS = {"chat": 1.0, "email": 0.5, "phone": 2.0}


class Routing(Record):
    """A department's rule. `way` manual: people take what waits. `skills` is {skill: words that ask for it}.

    What waits longer than `overflow_minutes` of open time goes to `overflow_to`, once.
    """

    __tablename__ = "routings"
    __table_args__ = (
        reference("departments", "department_id", ondelete="CASCADE"),
        reference("departments", "overflow_to_id"),
        UniqueConstraint("tenant_id", "department_id"),
        CheckConstraint("way in ('manual', 'round_robin', 'least_busy')", name="way"),
    )

    department_id: Mapped[UUID]
    way: Mapped[str] = mapped_column(default="manual")
    previous_first: Mapped[bool] = mapped_column(default=False)
    by_language: Mapped[bool] = mapped_column(default=False)
    skills: Mapped[dict[str, Any]] = mapped_column(default=dict)
    overflow_minutes: Mapped[int | None]
    overflow_to_id: Mapped[UUID | None]
    # After how many minutes of open time the people of the department's ladder are told.
    ladder_minutes: Mapped[int | None]

    overflow_to: Mapped[Department | None] = belongs_to("Department", "Routing.overflow_to_id")

    @classmethod
    def of(cls, department_id: UUID) -> "Routing":
        """The department's; a new one, which changes nothing, when it has none."""
        return cls.first(department_id=department_id) or cls(department_id=department_id, way="manual", skills={})

    def write(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        self.save()

    @classmethod
    def all_locked(cls) -> list["Routing"]:
        """Of the whole workspace: whoever gives out work or passes it on does so alone, until the commit."""
        query = select(cls).order_by(cls.id).with_for_update().execution_options(populate_existing=True)
        return list(db.session.scalars(query).all())


class Ability(Record):
    """What an employee can and takes at once; `given_at` is when they were last given something by itself."""

    __tablename__ = "abilities"
    __table_args__ = (reference("people", "person_id", ondelete="CASCADE"), UniqueConstraint("tenant_id", "person_id"))

    person_id: Mapped[UUID]
    capacity: Mapped[int] = mapped_column(default=CAPACITY)
    languages: Mapped[list[str]] = mapped_column(default=list)
    skills: Mapped[list[str]] = mapped_column(default=list)
    given_at: Mapped[datetime | None]

    @classmethod
    def of(cls, ids: list[UUID]) -> dict[UUID, "Ability"]:
        """{person id: theirs}, new ones for those who have said nothing."""
        found = {one.person_id: one for one in db.session.scalars(select(cls).where(cls.person_id.in_(ids))).all()}
        return {id: found.get(id) or cls(person_id=id, capacity=CAPACITY, languages=[], skills=[]) for id in ids}

    @classmethod
    def write(cls, person_id: UUID, tenant_id: UUID, **values: Any) -> None:
        row = {"tenant_id": tenant_id, "id": uuid7(), "person_id": person_id, **values}
        query = insert(cls.__table__).values(row)
        query = query.on_conflict_do_update(index_elements=["tenant_id", "person_id"], set_=values)
        db.session.execute(query)

    @classmethod
    def note_given(cls, person_id: UUID, tenant_id: UUID) -> None:
        cls.write(person_id, tenant_id, given_at=now())


only_staff("abilities.person_id")
