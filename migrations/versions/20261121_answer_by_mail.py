"""Know a conversation's mails by their Message-IDs, and give departments an address and a signature.

Safe because: the table is new, and the columns have defaults, so the release before writes departments without them.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "answer_by_mail"
down_revision = "keep_tickets"

BEFORE, NOW = ["name", "position", "archived_at"], ["name", "position", "archived_at", "address", "signature"]


def upgrade() -> None:
    for name in ("address", "signature"):
        op.add_column("departments", sa.Column(name, sa.String(), server_default="", nullable=False))
    audit_departments(NOW)
    op.create_table(
        "mail_ids",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("rfc_id", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["messages.tenant_id", "messages.id"],
            name=op.f("fk_mail_ids_message_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mail_ids")),
        sa.UniqueConstraint("tenant_id", "rfc_id", name=op.f("uq_mail_ids_tenant_id_rfc_id")),
    )
    op.create_index("ix_mail_ids_message", "mail_ids", ["tenant_id", "message_id"], unique=False)
    op.execute(walls.wall("mail_ids"))


def audit_departments(columns: list[str]) -> None:
    op.execute("DROP TRIGGER audit_departments ON departments")
    op.execute(walls.audited("departments", columns))


def downgrade() -> None:
    op.drop_table("mail_ids")
    audit_departments(BEFORE)
    op.drop_column("departments", "signature")
    op.drop_column("departments", "address")
