"""Promises by priority and customer, a ticket's clocks, and the ladder of people who are told before a promise breaks.

Safe because: the tables are new, the two columns of tickets may be empty, and the release before knows nothing of them.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "promise_times"
down_revision = "hear_of_calls"

AUDITED = {
    "sla_policies": "priority customer_id first_minutes next_minutes solution_minutes",
    "escalation_steps": "department_id after_minutes whom person_id",
}
TABLES = ("sla_policies", "ticket_clocks", "escalation_steps", "escalations", "escalation_notices")


def upgrade() -> None:
    op.add_column("tickets", sa.Column("breaks_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tickets", sa.Column("breaks_kind", sa.String(), nullable=True))
    make_tables()
    for table in TABLES:
        op.execute(walls.wall(table))
    for table, columns in AUDITED.items():
        op.execute(walls.audited(table, columns.split()))


def make_tables() -> None:
    op.create_table(
        "escalation_steps",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("after_minutes", sa.Integer(), nullable=False),
        sa.Column("whom", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("whom in ('assignee', 'leads', 'person')", name=op.f("ck_escalation_steps_whom")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_escalation_steps_department_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"], ["people.tenant_id", "people.id"], name=op.f("fk_escalation_steps_person_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_escalation_steps")),
    )
    op.create_index(
        "ix_escalation_steps_department",
        "escalation_steps",
        ["tenant_id", "department_id", "after_minutes", "id"],
        unique=False,
    )
    op.create_table(
        "sla_policies",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("priority", sa.String(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("first_minutes", sa.Integer(), nullable=True),
        sa.Column("next_minutes", sa.Integer(), nullable=True),
        sa.Column("solution_minutes", sa.Integer(), nullable=True),
        sa.CheckConstraint("priority in ('low', 'normal', 'high', 'urgent')", name=op.f("ck_sla_policies_priority")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_sla_policies_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sla_policies")),
        sa.UniqueConstraint(
            "tenant_id",
            "priority",
            "customer_id",
            name=op.f("uq_sla_policies_tenant_id_priority_customer_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "escalations",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("climbed", sa.Integer(), server_default="-1", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "acknowledged_by_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_escalations_acknowledged_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_id"],
            ["tickets.tenant_id", "tickets.id"],
            name=op.f("fk_escalations_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_escalations")),
    )
    op.create_index(
        "ix_escalations_next",
        "escalations",
        ["tenant_id", "next_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_escalations_ticket", "escalations", ["tenant_id", "ticket_id", "id"], unique=False)
    op.create_index(
        "uq_escalations_going_on",
        "escalations",
        ["tenant_id", "ticket_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "ticket_clocks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Double(), server_default="0", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("running_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("broken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('first', 'next', 'solution')", name=op.f("ck_ticket_clocks_kind")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_ticket_clocks_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_id"],
            ["tickets.tenant_id", "tickets.id"],
            name=op.f("fk_ticket_clocks_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ticket_clocks")),
        sa.UniqueConstraint("tenant_id", "ticket_id", "kind", name=op.f("uq_ticket_clocks_tenant_id_ticket_id_kind")),
    )
    op.create_index(
        "ix_ticket_clocks_due",
        "ticket_clocks",
        ["tenant_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("broken_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_clocks_warn",
        "ticket_clocks",
        ["tenant_id", "warn_at"],
        unique=False,
        postgresql_where=sa.text("warned_at IS NULL"),
    )
    op.create_table(
        "escalation_notices",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("escalation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("after_minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "escalation_id"],
            ["escalations.tenant_id", "escalations.id"],
            name=op.f("fk_escalation_notices_escalation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"], ["people.tenant_id", "people.id"], name=op.f("fk_escalation_notices_person_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_escalation_notices")),
        sa.UniqueConstraint(
            "tenant_id",
            "escalation_id",
            "person_id",
            name=op.f("uq_escalation_notices_tenant_id_escalation_id_person_id"),
        ),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    for name in ("breaks_kind", "breaks_at"):
        op.drop_column("tickets", name)
