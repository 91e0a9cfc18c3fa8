"""Remember what was put together about a person to be handed out, how far it is, and where its file lies.

Safe because: the table is new; the release before knows nothing of it.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "hand_out_what_is_kept"
down_revision = "audit_rows_together"


def upgrade() -> None:
    people = ["people.tenant_id", "people.id"]
    op.create_table(
        "person_exports",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('asked', 'ready', 'over')", name=op.f("ck_person_exports_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"], people, name=op.f("fk_person_exports_customer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id", "asked_by_id"], people, name=op.f("fk_person_exports_asked_by_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_person_exports")),
    )
    op.create_index("ix_person_exports_customer", "person_exports", ["tenant_id", "customer_id", "id"])
    op.create_index("ix_person_exports_state", "person_exports", ["tenant_id", "state", "id"])
    op.execute(walls.wall("person_exports"))
    op.execute(walls.audited("person_exports", ["customer_id", "asked_by_id", "state"]))


def downgrade() -> None:
    op.drop_table("person_exports")
