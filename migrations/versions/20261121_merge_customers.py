"""Remember which customers became a part of another, and how each row was before, so that it can be undone.

Safe because: both tables are new, the column may be empty, and the wider check holds for all that is there; people are looked
through once without being locked. The release before finds nobody who was merged.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "merge_customers"
down_revision = "order_open_tickets"

KINDS = "kind in ('employee', 'customer', 'merged', 'erased')"


def upgrade() -> None:
    op.add_column("people", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.execute(
        "ALTER TABLE people ADD CONSTRAINT fk_people_merged_into_id FOREIGN KEY (tenant_id, merged_into_id) "
        "REFERENCES people (tenant_id, id) NOT VALID; ALTER TABLE people VALIDATE CONSTRAINT fk_people_merged_into_id"
    )
    where = sa.text("merged_into_id IS NOT NULL")
    op.create_index("ix_people_merged", "people", ["tenant_id", "merged_into_id"], postgresql_where=where)
    check(KINDS)
    make_merges()
    make_rows()
    op.execute(walls.wall("customer_merges"))
    op.execute(walls.wall("merged_rows"))
    op.execute(walls.audited("customer_merges", ["kept_id", "gone_id", "by_id", "undone_at"]))


def check(condition: str) -> None:
    op.execute("ALTER TABLE people DROP CONSTRAINT ck_people_kind")
    op.execute(f"ALTER TABLE people ADD CONSTRAINT ck_people_kind CHECK ({condition}) NOT VALID")
    op.execute("ALTER TABLE people VALIDATE CONSTRAINT ck_people_kind")


def own() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    ]


def person(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint(["tenant_id", column], ["people.tenant_id", "people.id"], name=name)


def make_merges() -> None:
    op.create_table(
        "customer_merges",
        *own(),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        *(person("customer_merges", column) for column in ("kept_id", "gone_id", "by_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_customer_merges")),
    )
    op.create_index("ix_customer_merges_kept", "customer_merges", ["tenant_id", "kept_id"])
    op.create_index("ix_customer_merges_gone", "customer_merges", ["tenant_id", "gone_id"])


def make_rows() -> None:
    op.create_table(
        "merged_rows",
        *own(),
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("column", sa.String(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("what in ('moved', 'removed', 'added', 'changed')", name=op.f("ck_merged_rows_what")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "merge_id"],
            ["customer_merges.tenant_id", "customer_merges.id"],
            name=op.f("fk_merged_rows_merge_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_merged_rows")),
    )
    op.create_index("ix_merged_rows_merge", "merged_rows", ["tenant_id", "merge_id", "what", "table_name"])


def downgrade() -> None:
    op.drop_table("merged_rows")
    op.drop_table("customer_merges")
    op.drop_index("ix_people_merged", table_name="people")
    op.drop_column("people", "merged_into_id")
    check("kind in ('employee', 'customer')")
