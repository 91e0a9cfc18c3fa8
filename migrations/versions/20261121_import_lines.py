"""Several rows of a file may be one record, and tickets of another program are known by its number, which the audit tells.

Safe because: a column with a constant default and one without are added without writing a row, and an index on what no row has
yet is made in one quick look.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "import_lines"
down_revision = "erase_people"

TICKET = "subject type priority status customer_id assignee_id department_id due_at solved_at closed_at custom"


def upgrade() -> None:
    op.add_column("imports", sa.Column("joined", sa.Integer(), server_default="0", nullable=False))
    op.add_column("tickets", sa.Column("external_id", sa.String()))
    op.create_index("uq_tickets_external", "tickets", ["tenant_id", "external_id"], unique=True,
                    postgresql_where=sa.text("external_id IS NOT NULL"))  # fmt: skip
    audit_tickets(f"{TICKET} external_id")


def audit_tickets(columns: str) -> None:
    op.execute("DROP TRIGGER audit_tickets ON tickets")
    op.execute(walls.audited("tickets", columns.split()))


def downgrade() -> None:
    audit_tickets(TICKET)
    op.drop_index("uq_tickets_external", "tickets")
    op.drop_column("tickets", "external_id")
    op.drop_column("imports", "joined")
