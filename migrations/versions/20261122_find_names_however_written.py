"""Find customers and companies by their names in any capitals and however they are spaced, as files write them.

Safe because: the columns are written by the server alone, so the release before never sees them. Both tables are written anew
under a lock: a million people take about half a minute, in which requests for them wait.
"""

import sqlalchemy as sa
from alembic import op

revision = "find_names_however_written"
down_revision = "find_entries_at_once"

PLAIN = r"lower(btrim(regexp_replace(name, '[\s\u00a0]+', ' ', 'g')))"
CUSTOMERS = sa.text("kind = 'customer'")


def upgrade() -> None:
    for table in ("people", "companies"):
        op.add_column(table, sa.Column("plain_name", sa.String(), sa.Computed(PLAIN, persisted=True), nullable=True))
    op.create_index("ix_people_plain", "people", ["tenant_id", "plain_name"], postgresql_where=CUSTOMERS)
    op.create_index("ix_companies_plain", "companies", ["tenant_id", "plain_name"])


def downgrade() -> None:
    for table in ("companies", "people"):
        op.drop_index(f"ix_{table}_plain", table_name=table)
        op.drop_column(table, "plain_name")
