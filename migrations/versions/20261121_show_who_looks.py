"""Remember who has which conversation open, with its wall.

Safe because: the table is new, and the release before knows nothing of it.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "show_who_looks"
down_revision = "save_views_of_tickets"


def upgrade() -> None:
    op.create_table(
        "watchings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("fk_watchings_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_watchings_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_watchings")),
        sa.UniqueConstraint(
            "tenant_id", "conversation_id", "person_id", name=op.f("uq_watchings_tenant_id_conversation_id_person_id")
        ),
    )
    op.execute(walls.wall("watchings"))


def downgrade() -> None:
    op.drop_table("watchings")
