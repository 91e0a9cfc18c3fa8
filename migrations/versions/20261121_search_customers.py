"""Search customers by a part of their name, e-mail or phone: a stored column and a trigram index on it.

Safe because: there is no release before this one. The column is written by the server alone, so older code never sees it.
The index serves under the policy only where `texticlike` is marked leakproof, which setting up the database does.
"""

import sqlalchemy as sa
from alembic import op

revision = "search_customers"
down_revision = "first_tables"

SEARCHED = "name || ' ' || coalesce(email, '') || ' ' || coalesce(claimed_email, '') || ' ' || coalesce(phone, '')"


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    op.add_column("people", sa.Column("search", sa.String(), sa.Computed(SEARCHED, persisted=True), nullable=True))
    op.create_index(
        "ix_people_search",
        "people",
        ["tenant_id", "search"],
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )


def downgrade() -> None:
    op.drop_index("ix_people_search", table_name="people")
    op.drop_column("people", "search")
