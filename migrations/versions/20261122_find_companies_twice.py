"""Keep the pairs of companies that may be one, and find a company by its number while one is entered.

Safe because: the table is new, the columns have defaults that need no rewrite, and there are far fewer companies than people.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "find_companies_twice"
down_revision = "keep_taxes_of_refunds"

PAIRS = "company_pairs"
KNOWN = {"postgresql_where": sa.text("phone IS NOT NULL")}


def upgrade() -> None:
    make_pairs()
    op.create_index(f"ix_{PAIRS}_other", PAIRS, ["tenant_id", "other_id"])
    op.create_index(f"ix_{PAIRS}_state", PAIRS, ["tenant_id", "state", "points", "id"])
    op.execute(walls.wall(PAIRS))
    op.execute(walls.audited(PAIRS, ["state", "decided_by_id"], inserts=False))
    for name in ("companies", PAIRS):
        op.add_column("duplicate_searches", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_companies_phone", "companies", ["tenant_id", "phone"], **KNOWN)


def make_pairs() -> None:
    op.create_table(
        PAIRS,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("why", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(), server_default="found", nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("state in ('found', 'different', 'later')", name=op.f(f"ck_{PAIRS}_state")),
        sa.CheckConstraint("one_id < other_id", name=op.f(f"ck_{PAIRS}_elder")),
        key("one_id", "companies", "CASCADE"),
        key("other_id", "companies", "CASCADE"),
        key("decided_by_id", "people"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{PAIRS}")),
        sa.UniqueConstraint("tenant_id", "one_id", "other_id", name=op.f(f"uq_{PAIRS}_tenant_id_one_id_other_id")),
    )


def key(column: str, table: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    there = [f"{table}.tenant_id", f"{table}.id"]
    return sa.ForeignKeyConstraint(["tenant_id", column], there, name=op.f(f"fk_{PAIRS}_{column}"), ondelete=ondelete)


def downgrade() -> None:
    op.drop_index("ix_companies_phone", table_name="companies")
    for name in (PAIRS, "companies"):
        op.drop_column("duplicate_searches", name)
    op.drop_table(PAIRS)
