"""Put together what is audited of many new rows as text: half the processor time, the same values.

Safe because: a function is replaced by one that writes the same; whoever may not execute it still may not.
"""

from alembic import op

from crm import walls

revision = "audit_rows_as_text"
down_revision = "bring_companies_back"


def upgrade() -> None:
    op.execute(walls.WRITE_AUDIT_ROWS)


def downgrade() -> None:
    """The release before writes the same with it."""
