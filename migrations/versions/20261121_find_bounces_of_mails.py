"""Find what came back of a mail: whoever deletes thousands of mails would look through all received ones for each.

Safe because: it is an index of the few that are bounces, and the release before knows nothing of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "find_bounces_of_mails"
down_revision = "keep_what_comes_in"

NAME, COLUMNS = "ix_received_mails_mail", ["tenant_id", "mail_id"]


def upgrade() -> None:
    op.create_index(NAME, "received_mails", COLUMNS, postgresql_where=sa.text("mail_id IS NOT NULL"))


def downgrade() -> None:
    op.drop_index(NAME, table_name="received_mails")
