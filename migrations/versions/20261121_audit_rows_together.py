"""Audit all new people and companies of a statement at once, because thousands of them come from a file.

Safe because: the same rows come into the audit in the same transaction, by a function of the owner's that nobody may execute;
changes and deletions are audited row by row as before. Older code does not notice.
"""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "audit_rows_together"
down_revision = "relate_people"

TABLES = ("people", "companies")


def upgrade() -> None:
    op.execute(walls.WRITE_AUDIT_ROWS)
    op.execute("REVOKE EXECUTE ON FUNCTION write_audit_rows() FROM PUBLIC")
    again(lambda table, columns: [walls.audited(table, columns, inserts=False), walls.audited_together(table, columns)])


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER audit_{table}_rows ON {table}")
    op.execute("DROP FUNCTION write_audit_rows()")
    again(lambda table, columns: [walls.audited(table, columns)])


def again(statements: Callable[[str, list[str]], list[str]]) -> None:
    """With the columns that are audited now."""
    for table in TABLES:
        query = sa.text("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = :name")
        found = re.search(
            rf"write_audit\('{table}', '([^']*)'\)", op.get_bind().scalar(query, {"name": f"audit_{table}"})
        )
        op.execute(f"DROP TRIGGER audit_{table} ON {table}")
        for statement in statements(table, found[1].split(",")):
            op.execute(statement)
