"""Keep mails as they came in, and the mailboxes they are fetched from; find mails and customers by what came back.

Safe because: the tables are new, the column may be empty, and small tables get the indexes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from crm import walls

revision = "receive_mails"
down_revision = "close_the_loop_of_ratings"

MAILBOX = "department_id host port security username folder authserv_id take_old paused_at"


def upgrade() -> None:
    op.add_column("departments", sa.Column("address_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_mails_message_id", "mails", ["tenant_id", "message_id"], unique=False)
    op.create_index("ix_mails_recipient", "mails", ["tenant_id", "recipient", "created_at"], unique=False)
    claimed = sa.text("claimed_email IS NOT NULL")
    op.create_index(
        "ix_people_claimed", "people", ["tenant_id", "claimed_email"], unique=False, postgresql_where=claimed
    )
    make_received_mails()
    make_mailboxes()
    op.execute(walls.audited("mailboxes", MAILBOX.split()))


def make_received_mails() -> None:
    op.create_table(
        "received_mails",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("key", "source", "recipient")),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("authserv_id", sa.String(), nullable=False),
        sa.Column("raw_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("sender", "subject", "placed_by", "warning")),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        sa.Column("facts", JSONB(), nullable=True),
        sa.Column("quoted", sa.String(), nullable=True),
        sa.Column("html", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'taken', 'bounce', 'ignored', 'blocked', 'refused')",
            name=op.f("ck_received_mails_state"),
        ),
        key_of("received_mails", "message_id", "messages", "CASCADE"),
        key_of("received_mails", "department_id", "departments"),
        key_of("received_mails", "mail_id", "mails"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_received_mails")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_received_mails_tenant_id_key")),
    )
    op.create_index("ix_received_mails_due", "received_mails", ["tenant_id", "state", "due"], unique=False)
    op.create_index("ix_received_mails_message", "received_mails", ["tenant_id", "message_id"], unique=False)
    op.execute(walls.wall("received_mails"))


def make_mailboxes() -> None:
    op.create_table(
        "mailboxes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False)
          for name in ("security", "username", "secret", "folder", "authserv_id")),
        sa.Column("take_old", sa.Boolean(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=True),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("security in ('tls', 'starttls', 'none')", name=op.f("ck_mailboxes_security")),
        key_of("mailboxes", "department_id", "departments"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mailboxes")),
        sa.UniqueConstraint(
            "tenant_id", "host", "username", "folder", name=op.f("uq_mailboxes_tenant_id_host_username_folder")
        ),
    )  # fmt: skip
    op.execute(walls.wall("mailboxes"))


def key_of(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{other}.tenant_id", f"{other}.id"],
        name=op.f(f"fk_{table}_{column}"),
        ondelete=ondelete,
    )


def downgrade() -> None:
    op.drop_table("mailboxes")
    op.drop_table("received_mails")
    op.drop_index("ix_people_claimed", "people")
    op.drop_index("ix_mails_recipient", "mails")
    op.drop_index("ix_mails_message_id", "mails")
    op.drop_column("departments", "address_at")
