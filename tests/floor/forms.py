"""Every form of statement, for the walks of the walls: each takes a model and one row of it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, exists, func, literal, select, text, union, update
from sqlalchemy.orm import aliased

from crm.db import Base, Record, db, uuid7
from crm.models import everything
from crm.tenancy import Tenant

everything()
MODELS = sorted((m.class_ for m in Base.registry.mappers if issubclass(m.class_, Record)), key=lambda one: one.__name__)
APPEND_ONLY = {"erased_rows", "events", "audit"}
Form = Callable[[Any, Any], Any]


def table_of(model: Any) -> Any:
    return model.__table__


def other(model: Any) -> Any:
    return aliased(model)


def joined(model: Any) -> Any:
    again = aliased(model)
    return select(again).join(model, (again.id == model.id) & (again.tenant_id == model.tenant_id))


def from_subquery(model: Any) -> Any:
    return select(aliased(model, select(model).subquery()))


def from_cte(model: Any) -> Any:
    return select(aliased(model, select(model).cte()))


def locking(query: Any) -> Any:
    """Only where there is a right to lock: a lock is the beginning of a change."""
    table = query.get_final_froms()[0].name
    return query if table in APPEND_ONLY else query.with_for_update()


# Each gives the tenants of the rows that it reached.
ORM_READS: dict[str, Form] = {
    "select": lambda m, _: [row.tenant_id for row in db.session.scalars(select(m))],
    "select columns": lambda m, _: db.session.scalars(select(m.tenant_id)).all(),
    "select alias": lambda m, _: [row.tenant_id for row in db.session.scalars(select(other(m)))],
    "join": lambda m, _: [row.tenant_id for row in db.session.scalars(joined(m))],
    "outer join": lambda m, _: db.session.scalars(
        select(m.tenant_id).select_from(Tenant).outerjoin(m, literal(True))
    ).all(),
    "subquery": lambda m, _: [row.tenant_id for row in db.session.scalars(from_subquery(m))],
    "common table expression": lambda m, _: [row.tenant_id for row in db.session.scalars(from_cte(m))],
    "union": lambda m, _: db.session.scalars(union(select(m.tenant_id), select(m.tenant_id))).all(),
    "query": lambda m, _: [row.tenant_id for row in db.session.query(m).all()],
    "for update": lambda m, _: [row.tenant_id for row in db.session.scalars(locking(select(m)))],
    "get": lambda m, row: [row.tenant_id] if db.session.get(m, (row.tenant_id, row.id)) else [],
    "first": lambda m, row: [row.tenant_id] if m.first(id=row.id) else [],
    "id in": lambda m, row: [row.tenant_id for row in db.session.scalars(select(m).where(m.id.in_([row.id])))],
    "exists": lambda m, row: [row.tenant_id] if db.session.scalar(select(exists().where(m.id == row.id))) else [],
    "exists of select": lambda m, row: (
        [row.tenant_id] if db.session.scalar(select(select(m.id).where(m.id == row.id).exists())) else []
    ),
    "scalar subquery": lambda m, row: (
        [row.tenant_id] if db.session.scalar(select(select(m.id).where(m.id == row.id).scalar_subquery())) else []
    ),
    "count": lambda m, row: (
        [row.tenant_id] * (db.session.scalar(select(func.count()).select_from(m).where(m.id == row.id)) or 0)
    ),
    "count of columns": lambda m, row: (
        [row.tenant_id] * (db.session.scalar(select(func.count(m.id)).where(m.id == row.id)) or 0)
    ),
}
CORE_READS: dict[str, Form] = {
    "table": lambda m, _: db.session.scalars(select(table_of(m).c.tenant_id)).all(),
    "raw": lambda m, _: db.session.scalars(text(f"SELECT tenant_id FROM {table_of(m).name}")).all(),
    "raw by id": lambda m, row: db.session.scalars(
        text(f"SELECT tenant_id FROM {table_of(m).name} WHERE id = :id"), {"id": row.id}
    ).all(),
    "table of tenants": lambda m, row: db.session.scalars(
        select(table_of(m).c.tenant_id).join(Tenant, Tenant.id == table_of(m).c.tenant_id)
    ).all(),
}
# Each changes or deletes what it can reach of a foreign row, and gives how many that were.
WRITES: dict[str, Form] = {
    "update": lambda m, row: db.session.execute(update(m).where(m.id == row.id).values(created_at=func.now())).rowcount,
    "delete": lambda m, row: db.session.execute(delete(m).where(m.id == row.id)).rowcount,
    "update all": lambda m, row: reached(update(table_of(m)).values(created_at=func.now()), m, row),
    "update a table": lambda m, row: reached(
        update(table_of(m)).where(table_of(m).c.id == row.id).values(id=uuid7()), m, row
    ),
    "delete from a table": lambda m, row: reached(delete(table_of(m)).where(table_of(m).c.id == row.id), m, row),
    "raw update": lambda m, row: (
        db.session.execute(
            text(f"UPDATE {table_of(m).name} SET created_at = now() WHERE id = :id"), {"id": row.id}
        ).rowcount
    ),
    "raw delete": lambda m, row: (
        db.session.execute(text(f"DELETE FROM {table_of(m).name} WHERE id = :id"), {"id": row.id}).rowcount
    ),
}


def reached(statement: Any, model: Any, row: Any) -> int:
    returned = db.session.execute(statement.returning(table_of(model).c.tenant_id)).scalars().all()
    return sum(tenant_id == row.tenant_id for tenant_id in returned)
