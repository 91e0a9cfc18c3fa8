"""Find a customer's ratings, and the conversations between employees, without reading all others.

Measured at 11,000 conversations: both read the whole table, 3 and 4 ms of each page.

Safe because: indexes only; the release before does not notice.
"""

import sqlalchemy as sa
from alembic import op

revision = "find_a_customers_ratings"
down_revision = "guard_the_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ratings_customer", "ratings", ["tenant_id", "customer_id", "rated_at"])
    internal = sa.text("channel = 'internal'")
    op.create_index("ix_conversations_internal", "conversations", ["tenant_id", "id"], postgresql_where=internal)


def downgrade() -> None:
    op.drop_index("ix_conversations_internal", table_name="conversations")
    op.drop_index("ix_ratings_customer", table_name="ratings")
