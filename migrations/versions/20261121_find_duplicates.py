"""Keep the pairs of customers who may be one person, what was decided of each, and the looks at all customers.

Safe because: both tables are new; the release before knows nothing of them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "find_duplicates"
down_revision = "import_from_files"


def upgrade() -> None:
    make_pairs()
    make_searches()
    op.execute(walls.wall("duplicate_pairs"))
    op.execute(walls.wall("duplicate_searches"))
    op.execute(walls.audited("duplicate_pairs", ["state", "decided_by_id"], inserts=False))


def own() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    ]


def person(table: str, column: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name, there = op.f(f"fk_{table}_{column}"), ["people.tenant_id", "people.id"]
    return sa.ForeignKeyConstraint(["tenant_id", column], there, name=name, ondelete=ondelete)


def make_pairs() -> None:
    op.create_table(
        "duplicate_pairs",
        *own(),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("why", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(), server_default="found", nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("state in ('found', 'different', 'later')", name=op.f("ck_duplicate_pairs_state")),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_duplicate_pairs_elder")),
        person("duplicate_pairs", "one_id", "CASCADE"),
        person("duplicate_pairs", "other_id", "CASCADE"),
        person("duplicate_pairs", "decided_by_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_duplicate_pairs")),
        sa.UniqueConstraint(
            "tenant_id", "one_id", "other_id", name=op.f("uq_duplicate_pairs_tenant_id_one_id_other_id")
        ),
    )
    op.create_index("ix_duplicate_pairs_other", "duplicate_pairs", ["tenant_id", "other_id"])
    op.create_index("ix_duplicate_pairs_state", "duplicate_pairs", ["tenant_id", "state", "points", "id"])


def make_searches() -> None:
    op.create_table(
        "duplicate_searches",
        *own(),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        person("duplicate_searches", "asked_by_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_duplicate_searches")),
    )
    op.create_index("ix_duplicate_searches_open", "duplicate_searches", ["tenant_id", "finished_at", "id"])


def downgrade() -> None:
    op.drop_table("duplicate_searches")
    op.drop_table("duplicate_pairs")
