"""Give ratings reasons and rules when not to ask, and keep what customers say after a poor one was made right.

Safe because: every column is nullable or has a default, so the release before writes rows without them.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "close_the_loop_of_ratings"
down_revision = "tell_employees"

BEFORE = {"ratings": "stars feedback rated_at mailed_at", "follow_ups": "owner_id due_at done_at done_by_id note"}
NOW = {
    "ratings": "stars feedback reasons rated_at mailed_at",
    "follow_ups": "owner_id due_at done_at done_by_id note asked_at answered_at made_right answer",
}
JSON = sa.dialects.postgresql.JSONB


def upgrade() -> None:
    op.add_column("tenants", sa.Column("rating_reasons", JSON(), server_default="[]", nullable=False))
    op.add_column("tenants", sa.Column("rating_rest_days", sa.Integer(), server_default="0", nullable=False))
    op.add_column("tenants", sa.Column("rating_unanswered", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("ratings", sa.Column("reasons", JSON(), server_default="[]", nullable=False))
    for name in ("asked_at", "answered_at"):
        op.add_column("follow_ups", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("follow_ups", sa.Column("made_right", sa.Boolean(), nullable=True))
    op.add_column("follow_ups", sa.Column("answer", sa.String(), server_default="", nullable=False))
    audit(NOW)


def audit(tables: dict[str, str]) -> None:
    for table, columns in tables.items():
        op.execute(f"DROP TRIGGER audit_{table} ON {table}")
        op.execute(walls.audited(table, columns.split()))


def downgrade() -> None:
    audit(BEFORE)
    for name in ("answer", "made_right", "answered_at", "asked_at"):
        op.drop_column("follow_ups", name)
    op.drop_column("ratings", "reasons")
    for name in ("rating_unanswered", "rating_rest_days", "rating_reasons"):
        op.drop_column("tenants", name)
