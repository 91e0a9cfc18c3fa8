"""Let the ladder tell of conversations that wait too long.

Safe because: new columns are empty, and what the release before writes fits: a ticket, and no conversation.
"""

import sqlalchemy as sa
from alembic import op

revision = "tell_of_those_who_wait"
down_revision = "shelve_what_is_searched"
branch_labels = None
depends_on = None

GOES_ON = sa.text("ended_at IS NULL AND conversation_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("routings", sa.Column("ladder_minutes", sa.Integer(), nullable=True))
    op.add_column("escalations", sa.Column("conversation_id", sa.Uuid(), nullable=True))
    op.alter_column("escalations", "ticket_id", nullable=True)
    here, there = ["tenant_id", "conversation_id"], ["tenant_id", "id"]
    name = "fk_escalations_conversation_id"
    op.create_foreign_key(name, "escalations", "conversations", here, there, ondelete="CASCADE")
    op.create_check_constraint(
        op.f("ck_escalations_about"), "escalations", "num_nonnulls(ticket_id, conversation_id) = 1"
    )
    op.create_index("uq_escalations_waiting", "escalations", here, unique=True, postgresql_where=GOES_ON)
    waits = sa.text("conversation_id IS NOT NULL")
    op.create_index("ix_escalations_conversation", "escalations", [*here, "created_at"], postgresql_where=waits)


def downgrade() -> None:
    """What was told of conversations goes: the release before knows of tickets alone."""
    op.execute("DELETE FROM escalations WHERE conversation_id IS NOT NULL")
    op.drop_index("ix_escalations_conversation", table_name="escalations")
    op.drop_index("uq_escalations_waiting", table_name="escalations")
    op.drop_constraint(op.f("ck_escalations_about"), "escalations", type_="check")
    op.drop_constraint("fk_escalations_conversation_id", "escalations", type_="foreignkey")
    op.alter_column("escalations", "ticket_id", nullable=False)
    op.drop_column("escalations", "conversation_id")
    op.drop_column("routings", "ladder_minutes")
