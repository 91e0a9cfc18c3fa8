"""Keep in which language the search's entries are, and how far they are written anew in another one.

Safe because: the columns are new, in a table of one row for each workspace, and the release before knows nothing of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "search_in_a_new_language"
down_revision = "save_views_of_every_list"


def upgrade() -> None:
    op.add_column("search_marks", sa.Column("language", sa.String(), nullable=True))
    op.add_column("search_marks", sa.Column("anew_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("search_marks", sa.Column("anew_to", sa.Uuid(), nullable=True))
    op.add_column("search_marks", sa.Column("anew", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    for name in ("anew", "anew_to", "anew_since", "language"):
        op.drop_column("search_marks", name)
