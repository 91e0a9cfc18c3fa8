"""Let the planner know how often a value of a field occurs: a value mostly belongs to one field.

Without it a value was taken for as many times rarer as there are fields, and lists were read by fetching and sorting all that
have it. Safe because: statistics are read by the planner alone, and ANALYZE reads a sample and blocks no writer.
"""

from alembic import op

revision = "know_how_often_values_occur"
down_revision = "hand_out_what_is_kept"


def upgrade() -> None:
    for column in ("text", "number", "moment"):
        op.execute(
            f"CREATE STATISTICS custom_values_{column} (dependencies, mcv) ON field_id, {column} FROM custom_values"
        )
    op.execute("ANALYZE custom_values")


def downgrade() -> None:
    for column in ("text", "number", "moment"):
        op.execute(f"DROP STATISTICS custom_values_{column}")
