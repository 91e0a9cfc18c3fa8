"""Who changed which column of which row from what to what. A trigger writes it; the app can only read."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from .db import Record


class Audit(Record):
    """One changed row: `changes` is {column: [before, after]}; an insert or deletion has one side null."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_row", "tenant_id", "table_name", "row_id", "id"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    table_name: Mapped[str]
    row_id: Mapped[UUID]
    operation: Mapped[str]
    actor_id: Mapped[UUID | None]
    changes: Mapped[dict[str, Any]]
