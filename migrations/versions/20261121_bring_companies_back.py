"""Remember which companies were deleted or became a part of another, and how each row was before, so that they can come back.

Safe because: both tables are new, and the release before knows nothing of them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "bring_companies_back"
down_revision = "import_lines"


def upgrade() -> None:
    make_companies()
    make_rows()
    op.execute(walls.wall("gone_companies"))
    op.execute(walls.wall("gone_rows"))
    op.execute(walls.audited("gone_companies", ["gone_id", "kept_id", "name", "by_id", "undone_at"]))


def own(table: str) -> list[sa.Column | sa.PrimaryKeyConstraint]:
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    ]


def make_companies() -> None:
    op.create_table(
        "gone_companies",
        *own("gone_companies"),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "by_id"], ["people.tenant_id", "people.id"], name=op.f("fk_gone_companies_by_id")
        ),
    )
    op.create_index("ix_gone_companies_gone", "gone_companies", ["tenant_id", "gone_id"])
    op.create_index("ix_gone_companies_kept", "gone_companies", ["tenant_id", "kept_id"])


def make_rows() -> None:
    op.create_table(
        "gone_rows",
        *own("gone_rows"),
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("column", sa.String(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("what in ('moved', 'removed', 'added', 'changed')", name=op.f("ck_gone_rows_what")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "merge_id"],
            ["gone_companies.tenant_id", "gone_companies.id"],
            name=op.f("fk_gone_rows_merge_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_gone_rows_merge", "gone_rows", ["tenant_id", "merge_id", "what", "table_name"])


def downgrade() -> None:
    op.drop_table("gone_rows")
    op.drop_table("gone_companies")
