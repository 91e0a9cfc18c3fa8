"""Keep what employees are told, with what was seen of it and what was mailed.

Safe because: the table is new, and the release before knows nothing of it.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "tell_employees"
down_revision = "hear_what_is_said_of_tickets"

TABLE = "notifications"
KEYS = {"person_id": "people", "actor_id": "people", "conversation_id": "conversations", "ticket_id": "tickets",
        "message_id": "messages"}  # fmt: skip


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("facts", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True),
        *(key(column, table) for column, table in KEYS.items()),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("tenant_id", "person_id", "key", name=op.f("uq_notifications_tenant_id_person_id_key")),
    )
    make_indexes()
    op.execute(walls.wall(TABLE))


def key(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Who is told stays; what is gone is told no more."""
    there = [f"{table}.tenant_id", f"{table}.id"]
    gone = None if table == "people" else "CASCADE"
    return sa.ForeignKeyConstraint(["tenant_id", column], there, name=op.f(f"fk_notifications_{column}"), ondelete=gone)


def make_indexes() -> None:
    op.create_index("ix_notifications_person", TABLE, ["tenant_id", "person_id", "id"])
    op.create_index("ix_notifications_conversation", TABLE, ["tenant_id", "conversation_id", "person_id"])
    op.create_index("ix_notifications_ticket", TABLE, ["tenant_id", "ticket_id", "person_id"])
    unseen, due = sa.text("seen_at IS NULL"), sa.text("mail_due_at IS NOT NULL")
    op.create_index("ix_notifications_unseen", TABLE, ["tenant_id", "person_id", "id"], postgresql_where=unseen)
    op.create_index("ix_notifications_mail", TABLE, ["tenant_id", "mail_due_at"], postgresql_where=due)


def downgrade() -> None:
    op.drop_table(TABLE)
