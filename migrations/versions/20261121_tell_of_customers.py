"""Tell on a customer's page what happened with them: events name the customer that they are about.

Safe because: the column is empty for what the release before writes, which is then not told there and nothing else. What was
before is filled in a workspace at a time, and only the kinds of events that a page tells.
"""

import sqlalchemy as sa
from alembic import op

revision = "tell_of_customers"
down_revision = "keep_purchases"
branch_labels = None
depends_on = None

# Each gives (tenant_id, id, customer_id) of what events are about, by the name of its table.
ABOUT = {
    "people": "SELECT tenant_id, id, id AS customer_id FROM people WHERE kind = 'customer'",
    "conversations": "SELECT tenant_id, id, customer_id FROM conversations",
    "messages": "SELECT m.tenant_id, m.id, c.customer_id FROM messages m"
    " JOIN conversations c ON c.tenant_id = m.tenant_id AND c.id = m.conversation_id",
    "tickets": "SELECT tenant_id, id, customer_id FROM tickets",
    "ratings": "SELECT tenant_id, id, customer_id FROM ratings",
    "tasks": "SELECT tenant_id, id, customer_id FROM tasks",
}
NAMES = (
    "customer.created customer.blocked customer.unblocked customer.stage_changed customer.merged customer.parted"
    " conversation.closed message.posted rating.given task.opened task.done"
    " ticket.opened ticket.status_changed"
).split()
FILL = """
DO $$
DECLARE tenant uuid;
BEGIN
    FOR tenant IN SELECT id FROM tenants LOOP
        PERFORM set_config('app.tenant_id', tenant::text, true);
        UPDATE events e SET customer_id = a.customer_id FROM ({about}) a
        WHERE e.subject_type = '{table}' AND e.name IN ({names}) AND a.tenant_id = e.tenant_id AND a.id = e.subject_id
            AND a.customer_id IS NOT NULL;
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
END $$
"""


def upgrade() -> None:
    op.add_column("events", sa.Column("customer_id", sa.Uuid(), nullable=True))
    names = ", ".join(f"'{name}'" for name in NAMES)
    for table, about in ABOUT.items():
        op.execute(FILL.format(table=table, about=about, names=names))
    known = sa.text("customer_id IS NOT NULL")
    op.create_index("ix_events_customer", "events", ["tenant_id", "customer_id", "id"], postgresql_where=known)


def downgrade() -> None:
    op.drop_index("ix_events_customer", table_name="events")
    op.drop_column("events", "customer_id")
