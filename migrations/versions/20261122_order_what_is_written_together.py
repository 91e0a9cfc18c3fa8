"""Let ids that the database makes sort as they were made: the audit showed what one transaction did in any order.

Safe because: a function is replaced by one that makes ids of the same kind, and no id that is there changes.
"""

from alembic import op

from crm import walls

revision = "order_what_is_written_together"
down_revision = "find_whose_rows_are"


def upgrade() -> None:
    op.execute(walls.MAKE_ORDERED_UUID7)


def downgrade() -> None:
    op.execute(walls.MAKE_UUID7.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
