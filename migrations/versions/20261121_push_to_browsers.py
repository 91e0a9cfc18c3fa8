"""Keep the browsers that notifications are pushed to, and what is still to be pushed.

Safe because: the tables are new, and the release before knows nothing of them.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "push_to_browsers"
down_revision = "search_tickets_and_messages"


def upgrade() -> None:
    op.create_table(
        "push_devices",
        *own_columns(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("p256dh", sa.String(), nullable=False),
        sa.Column("auth", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        key("push_devices", "person_id", "people"),
        key("push_devices", "session_id", "sessions"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_push_devices")),
        sa.UniqueConstraint("tenant_id", "endpoint", name=op.f("uq_push_devices_tenant_id_endpoint")),
    )
    op.create_index("ix_push_devices_person", "push_devices", ["tenant_id", "person_id"])
    op.execute(walls.wall("push_devices"))
    make_pushes()


def make_pushes() -> None:
    op.create_table(
        "pushes",
        *own_columns(),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        key("pushes", "notification_id", "notifications"),
        key("pushes", "device_id", "push_devices"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pushes")),
        sa.UniqueConstraint(
            "tenant_id", "notification_id", "device_id", name=op.f("uq_pushes_tenant_id_notification_id_device_id")
        ),
    )
    op.create_index("ix_pushes_due", "pushes", ["tenant_id", "due"])
    op.create_index("ix_pushes_device", "pushes", ["tenant_id", "device_id"])
    op.execute(walls.wall("pushes"))


def own_columns() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    ]


def key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    there = [f"{target}.tenant_id", f"{target}.id"]
    return sa.ForeignKeyConstraint(["tenant_id", column], there, name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("pushes")
    op.drop_table("push_devices")
