"""Keep what people and companies are to each other, and which kinds of that there are.

Safe because: both tables are new; the release before knows nothing of them.
"""

import sqlalchemy as sa
from alembic import op

from crm import walls

revision = "relate_people"
down_revision = "list_who_is_blocked"

ENDS = ("from_person_id", "from_company_id", "to_person_id", "to_company_id")


def upgrade() -> None:
    make_kinds()
    make_relations()
    for table in ("relation_kinds", "relations"):
        op.execute(walls.wall(table))
    op.execute(walls.audited("relation_kinds", ["name", "reverse", "one", "other", "archived_at"]))
    op.execute(walls.audited("relations", ["kind_id", *ENDS]))


def own() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    ]


def make_kinds() -> None:
    op.create_table(
        "relation_kinds",
        *own(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reverse", sa.String(), nullable=False),
        sa.Column("one", sa.String(), nullable=False),
        sa.Column("other", sa.String(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "one in ('person', 'company', 'any') and other in ('person', 'company', 'any')",
            name=op.f("ck_relation_kinds_ends"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_relation_kinds")),
        sa.UniqueConstraint("tenant_id", "name", "reverse", name=op.f("uq_relation_kinds_tenant_id_name_reverse")),
    )


def make_relations() -> None:
    op.create_table(
        "relations",
        *own(),
        sa.Column("kind_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in ENDS),
        sa.Column("from_id", sa.Uuid(), computed("from"), nullable=False),
        sa.Column("to_id", sa.Uuid(), computed("to"), nullable=False),
        *(sa.CheckConstraint(f"num_nonnulls({way}_person_id, {way}_company_id) = 1", name=op.f(f"ck_relations_{way}"))
          for way in ("from", "to")),
        sa.CheckConstraint(
            "from_person_id <> to_person_id and from_company_id <> to_company_id", name=op.f("ck_relations_another")
        ),
        key("kind_id", "relation_kinds"),
        *(key(name, "people" if "person" in name else "companies", "CASCADE") for name in ENDS),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_relations")),
        sa.UniqueConstraint("tenant_id", "kind_id", *ENDS, name="uq_relations_once", postgresql_nulls_not_distinct=True),
    )  # fmt: skip
    op.create_index("ix_relations_from", "relations", ["tenant_id", "from_id", "to_id"])
    op.create_index("ix_relations_to", "relations", ["tenant_id", "to_id", "from_id"])


def computed(way: str) -> sa.Computed:
    return sa.Computed(f"coalesce({way}_person_id, {way}_company_id)", persisted=True)


def key(column: str, table: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    there = [f"{table}.tenant_id", f"{table}.id"]
    return sa.ForeignKeyConstraint(["tenant_id", column], there, name=op.f(f"fk_relations_{column}"), ondelete=ondelete)


def downgrade() -> None:
    op.drop_table("relations")
    op.drop_table("relation_kinds")
