"""Telephone exchanges that tell of calls, our lines and who is rung there, and what is to be done about missed calls.

Safe because: the tables are new, and the release before knows nothing of them.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "hear_of_calls"
down_revision = "receive_mails"

AUDITED = {
    "phone_sources": "kind",
    "phone_lines": "number employee_id department_id",
    "tasks": "reason customer_id conversation_id number owner_id department_id due_at note done_at done_by_id",
}


def upgrade() -> None:
    make_sources()
    make_lines()
    make_tasks()
    for table, columns in AUDITED.items():
        op.execute(walls.wall(table))
        op.execute(walls.audited(table, columns.split()))


def make_sources() -> None:
    op.create_table(
        "phone_sources",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sealed_secret", sa.String(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('pbx', 'twilio')", name=op.f("ck_phone_sources_kind")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_phone_sources")),
        sa.UniqueConstraint("tenant_id", "kind", name=op.f("uq_phone_sources_tenant_id_kind")),
    )


def make_lines() -> None:
    op.create_table(
        "phone_lines",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(employee_id is null) <> (department_id is null)", name=op.f("ck_phone_lines_somebody")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_phone_lines_employee_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_phone_lines_department_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_phone_lines")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_phone_lines_tenant_id_number")),
    )


def make_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.String(), nullable=True),
        sa.CheckConstraint("reason in ('missed', 'asked', 'ours')", name=op.f("ck_tasks_reason")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_tasks_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["people.tenant_id", "people.id"], name=op.f("fk_tasks_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "done_by_id"], ["people.tenant_id", "people.id"], name=op.f("fk_tasks_done_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_tasks_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("fk_tasks_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_tasks_tenant_id_key")),
    )
    op.create_index("ix_tasks_open", "tasks", ["tenant_id", "done_at", "due_at", "id"], unique=False)
    op.create_index("ix_tasks_customer", "tasks", ["tenant_id", "customer_id", "done_at"], unique=False)


def downgrade() -> None:
    op.drop_table("tasks")
    op.drop_table("phone_lines")
    op.drop_table("phone_sources")
