"""Find purchases of which too much was paid without reading those of all years: they are few, and wait for their money.

Safe because: an index on few rows is added, and the release before finds them without it.
"""

import sqlalchemy as sa
from alembic import op

revision = "find_what_was_paid_too_much"
down_revision = "find_companies_twice"


def upgrade() -> None:
    op.create_index("ix_transactions_surplus", "transactions", ["tenant_id", "happened_at", "id"],
                    postgresql_where=sa.text("surplus > 0"))  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_transactions_surplus", "transactions")
