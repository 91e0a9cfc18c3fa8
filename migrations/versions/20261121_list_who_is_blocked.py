"""Find who is blocked, the last first.

Safe because: it is an index of the few who are blocked, and the release before knows nothing of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "list_who_is_blocked"
down_revision = "search_in_a_new_language"

NAME, COLUMNS = "ix_people_blocked", ["tenant_id", "blocked_at", "id"]


def upgrade() -> None:
    op.create_index(NAME, "people", COLUMNS, postgresql_where=sa.text("blocked_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_index(NAME, table_name="people")
