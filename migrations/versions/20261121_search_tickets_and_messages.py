"""Search tickets and messages by their words, and by parts of words: entries that a clock fills, behind the wall.

Safe because: the tables are new, and nothing that writes messages knows of them. The indexes serve under the policy only
where `ts_match_vq` and `texticlike` are marked leakproof, which setting up the database does.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "search_tickets_and_messages"
down_revision = "show_who_looks"


def common() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "search_entries",
        *common(),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.CheckConstraint("kind in ('ticket', 'message')", name=op.f("ck_search_entries_kind")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("fk_search_entries_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_search_entries")),
    )
    op.create_index("ix_search_entries_words", "search_entries", ["tenant_id", "words"], postgresql_using="gin")
    op.create_table(
        "search_words",
        *common(),
        sa.Column("word", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_search_words")),
        sa.UniqueConstraint("tenant_id", "word", name=op.f("uq_search_words_tenant_id_word")),
    )
    op.create_index(
        "ix_search_words_parts",
        "search_words",
        ["tenant_id", "word"],
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    op.create_table(
        "search_marks",
        *common(),
        sa.Column("taken_to", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_search_marks")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_search_marks_tenant_id")),
    )
    for table in ("search_entries", "search_words", "search_marks"):
        op.execute(walls.wall(table))


def downgrade() -> None:
    for table in ("search_marks", "search_words", "search_entries"):
        op.drop_table(table)
