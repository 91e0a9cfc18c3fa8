"""Migrations run as the owner of the schema (OWNER_DATABASE_URL), never as the application's role."""

import os

from alembic import context
from sqlalchemy import create_engine, pool

from crm.db import Base
from crm.models import everything

everything()
PARTITION_PREFIXES = ("events_", "audit_")


def include_object(item, name, kind, reflected, compare_to):
    """Month partitions come and go by themselves; the models know only their parents."""
    return not (kind == "table" and reflected and compare_to is None and name.startswith(PARTITION_PREFIXES))


def include_name(name, kind, parents):
    table = parents.get("table_name") or name or ""
    return not table.startswith(PARTITION_PREFIXES)


url = context.config.attributes.get("url") or os.environ["OWNER_DATABASE_URL"]
engine = create_engine("postgresql+psycopg://" + url.split("://", 1)[1], poolclass=pool.NullPool)

with engine.connect() as connection:
    connection.exec_driver_sql("SET lock_timeout = '10s'")
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        include_name=include_name,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
