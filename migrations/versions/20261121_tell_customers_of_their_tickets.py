"""Remember of which statuses a tenant's customers hear by mail, and which links to a ticket's page still open it.

Safe because: one column may be empty and the other has a default, so the release before writes rows without them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "tell_customers_of_their_tickets"
down_revision = "promise_times"


def upgrade() -> None:
    op.add_column("tenants", sa.Column("notify_statuses", postgresql.JSONB(), nullable=True))
    op.add_column("tickets", sa.Column("link_version", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    op.drop_column("tickets", "link_version")
    op.drop_column("tenants", "notify_statuses")
