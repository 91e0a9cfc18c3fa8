"""Close solved tickets after some days, ask their customers for stars, and give what is to be done a day.

Safe because: new columns are empty or have a default, so the release before writes rows as it did; the indexes are on columns
that are empty in every row there is.
"""

import sqlalchemy as sa
from alembic import op

revision = "close_and_rate_tickets"
down_revision = "push_to_browsers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("ticket_close_days", sa.Integer(), server_default="4", nullable=False))
    op.add_column("tickets", sa.Column("episode", sa.Integer(), server_default="1", nullable=False))
    op.add_column("ratings", sa.Column("ticket_id", sa.Uuid(), nullable=True))
    op.add_column("ratings", sa.Column("ticket_episode", sa.Integer(), nullable=True))
    here, there = ["tenant_id", "ticket_id"], ["tenant_id", "id"]
    op.create_foreign_key("fk_ratings_ticket_id", "ratings", "tickets", here, there, ondelete="CASCADE")
    op.create_index("ix_ratings_ticket", "ratings", [*here, "ticket_episode"], unique=True)
    op.add_column("checklist_items", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("checklist_items", "due_at")
    op.drop_index("ix_ratings_ticket", table_name="ratings")
    op.drop_constraint("fk_ratings_ticket_id", "ratings", type_="foreignkey")
    op.drop_column("ratings", "ticket_episode")
    op.drop_column("ratings", "ticket_id")
    op.drop_column("tickets", "episode")
    op.drop_column("tenants", "ticket_close_days")
