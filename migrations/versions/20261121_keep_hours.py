"""Give departments hours of their own and days off.

Safe because: a department without hours is always open, as before; the table is new, and the release before knows nothing
of it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from crm import walls

revision = "keep_hours"
down_revision = "answer_by_mail"

BEFORE = ["name", "position", "archived_at", "address", "signature"]
NOW = [*BEFORE, "hours", "time_zone"]


def upgrade() -> None:
    op.add_column("departments", sa.Column("hours", JSONB(), nullable=True))
    op.add_column("departments", sa.Column("time_zone", sa.String(), server_default="", nullable=False))
    audit_departments(NOW)
    op.create_table(
        "holidays",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_holidays_order")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_holidays_department_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_holidays")),
        sa.UniqueConstraint(
            "tenant_id",
            "department_id",
            "starts_on",
            "ends_on",
            name=op.f("uq_holidays_tenant_id_department_id_starts_on_ends_on"),
        ),
    )
    op.execute(walls.wall("holidays"))
    op.execute(walls.audited("holidays", ["department_id", "name", "starts_on", "ends_on"]))


def audit_departments(columns: list[str]) -> None:
    op.execute("DROP TRIGGER audit_departments ON departments")
    op.execute(walls.audited("departments", columns))


def downgrade() -> None:
    op.drop_table("holidays")
    audit_departments(BEFORE)
    op.drop_column("departments", "time_zone")
    op.drop_column("departments", "hours")
