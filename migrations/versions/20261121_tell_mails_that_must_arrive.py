"""Tell mails that are sent again when nobody knows whether they arrived from those that are not.

Safe because: the new column has a default, so the release before writes it without knowing it.
"""

import sqlalchemy as sa
from alembic import op

revision = "tell_mails_that_must_arrive"
down_revision = "find_a_customers_ratings"


def upgrade() -> None:
    op.add_column("mails", sa.Column("must_arrive", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column("mails", "must_arrive")
