"""Sort purchases by what they are worth, and find those above a sum: without it each page of the list would read all.

Safe because: it is an index, and the release before knows nothing of it.
"""

from alembic import op

revision = "sort_purchases_by_worth"
down_revision = "find_open_payments"

NAME, COLUMNS = "ix_transactions_worth", ["tenant_id", "base_total", "id"]


def upgrade() -> None:
    op.create_index(NAME, "transactions", COLUMNS)


def downgrade() -> None:
    op.drop_index(NAME, table_name="transactions")
