"""The session, the base of every table, and the first wall between tenants: the query filter.

The second wall is row-level security in PostgreSQL; both read the same `g.tenant_id`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, Self
from uuid import UUID

from flask import g, has_app_context, has_request_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Connection,
    DateTime,
    Engine,
    ForeignKeyConstraint,
    MetaData,
    Select,
    Table,
    Uuid,
    bindparam,
    event,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    mapped_column,
    registry,
    relationship,
    with_loader_criteria,
)
from sqlalchemy.sql import visitors
from uuid_utils.compat import uuid7 as make_uuid7
from werkzeug.exceptions import NotFound

PAGE_SECONDS = 60  # for one statement of a request


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
        return db.session.scalars(query_by(cls, shape_of(by)), by).first()

    @classmethod
    def locked(cls, **by: Any) -> Self:
        """Like `find`, under the row's lock and freshly read. Raises NotFound."""
        found = db.session.scalars(query_by(cls, shape_of(by), locked=True), by).first()
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
    engine_options={
        "pool_pre_ping": False,
        "pool_recycle": 1800,
        "pool_timeout": 10,
        "pool_use_lifo": True,  # the connection used last has the most statements prepared; the others may rest
        "connect_args": {"autocommit": True},  # `begin` sends BEGIN itself, together with who begins
        "execution_options": {"sends_begin": True},
    },
)


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


def looks_up(target: str, column: str) -> Any:
    """The same, to read alone, where the target is a row of the same table: `looks_up("Person", "Customer.owner_id")`."""
    owner = column.split(".")[0]
    there = f"remote({target}.tenant_id) == {owner}.tenant_id, remote({target}.id) == foreign({column})"
    return relationship(target, primaryjoin=f"and_({there})", viewonly=True)


def tenant_of_the_moment() -> UUID | None:
    return g.get("tenant_id") if has_app_context() else None


# The tenant is read when a statement is sent, so one option serves all: making it for each statement costs 0.03 ms.
# `include_aliases` is needed: without it an aliased model is silently not filtered.
TENANT = bindparam("tenant_of_the_moment", callable_=tenant_of_the_moment, type_=Uuid())
WALL = with_loader_criteria(
    Record,
    lambda cls: cls.tenant_id == TENANT,
    include_aliases=True,
    propagate_to_loaders=False,
    track_closure_variables=False,
)


def prepared(statement: Any) -> Any:
    """A statement made once, with `bindparam`s and the wall: SQLAlchemy finds its compiled form at once (0.2 ms less)."""
    return statement.options(WALL).execution_options(walled=True)


@cache
def query_by(model: type[Record], shape: tuple[tuple[str, bool], ...], locked: bool = False) -> Select[Any]:
    """The first row of `model` with given values; `shape` is what `shape_of` says of them."""
    query = select(model).filter_by(**{name: None if is_none else bindparam(name) for name, is_none in shape})
    if locked:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return prepared(query.limit(1))


def shape_of(by: dict[str, Any]) -> tuple[tuple[str, bool], ...]:
    """The names, and which of them are None: to look for NULL is another statement."""
    return tuple((name, value is None) for name, value in by.items())


@event.listens_for(Session, "do_orm_execute")
def filter_by_tenant(state: ORMExecuteState) -> None:
    """Wall one."""
    if not state.is_select:
        state.session.info["wrote"] = True
    if state.is_column_load:
        return
    if tenant_of_the_moment() is None:
        if any(issubclass(mapper.class_, Record) for mapper in mappers_in(state.statement)):
            raise NoTenant(f"No tenant is set for: {state.statement}")
    elif not state.execution_options.get("walled") and (state.is_select or state.is_update or state.is_delete):
        state.statement = state.statement.options(WALL)


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


@event.listens_for(Session, "after_flush")
def note_writing(session: Session, _: Any) -> None:
    session.info["wrote"] = True


@event.listens_for(Session, "after_transaction_end")
def forget_writing(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("wrote", None)


def end_reading() -> None:
    """End the transaction; what was written and not committed is undone.

    What was only read ends with COMMIT: at each ROLLBACK psycopg forgets all statements that the connection has prepared,
    and to plan those of a page anew costs more than to run them.
    """
    session = db.session()
    changed = session.info.get("wrote") or session.new or session.dirty or session.deleted
    try:
        (session.rollback if changed or not session.is_active else session.commit)()
    except SQLAlchemyError:  # the connection broke; there was nothing to lose, and the pool throws it away
        session.rollback()


def let_go(_: BaseException | None = None) -> None:
    """The same, and give the connection back, whatever happens."""
    try:
        end_reading()
    finally:
        db.session.remove()


def act_as(person: Any) -> None:
    """Name who acts, when that is known only within the transaction: the audit's actor from now on."""
    if g.get("actor_id") != person.id:
        g.actor_id = person.id
        db.session.connection().exec_driver_sql(f"SET LOCAL app.actor_id = '{UUID(str(person.id))}'")


@event.listens_for(Engine, "do_execute")
def plan_anew(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
    """With the option `planned_anew` a statement is planned for its values each time, never once for all values."""
    if context is None or not context.execution_options.get("planned_anew"):
        return False
    cursor.execute(statement, parameters, prepare=False)
    return True


@event.listens_for(Engine, "begin")
def begin(connection: Connection) -> None:
    """Begin the transaction and tell PostgreSQL who is at work, in one round trip."""
    if connection.get_execution_options().get("sends_begin"):
        connection.info["told"] = who_is_at_work()
        connection.exec_driver_sql("BEGIN" + connection.info["told"])


@event.listens_for(Session, "after_begin")
def tell_postgres(session: Session, transaction: Any, connection: Connection) -> None:
    """The same for a session that joins a transaction which has begun already."""
    if connection.info.pop("told", None) != (who := who_is_at_work()) and who:
        connection.exec_driver_sql(who.removeprefix("; "))


def who_is_at_work() -> str:
    """Wall two reads these. SET LOCAL ends with the transaction, so a pooled connection cannot leak them. It takes no bind
    parameter, hence the formatting of a UUID and of nothing else. Nobody's page keeps PostgreSQL busy for long.
    """
    tenant_id = tenant_of_the_moment()
    if tenant_id is None:
        return ""
    actor = str(UUID(str(g.actor_id))) if g.get("actor_id") else ""
    limit = f"; SET LOCAL statement_timeout = '{PAGE_SECONDS}s'" if has_request_context() else ""
    return f"; SET LOCAL app.tenant_id = '{UUID(str(tenant_id))}'; SET LOCAL app.actor_id = '{actor}'{limit}"
