"""Keep what employees ask of the list of tickets again and again, with its wall and its audit.

Safe because: the table is new, and the release before knows nothing of it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "save_views_of_tickets"
down_revision = "merge_tickets"


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_saved_views_owner_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_saved_views")),
    )
    op.create_index("ix_saved_views_owner", "saved_views", ["tenant_id", "owner_id"], unique=False)
    op.execute(walls.wall("saved_views"))
    op.execute(walls.audited("saved_views", ["owner_id", "name", "shared", "asked"]))


def downgrade() -> None:
    op.drop_table("saved_views")
