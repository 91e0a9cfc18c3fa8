"""Fields that workspaces define, the values by which lists filter and sort, with their walls and their audit; tickets' values.

Safe because: the tables are new, and the new column of tickets has a constant default, which rewrites nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "define_fields"
down_revision = "keep_products"

FIELD = "kind key name type options currency required preset help seen_from edited_from filterable retired_at"
TICKET = "subject type priority status customer_id assignee_id department_id due_at solved_at closed_at"


def upgrade() -> None:
    make_fields()
    make_values()
    for table in ("custom_fields", "custom_values"):
        op.execute(walls.wall(table))
    op.execute(walls.audited("custom_fields", FIELD.split()))
    op.add_column("tickets", sa.Column("custom", postgresql.JSONB(), server_default="{}", nullable=False))
    audit_tickets(f"{TICKET} custom")


def audit_tickets(columns: str) -> None:
    op.execute("DROP TRIGGER audit_tickets ON tickets")
    op.execute(walls.audited("tickets", columns.split()))


def record_columns() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    ]


def make_fields() -> None:
    texts = [sa.Column(name, sa.String(), nullable=False) for name in ("kind", "key", "name", "type")]
    roles = [sa.Column(name, sa.String(), nullable=False) for name in ("seen_from", "edited_from")]
    op.create_table(
        "custom_fields", *record_columns(), *texts,
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("preset", postgresql.JSONB(), nullable=True),
        sa.Column("help", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False), *roles,
        sa.Column("filterable", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("was", sa.String(), nullable=True),
        sa.Column("reached", sa.Uuid(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("barrier", sa.BigInteger(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('ready', 'building', 'converting')", name=op.f("ck_custom_fields_state")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_custom_fields")),
        sa.UniqueConstraint("tenant_id", "kind", "key", name=op.f("uq_custom_fields_tenant_id_kind_key")),
    )  # fmt: skip


def make_values() -> None:
    op.create_table(
        "custom_values", *record_columns(),
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("num_nonnulls(text, number, moment) = 1", name=op.f("ck_custom_values_one")),
        sa.ForeignKeyConstraint(["tenant_id", "field_id"], ["custom_fields.tenant_id", "custom_fields.id"],
            name=op.f("fk_custom_values_field_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_custom_values")),
    )  # fmt: skip
    op.create_index("ix_custom_values_record", "custom_values", ["tenant_id", "record_id", "field_id"])
    for name in ("text", "number", "moment"):
        columns = ["tenant_id", "field_id", name, "record_id"]
        here = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_custom_values_{name}", "custom_values", columns, postgresql_where=here)


def downgrade() -> None:
    audit_tickets(TICKET)
    op.drop_column("tickets", "custom")
    op.drop_table("custom_values")
    op.drop_table("custom_fields")
