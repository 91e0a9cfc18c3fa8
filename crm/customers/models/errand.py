"""Long work about one person that somebody asked for: the worker does it, once, however often a worker is killed meanwhile."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, db, now
from ...events import record

PATIENCE = timedelta(seconds=60)  # after which a worker that says nothing is taken for dead
TRIES = 4


class Errand(Record):
    """`state` is "asked" until it is done, or "failed": `problem` says why, in the language of whoever asked, and is empty for
    what broke on our side. `due` is when it is handed to a worker once more."""

    __abstract__ = True
    asked: ClassVar[str]  # what is recorded, so that the worker begins
    gave_up: ClassVar[str]  # and when it has failed

    state: Mapped[str] = mapped_column(default="asked")
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    problem: Mapped[str] = mapped_column(default="", server_default="")
    due: Mapped[datetime] = mapped_column(default=lambda: now() + PATIENCE, server_default=func.now())

    @property
    def asker_id(self) -> UUID | None:
        raise NotImplementedError

    def begin(self) -> Self:
        """Hand a new one over to the worker."""
        self.save()
        record(self.asked, self)
        return self

    def again(self) -> None:
        """Try once more what failed; a second time it does nothing."""
        if self.state == "failed":
            self.state, self.tries, self.problem, self.due = "asked", 0, "", now() + PATIENCE
            record(self.asked, self)

    def attempt(self) -> bool:
        """Count one more try; False for one too many, with which it has failed."""
        self.tries, self.due = self.tries + 1, now() + PATIENCE
        if self.tries > TRIES:
            self.fail()
        return self.state == "asked"

    def fail(self, problem: str = "") -> None:
        self.state, self.problem = "failed", problem
        record(self.gave_up, self)

    @classmethod
    def to_do(cls, id: UUID) -> Self | None:
        """Under its lock; None for one that is done, failed or gone."""
        query = select(cls).where(cls.id == id, cls.state == "asked").with_for_update(key_share=True)
        return db.session.scalars(query.execution_options(populate_existing=True)).first()

    @classmethod
    def lost(cls) -> list[Any]:
        """Those that no worker speaks of, and none has under its lock."""
        query = select(cls).where(cls.state == "asked", cls.due < now()).limit(100)
        return list(db.session.scalars(query.with_for_update(key_share=True, skip_locked=True)).all())
