"""Keep imports from files and what became of each of their rows, with their walls and their audit.

Safe because: the tables are new, and the release before knows nothing of them. The rows are their own record, and not audited.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "import_from_files"
down_revision = "order_what_is_over"

STATES = "('reading', 'testing', 'running', 'undoing', 'unreadable', 'mapping', 'tested', 'paused', 'done', 'undone')"


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_by_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("rows_id", sa.Uuid(), nullable=True),
        sa.Column("about", postgresql.JSONB(), nullable=False),
        sa.Column("headings_hash", sa.String(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=True),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("match", sa.String(), nullable=False),
        sa.Column("clears", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"state in {STATES}", name=op.f("ck_imports_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "started_by_id"], ["people.tenant_id", "people.id"], name=op.f("fk_imports_started_by_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_imports")),
    )
    op.create_index("ix_imports_like", "imports", ["tenant_id", "kind", "headings_hash", "id"], unique=False)
    op.create_table(
        "import_rows",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("tried", sa.Boolean(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("changes", postgresql.JSONB(), nullable=True),
        sa.Column("sentence", sa.String(), server_default="", nullable=False),
        sa.Column("undone", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["imports.tenant_id", "imports.id"],
            name=op.f("fk_import_rows_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_import_rows")),
    )
    op.create_index(
        "ix_import_rows_number", "import_rows", ["tenant_id", "import_id", "outcome", "number"], unique=False
    )
    for table in ("imports", "import_rows"):
        op.execute(walls.wall(table))
    op.execute(walls.audited("imports", ["kind", "name", "state", "mapping", "mode", "match", "clears", "emptied_at"]))


COUNTS = ("done", "created", "updated", "unchanged", "left_out", "refused", "taken_back", "kept")


def downgrade() -> None:
    op.drop_table("import_rows")
    op.drop_table("imports")
