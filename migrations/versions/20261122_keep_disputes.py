"""Keep payments that customers dispute with their bank, and what of a purchase's money is away because of it.

Safe because: the table is new, the columns have defaults that need no rewrite, and the release before writes neither.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "keep_disputes"
down_revision = "credit_what_is_owed"

SUMS = (
    "number kind state customer_id company_id refund_of_id currency base_currency rate tax_included discount tax total "
    "base_total paid surplus refunded credited {}memo external_id happened_at custom"
)
COLUMNS = "transaction_id payment_id external_id status reason amount currency gone of_surplus due_at ended_at"


def upgrade() -> None:
    for name in ("disputed", "base_disputed"):
        op.add_column("transactions", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_transactions_disputed"), "transactions", "disputed >= 0")
    audit(SUMS.format("disputed "))
    make_table()
    op.execute(walls.wall("disputes"))
    op.execute(walls.audited("disputes", COLUMNS.split()))


def make_table() -> None:
    op.create_table(
        "disputes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), server_default="", nullable=False) for name in ("status", "reason")),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in ("gone", "of_surplus")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("due_at", "ended_at")),
        sa.CheckConstraint(
            "amount >= 0 and gone >= 0 and of_surplus between 0 and gone", name=op.f("ck_disputes_amounts")
        ),
        key("transactions", "transaction_id", ondelete="CASCADE"),
        key("payments", "payment_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("tenant_id", "external_id", name=op.f("uq_disputes_tenant_id_external_id")),
    )
    op.create_index("ix_disputes_transaction", "disputes", ["tenant_id", "transaction_id", "id"])
    op.create_index("ix_disputes_payment", "disputes", ["tenant_id", "payment_id"])


def key(table: str, column: str, **more: str) -> sa.ForeignKeyConstraint:
    there = [f"{table}.tenant_id", f"{table}.id"]
    return sa.ForeignKeyConstraint(["tenant_id", column], there, name=op.f(f"fk_disputes_{column}"), **more)


def audit(columns: str) -> None:
    op.execute("DROP TRIGGER audit_transactions ON transactions")
    op.execute(walls.audited("transactions", columns.split()))


def downgrade() -> None:
    op.drop_table("disputes")
    audit(SUMS.format(""))
    op.drop_constraint(op.f("ck_transactions_disputed"), "transactions")
    op.drop_column("transactions", "base_disputed")
    op.drop_column("transactions", "disputed")
