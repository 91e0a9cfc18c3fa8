"""Keep open tickets in the order of their last change, for all, an employee and a department; and find solved ones to close.

Safe because: indexes alone change; the release before finds its rows by what stays, if slower where many are open.
"""

import sqlalchemy as sa
from alembic import op

revision = "order_open_tickets"
down_revision = "define_fields"

OPEN = "status in ('new', 'open', 'pending', 'hold')"
OWNERS = {"ix_tickets_assignee": "assignee_id", "ix_tickets_department": "department_id"}


def upgrade() -> None:
    for name, owner in OWNERS.items():
        op.drop_index(name, table_name="tickets")
        made(name, owner, "touched_at", "id", where=OPEN)
    made("ix_tickets_open", "touched_at", "id", where=OPEN)
    made("ix_tickets_solved", "status_at", where="status = 'solved'")


def downgrade() -> None:
    for name in ("ix_tickets_solved", "ix_tickets_open", *OWNERS):
        op.drop_index(name, table_name="tickets")
    for name, owner in OWNERS.items():
        op.create_index(name, "tickets", ["tenant_id", owner, "status", "touched_at", "id"])


def made(name: str, *columns: str, where: str) -> None:
    op.create_index(name, "tickets", ["tenant_id", *columns], postgresql_where=sa.text(where))
