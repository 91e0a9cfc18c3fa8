"""Keep how much of a purchase came back before it was paid, and of each refund how much was such.

Safe because: the columns have defaults that need no rewrite, and the release before leaves them at none, as it makes none.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "credit_what_is_owed"
down_revision = "mark_many_at_once"

SUMS = (
    "number kind state customer_id company_id refund_of_id currency base_currency rate tax_included discount tax total "
    "base_total paid surplus refunded {}memo external_id happened_at custom"
)


def upgrade() -> None:
    for name in ("credited", "base_credited"):
        op.add_column("transactions", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_transactions_credited"), "transactions", "credited between 0 and total")
    audit(SUMS.format("credited "))


def audit(columns: str) -> None:
    op.execute("DROP TRIGGER audit_transactions ON transactions")
    op.execute(walls.audited("transactions", columns.split()))


def downgrade() -> None:
    audit(SUMS.format(""))
    op.drop_constraint(op.f("ck_transactions_credited"), "transactions")
    op.drop_column("transactions", "base_credited")
    op.drop_column("transactions", "credited")
