"""Tickets with their conversations, followers, tags, links and checklists, their walls and their audit.

Safe because: the tables are new, and the release before knows nothing of them.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "keep_tickets"
down_revision = "send_what_people_wrote"

AUDITED = {
    "tickets": "subject type priority status customer_id assignee_id department_id due_at solved_at closed_at",
    "ticket_conversations": "ticket_id conversation_id",
    "ticket_followers": "ticket_id person_id",
    "ticket_tags": "ticket_id name",
    "ticket_links": "ticket_id other_id kind",
    "checklist_items": "ticket_id text done_at done_by_id",
}


def upgrade() -> None:
    make_tables()
    for table, columns in AUDITED.items():
        op.execute(walls.wall(table))
        op.execute(walls.audited(table, columns.split()))


def make_tables() -> None:
    op.create_table(
        "tickets",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("opened_by_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("search", sa.String(), sa.Computed("number::text || ' ' || subject", persisted=True), nullable=True),
        sa.CheckConstraint("priority in ('low', 'normal', 'high', 'urgent')", name=op.f("ck_tickets_priority")),
        sa.CheckConstraint(
            "status in ('new', 'open', 'pending', 'hold', 'solved', 'closed')", name=op.f("ck_tickets_status")
        ),
        sa.CheckConstraint("type in ('question', 'problem', 'incident', 'task')", name=op.f("ck_tickets_type")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "assignee_id"], ["people.tenant_id", "people.id"], name=op.f("fk_tickets_assignee_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"], ["people.tenant_id", "people.id"], name=op.f("fk_tickets_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["departments.tenant_id", "departments.id"],
            name=op.f("fk_tickets_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "opened_by_id"], ["people.tenant_id", "people.id"], name=op.f("fk_tickets_opened_by_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_tickets_tenant_id_number")),
    )
    op.create_index(
        "ix_tickets_assignee", "tickets", ["tenant_id", "assignee_id", "status", "touched_at", "id"], unique=False
    )
    op.create_index("ix_tickets_customer", "tickets", ["tenant_id", "customer_id", "touched_at", "id"], unique=False)
    op.create_index(
        "ix_tickets_department", "tickets", ["tenant_id", "department_id", "status", "touched_at", "id"], unique=False
    )
    op.create_index(
        "ix_tickets_search",
        "tickets",
        ["tenant_id", "search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_index("ix_tickets_status", "tickets", ["tenant_id", "status", "touched_at", "id"], unique=False)
    op.create_table(
        "checklist_items",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "done_by_id"], ["people.tenant_id", "people.id"], name=op.f("fk_checklist_items_done_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_id"],
            ["tickets.tenant_id", "tickets.id"],
            name=op.f("fk_checklist_items_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_checklist_items")),
    )
    op.create_index("ix_checklist_items_ticket", "checklist_items", ["tenant_id", "ticket_id", "id"], unique=False)
    op.create_table(
        "ticket_conversations",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name=op.f("fk_ticket_conversations_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_id"],
            ["tickets.tenant_id", "tickets.id"],
            name=op.f("fk_ticket_conversations_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ticket_conversations")),
        sa.UniqueConstraint(
            "tenant_id", "conversation_id", name=op.f("uq_ticket_conversations_tenant_id_conversation_id")
        ),
    )
    op.create_index(
        "ix_ticket_conversations_ticket",
        "ticket_conversations",
        ["tenant_id", "ticket_id", "conversation_id"],
        unique=False,
    )
    op.create_table(
        "ticket_followers",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"], ["people.tenant_id", "people.id"], name=op.f("fk_ticket_followers_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_id"],
            ["tickets.tenant_id", "tickets.id"],
            name=op.f("fk_ticket_followers_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ticket_followers")),
        sa.UniqueConstraint(
            "tenant_id", "ticket_id", "person_id", name=op.f("uq_ticket_followers_tenant_id_ticket_id_person_id")
        ),
    )
    op.create_table(
        "ticket_links",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.CheckConstraint("kind in ('duplicate_of', 'blocked_by', 'follows')", name=op.f("ck_ticket_links_kind")),
        sa.CheckConstraint("ticket_id <> other_id", name=op.f("ck_ticket_links_another")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "other_id"],
            ["tickets.tenant_id", "tickets.id"],
            name=op.f("fk_ticket_links_other_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_id"],
            ["tickets.tenant_id", "tickets.id"],
            name=op.f("fk_ticket_links_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ticket_links")),
        sa.UniqueConstraint(
            "tenant_id", "ticket_id", "other_id", "kind", name=op.f("uq_ticket_links_tenant_id_ticket_id_other_id_kind")
        ),
    )
    op.create_index("ix_ticket_links_other", "ticket_links", ["tenant_id", "other_id"], unique=False)
    op.create_table(
        "ticket_tags",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ticket_id"],
            ["tickets.tenant_id", "tickets.id"],
            name=op.f("fk_ticket_tags_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ticket_tags")),
        sa.UniqueConstraint("tenant_id", "ticket_id", "name", name=op.f("uq_ticket_tags_tenant_id_ticket_id_name")),
    )
    op.create_index("ix_ticket_tags_name", "ticket_tags", ["tenant_id", "name", "ticket_id"], unique=False)


def downgrade() -> None:
    op.drop_table("ticket_tags")
    op.drop_table("ticket_links")
    op.drop_table("ticket_followers")
    op.drop_table("ticket_conversations")
    op.drop_table("checklist_items")
    op.drop_table("tickets")
