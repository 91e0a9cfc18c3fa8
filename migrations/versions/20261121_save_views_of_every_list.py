"""Views are saved of every list, and customers are sorted by their names.

Safe because: the new column has a constant default, which rewrites nothing and which the release before leaves alone, and the
index is made beside it.
"""

import sqlalchemy as sa
from alembic import op

revision = "save_views_of_every_list"
down_revision = "find_duplicates"


def upgrade() -> None:
    op.add_column("saved_views", sa.Column("listing", sa.String(), server_default="tickets", nullable=False))
    op.create_index("ix_people_name", "people", ["tenant_id", "kind", "name", "id"], unique=False)


def downgrade() -> None:
    """Views of other lists go: the release before would take them for views of tickets."""
    op.execute("DELETE FROM saved_views WHERE listing <> 'tickets'")
    op.drop_index("ix_people_name", table_name="people")
    op.drop_column("saved_views", "listing")
