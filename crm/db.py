"""The session, the base of every table, and the first wall between tenants: the query filter.

The second wall is row-level security in PostgreSQL; both read the same `g.tenant_id`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from flask import g, has_app_context
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, ForeignKeyConstraint, MetaData, Table, Uuid, event, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    mapped_column,
    registry,
    relationship,
    with_loader_criteria,
)
from sqlalchemy.sql import visitors
from uuid_utils.compat import uuid7 as make_uuid7
from werkzeug.exceptions import NotFound


class NoTenant(RuntimeError):
    """A tenant's table was asked for while no tenant is set: a defect, never a user's fault."""


class ForeignTenant(RuntimeError):
    """A row of another tenant was about to be written: a defect, never a user's fault."""


def uuid7() -> UUID:
    """A new id: time-ordered, made in Python so that it is known before the insert."""
    return make_uuid7()


def now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    __table__: ClassVar[Table]  # every model here is a table, never a join or a view

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_1_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: DateTime(timezone=True), UUID: Uuid(), dict[str, Any]: JSONB, list[str]: JSONB},
    )


class Record(Base):
    """A row that belongs to a tenant. Every query on it is bound to the tenant of the moment."""

    __abstract__ = True

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-3)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7, sort_order=-2)
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now(), sort_order=-1)

    @classmethod
    def find(cls, **by: Any) -> Self:
        """The one row of this tenant with these values. Raises NotFound (404)."""
        found = cls.first(**by)
        if found is None:
            raise NotFound()
        return found

    @classmethod
    def first(cls, **by: Any) -> Self | None:
        return db.session.scalars(select(cls).filter_by(**by).limit(1)).first()

    @classmethod
    def locked(cls, **by: Any) -> Self:
        """Like `find`, under the row's lock and freshly read. Raises NotFound."""
        query = select(cls).filter_by(**by).with_for_update(key_share=True).execution_options(populate_existing=True)
        found = db.session.scalars(query).first()
        if found is None:
            raise NotFound()
        return found

    def save(self) -> Self:
        db.session.add(self)
        return self


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"expire_on_commit": False},
    engine_options={"pool_pre_ping": False, "pool_recycle": 1800, "pool_timeout": 10},
)
migrate = Migrate()


def reference(table: str, column: str, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A foreign key that cannot point into another tenant: (tenant_id, `column`) -> `table`."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete=ondelete)


def belongs_to(target: str, column: str, **options: Any):
    """The many-to-one side of a `reference`, as `belongs_to("Person", "Conversation.customer_id")`.

    It writes only the id: the tenant's column is stamped by the wall.
    """
    owner = column.split(".")[0]
    return relationship(
        target,
        primaryjoin=f"and_({target}.tenant_id == {owner}.tenant_id, {target}.id == foreign({column}))",
        **options,
    )


def tenant_of_the_moment() -> UUID | None:
    return g.get("tenant_id") if has_app_context() else None


@event.listens_for(Session, "do_orm_execute")
def filter_by_tenant(state: ORMExecuteState) -> None:
    """Wall one. `include_aliases` is needed: without it an aliased model is silently not filtered."""
    if state.is_column_load:
        return
    tenant_id = tenant_of_the_moment()
    if tenant_id is None:
        if any(issubclass(mapper.class_, Record) for mapper in mappers_in(state.statement)):
            raise NoTenant(f"No tenant is set for: {state.statement}")
        return
    if state.is_select or state.is_update or state.is_delete:
        state.statement = state.statement.options(
            with_loader_criteria(
                Record, lambda cls: cls.tenant_id == tenant_id, include_aliases=True, propagate_to_loaders=False
            )
        )


def mappers_in(statement: Any) -> Iterator[Any]:
    """Every mapper that a statement names, also inside a count, a union or a subquery (`all_mappers` knows the top alone)."""
    for element in visitors.iterate(statement):
        mapper = getattr(element._annotations.get("parententity"), "mapper", None)
        if mapper is not None:
            yield mapper


@event.listens_for(Session, "before_flush")
def stamp_tenant(session: Session, *_: Any) -> None:
    tenant_id = tenant_of_the_moment()
    for row in [*session.new, *session.dirty, *session.deleted]:
        if not isinstance(row, Record):
            continue
        if tenant_id is None:
            raise NoTenant(f"No tenant is set to write {row}.")
        if row.tenant_id is None:
            row.tenant_id = tenant_id
        elif row.tenant_id != tenant_id:
            raise ForeignTenant(f"{row} belongs to another tenant.")


def act_as(person: Any) -> None:
    """Name who acts, when that is known only within the transaction: the audit's actor from now on."""
    if g.get("actor_id") != person.id:
        g.actor_id = person.id
        db.session.connection().exec_driver_sql(f"SET LOCAL app.actor_id = '{UUID(str(person.id))}'")


@event.listens_for(Session, "after_begin")
def tell_postgres(session: Session, transaction: Any, connection: Any) -> None:
    """Wall two reads these. SET LOCAL ends with the transaction, so a pooled connection cannot leak them.

    It takes no bind parameter, hence the formatting of a UUID and of nothing else.
    """
    tenant_id = tenant_of_the_moment()
    if tenant_id is None:
        return
    actor_id = g.get("actor_id")
    actor = str(UUID(str(actor_id))) if actor_id else ""
    connection.exec_driver_sql(
        f"SET LOCAL app.tenant_id = '{UUID(str(tenant_id))}'; SET LOCAL app.actor_id = '{actor}'"
    )
