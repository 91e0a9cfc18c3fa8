"""Let the index that finds a repeat begin with the client's id: the sender is looked at only afterwards.

With the sender in front, the look in the statement that writes read every entry of a long conversation.

Safe because: the same rows stay unique, and no release stands before this one.
"""

from alembic import op

revision = "find_a_repeat_by_its_client_id"
down_revision = "tell_mails_that_must_arrive"
branch_labels = None
depends_on = None

NAME = "uq_messages_client"


def upgrade() -> None:
    op.drop_index(NAME, table_name="messages")
    op.create_index(NAME, "messages", ["tenant_id", "conversation_id", "client_id", "sender_id"], unique=True)


def downgrade() -> None:
    op.drop_index(NAME, table_name="messages")
    op.create_index(NAME, "messages", ["tenant_id", "conversation_id", "sender_id", "client_id"], unique=True)
