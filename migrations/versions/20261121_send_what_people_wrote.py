"""Let a mail carry what a person wrote: from whom, answering what, with which files, and which message it is.

Safe because: every new column is empty or has a default, so the release before writes mails without knowing them; the
index holds up the writing of mails for a moment, in the worker, and nothing that people wait for.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "send_what_people_wrote"
down_revision = "find_a_repeat_by_its_client_id"

TEXTS = ("sender", "sender_name", "reply_to", "in_reply_to")


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("mails", sa.Column(name, sa.String(), server_default="", nullable=False))
    op.add_column("mails", sa.Column("references", JSONB(), nullable=True))
    op.add_column("mails", sa.Column("attachments", JSONB(), nullable=True))
    op.add_column("mails", sa.Column("message_uuid", sa.Uuid(), nullable=True))
    op.create_index("ix_mails_message", "mails", ["tenant_id", "message_uuid"])


def downgrade() -> None:
    op.drop_index("ix_mails_message", "mails")
    for name in ("message_uuid", "attachments", "references", *reversed(TEXTS)):
        op.drop_column("mails", name)
