"""Say to whom waiting conversations go by themselves, and remember which were passed on to another department.

Safe because: the tables are new and the column may be empty; the release before gives nothing out by itself.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "route_conversations"
down_revision = "tell_customers_of_their_tickets"

AUDITED = {
    "routings": "department_id way previous_first by_language skills overflow_minutes overflow_to_id",
    "abilities": "person_id capacity languages skills",
}


def upgrade() -> None:
    op.add_column("conversations", sa.Column("overflowed_at", sa.DateTime(timezone=True), nullable=True))
    make_tables()
    for table, columns in AUDITED.items():
        op.execute(walls.wall(table))
        op.execute(walls.audited(table, columns.split()))


def make_tables() -> None:
    op.create_table(
        "routings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("previous_first", sa.Boolean(), nullable=False),
        sa.Column("by_language", sa.Boolean(), nullable=False),
        sa.Column("skills", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("overflow_minutes", sa.Integer(), nullable=True),
        sa.Column("overflow_to_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("way in ('manual', 'round_robin', 'least_busy')", name=op.f("ck_routings_way")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_routings_department_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "overflow_to_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_routings_overflow_to_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_routings")),
        sa.UniqueConstraint("tenant_id", "department_id", name=op.f("uq_routings_tenant_id_department_id")),
    )
    op.create_table(
        "abilities",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("languages", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("skills", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_abilities_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_abilities")),
        sa.UniqueConstraint("tenant_id", "person_id", name=op.f("uq_abilities_tenant_id_person_id")),
    )


def downgrade() -> None:
    for table in reversed(AUDITED):
        op.drop_table(table)
    op.drop_column("conversations", "overflowed_at")
