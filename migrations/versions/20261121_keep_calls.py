"""Telephone calls, the further numbers of customers, and the country of numbers that are typed without one.

Safe because: the tables are new, the column has a default, and the index is only looked into.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "keep_calls"
down_revision = "keep_hours"

AUDITED = {
    "calls": "conversation_id direction number state outcome employee_id department_id seconds recording_url",
    "customer_phones": "customer_id number",
}


def upgrade() -> None:
    op.add_column("tenants", sa.Column("country", sa.String(), server_default="", nullable=False))
    op.create_index("ix_people_phone", "people", ["tenant_id", "phone"], postgresql_where=sa.text("phone IS NOT NULL"))
    make_calls()
    make_phones()
    for table, columns in AUDITED.items():
        op.execute(walls.wall(table))
        op.execute(walls.audited(table, columns.split()))


def make_calls() -> None:
    op.create_table(
        "calls",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("number", sa.String(), server_default="", nullable=False),
        sa.Column("line", sa.String(), server_default="", nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("employee_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("recording_url", sa.String(), server_default="", nullable=False),
        sa.Column("has_legs", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("direction in ('in', 'out')", name=op.f("ck_calls_direction")),
        sa.CheckConstraint("state in ('ringing', 'answered', 'ended')", name=op.f("ck_calls_state")),
        sa.CheckConstraint(
            "outcome in ('answered', 'missed', 'busy', 'voicemail', 'failed')", name=op.f("ck_calls_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("fk_calls_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "employee_id"], ["people.tenant_id", "people.id"], name=op.f("fk_calls_employee_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_calls_department_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_calls")),
        sa.UniqueConstraint("tenant_id", "conversation_id", name=op.f("uq_calls_tenant_id_conversation_id")),
        sa.UniqueConstraint("tenant_id", "source", "external_id", name=op.f("uq_calls_tenant_id_source_external_id")),
    )
    op.create_index("ix_calls_going_on", "calls", ["tenant_id", "state", "started_at"], unique=False)


def make_phones() -> None:
    op.create_table(
        "customer_phones",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_customer_phones_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_customer_phones")),
        sa.UniqueConstraint(
            "tenant_id", "customer_id", "number", name=op.f("uq_customer_phones_tenant_id_customer_id_number")
        ),
    )
    op.create_index("ix_customer_phones_number", "customer_phones", ["tenant_id", "number"], unique=False)


def downgrade() -> None:
    op.drop_table("customer_phones")
    op.drop_table("calls")
    op.drop_index("ix_people_phone", table_name="people")
    op.drop_column("tenants", "country")
