"""Let a conversation belong to several tickets one after the other, and tell of what is said in those that are tracked.

Safe because: the columns have defaults, so the release before writes rows without them; its one ticket per conversation is
the stretch that has no end.
"""

import sqlalchemy as sa
from alembic import op

revision = "hear_what_is_said_of_tickets"
down_revision = "keep_calls"

EACH_TENANT = """
DO $$ DECLARE tenant uuid; BEGIN
    FOR tenant IN SELECT id FROM tenants LOOP
        PERFORM set_config('app.tenant_id', tenant::text, true);
        {};
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
END $$"""
TRACKED = """UPDATE conversations SET tracked = true FROM ticket_conversations part
    WHERE part.tenant_id = conversations.tenant_id AND part.conversation_id = conversations.id"""
OLD = "uq_ticket_conversations_tenant_id_conversation_id"
NEW = "uq_ticket_conversations_stretch"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("tracked", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(
        "tickets", sa.Column("status_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
    )
    op.add_column("ticket_conversations", sa.Column("from_seq", sa.Integer(), server_default="0", nullable=False))
    op.add_column("ticket_conversations", sa.Column("until_seq", sa.Integer(), nullable=True))
    op.drop_constraint(OLD, "ticket_conversations")
    op.create_unique_constraint(
        op.f(NEW), "ticket_conversations", ["tenant_id", "ticket_id", "conversation_id", "from_seq"]
    )
    op.create_index(
        "ix_ticket_conversations_open",
        "ticket_conversations",
        ["tenant_id", "conversation_id"],
        unique=True,
        postgresql_where=sa.text("until_seq IS NULL"),
    )
    op.execute(EACH_TENANT.format(TRACKED))


def downgrade() -> None:
    op.execute(EACH_TENANT.format("DELETE FROM ticket_conversations WHERE until_seq IS NOT NULL"))
    op.drop_index("ix_ticket_conversations_open", "ticket_conversations")
    op.drop_constraint(op.f(NEW), "ticket_conversations")
    op.create_unique_constraint(op.f(OLD), "ticket_conversations", ["tenant_id", "conversation_id"])
    op.drop_column("ticket_conversations", "until_seq")
    op.drop_column("ticket_conversations", "from_seq")
    op.drop_column("tickets", "status_at")
    op.drop_column("conversations", "tracked")
