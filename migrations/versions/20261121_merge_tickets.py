"""Remember which tickets became a part of another, and what came with them, so that it can be undone.

Safe because: the table is new and the column may be empty; the release before knows nothing of them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "merge_tickets"
down_revision = "route_conversations"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_tickets_merged_into_id"),
        "tickets",
        "tickets",
        ["tenant_id", "merged_into_id"],
        ["tenant_id", "id"],
    )
    op.create_table(
        "ticket_merges",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("moved", postgresql.JSONB(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "by_id"], ["people.tenant_id", "people.id"], name=op.f("fk_ticket_merges_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_id"],
            ["tickets.tenant_id", "tickets.id"],
            name=op.f("fk_ticket_merges_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "other_id"],
            ["tickets.tenant_id", "tickets.id"],
            name=op.f("fk_ticket_merges_other_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ticket_merges")),
    )
    op.create_index("ix_ticket_merges_ticket", "ticket_merges", ["tenant_id", "ticket_id"], unique=False)
    op.create_index("ix_ticket_merges_other", "ticket_merges", ["tenant_id", "other_id"], unique=False)
    op.execute(walls.wall("ticket_merges"))
    op.execute(walls.audited("ticket_merges", ["ticket_id", "other_id", "undone_at"]))


def downgrade() -> None:
    op.drop_table("ticket_merges")
    op.drop_constraint(op.f("fk_tickets_merged_into_id"), "tickets")
    op.drop_column("tickets", "merged_into_id")
