"""Find by whom purchases, tickets, calls and consents came, and which tickets became parts of one: to merge or erase somebody
one read all of them before.

Safe because: they are indexes, and the release before knows nothing of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "find_who_entered_what"
down_revision = "find_names_however_written"

ALWAYS = {
    "ix_ticket_followers_person": ("ticket_followers", "person_id"),
    "ix_ticket_conversations_conversation": ("ticket_conversations", "conversation_id"),
}
WHERE_KNOWN = {
    "ix_transactions_entered_by": ("transactions", "entered_by_id"),
    "ix_tickets_opened_by": ("tickets", "opened_by_id"),
    "ix_tickets_merged_into": ("tickets", "merged_into_id"),
    "ix_calls_employee": ("calls", "employee_id"),
    "ix_consents_by": ("consents", "by_id"),
}


def upgrade() -> None:
    for name, (table, column) in ALWAYS.items():
        op.create_index(name, table, ["tenant_id", column])
    for name, (table, column) in WHERE_KNOWN.items():
        op.create_index(name, table, ["tenant_id", column], postgresql_where=sa.text(f"{column} IS NOT NULL"))


def downgrade() -> None:
    for name, (table, _) in {**ALWAYS, **WHERE_KNOWN}.items():
        op.drop_index(name, table_name=table)
