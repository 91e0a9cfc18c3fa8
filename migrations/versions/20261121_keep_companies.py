"""Companies, customers' places in them, and what else is known of customers: addresses, tags, what they allow.

Safe because: the tables are new, the columns of people are empty, their indexes hold no row yet, and the release before
neither reads nor writes any of them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "keep_companies"
down_revision = "order_tickets_that_are_over"
branch_labels = None
depends_on = None

AUDITED = {
    "companies": "name domain industry employees founded website phone street postal_code city region country parent_id"
    " owner_id external_id note custom",
    "places": "customer_id company_id title",
    "customer_emails": "customer_id email",
    "tags": "name colour",
    "customer_tags": "customer_id tag_id",
    "company_tags": "company_id tag_id",
    "purposes": "key name text archived_at",
    "consents": "customer_id purpose_id given source by_id",
}
BEFORE = (
    "kind name email phone external_id language time_zone department_id manager_id owner_id role availability"
    " deactivated_at claimed_email region country lifecycle_stage custom note blocked_at"
)
NOW = f"{BEFORE} street postal_code city company_id avatar_id"


def upgrade() -> None:
    make_companies()
    make_details()
    make_consents()
    widen_people()
    for table, columns in AUDITED.items():
        op.execute(walls.wall(table))
        op.execute(walls.audited(table, columns.split()))
    audit_people(NOW)


def audit_people(columns: str) -> None:
    op.execute("DROP TRIGGER audit_people ON people")
    op.execute(walls.audited("people", columns.split()))


def make_companies() -> None:
    op.create_table(
        "companies",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=True),
        sa.Column("industry", sa.String(), nullable=True),
        sa.Column("employees", sa.Integer(), nullable=True),
        sa.Column("founded", sa.Integer(), nullable=True),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("street", sa.String(), nullable=True),
        sa.Column("postal_code", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("custom", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column(
            "search",
            sa.String(),
            sa.Computed("name || ' ' || coalesce(domain, '') || ' ' || coalesce(city, '')", persisted=True),
            nullable=True,
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_companies_parent")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["people.tenant_id", "people.id"], name=op.f("fk_companies_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"], ["companies.tenant_id", "companies.id"], name=op.f("fk_companies_parent_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_companies")),
    )
    op.create_index(
        "ix_companies_domain",
        "companies",
        ["tenant_id", "domain"],
        unique=False,
        postgresql_where=sa.text("domain IS NOT NULL"),
    )
    op.create_index("ix_companies_name", "companies", ["tenant_id", "name", "id"], unique=False)
    op.create_index(
        "ix_companies_owner",
        "companies",
        ["tenant_id", "owner_id"],
        unique=False,
        postgresql_where=sa.text("owner_id IS NOT NULL"),
    )
    op.create_index(
        "ix_companies_parent",
        "companies",
        ["tenant_id", "parent_id"],
        unique=False,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "ix_companies_search",
        "companies",
        ["tenant_id", "search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_index(
        "uq_companies_external",
        "companies",
        ["tenant_id", "external_id"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_table(
        "places",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "company_id"],
            ["companies.tenant_id", "companies.id"],
            name=op.f("fk_places_company_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_places_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_places")),
        sa.UniqueConstraint(
            "tenant_id", "customer_id", "company_id", name=op.f("uq_places_tenant_id_customer_id_company_id")
        ),
    )
    op.create_index("ix_places_company", "places", ["tenant_id", "company_id", "customer_id"], unique=False)


def make_details() -> None:
    op.create_table(
        "customer_emails",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_customer_emails_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_customer_emails")),
        sa.UniqueConstraint("tenant_id", "email", name=op.f("uq_customer_emails_tenant_id_email")),
    )
    op.create_index("ix_customer_emails_customer", "customer_emails", ["tenant_id", "customer_id"], unique=False)
    op.create_table(
        "tags",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("colour", sa.String(), server_default="b", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tags")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_tags_tenant_id_name")),
    )
    op.create_table(
        "customer_tags",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_customer_tags_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "tag_id"],
            ["tags.tenant_id", "tags.id"],
            name=op.f("fk_customer_tags_tag_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_customer_tags")),
        sa.UniqueConstraint(
            "tenant_id", "customer_id", "tag_id", name=op.f("uq_customer_tags_tenant_id_customer_id_tag_id")
        ),
    )
    op.create_index("ix_customer_tags_tag", "customer_tags", ["tenant_id", "tag_id", "customer_id"], unique=False)
    op.create_table(
        "company_tags",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "company_id"],
            ["companies.tenant_id", "companies.id"],
            name=op.f("fk_company_tags_company_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "tag_id"],
            ["tags.tenant_id", "tags.id"],
            name=op.f("fk_company_tags_tag_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_company_tags")),
        sa.UniqueConstraint(
            "tenant_id", "company_id", "tag_id", name=op.f("uq_company_tags_tenant_id_company_id_tag_id")
        ),
    )
    op.create_index("ix_company_tags_tag", "company_tags", ["tenant_id", "tag_id", "company_id"], unique=False)


def make_consents() -> None:
    op.create_table(
        "purposes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), server_default="", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purposes")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_purposes_tenant_id_key")),
    )
    op.create_table(
        "consents",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purpose_id", sa.Uuid(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("source in ('said', 'form', 'mail', 'import')", name=op.f("ck_consents_source")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "by_id"], ["people.tenant_id", "people.id"], name=op.f("fk_consents_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["people.tenant_id", "people.id"],
            name=op.f("fk_consents_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purpose_id"], ["purposes.tenant_id", "purposes.id"], name=op.f("fk_consents_purpose_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_customer", "consents", ["tenant_id", "customer_id", "purpose_id", "id"], unique=False)


def widen_people() -> None:
    op.add_column("people", sa.Column("street", sa.String(), nullable=True))
    op.add_column("people", sa.Column("postal_code", sa.String(), nullable=True))
    op.add_column("people", sa.Column("city", sa.String(), nullable=True))
    op.add_column("people", sa.Column("company_id", sa.Uuid(), nullable=True))
    op.add_column("people", sa.Column("avatar_id", sa.Uuid(), nullable=True))
    op.add_column("people", sa.Column("avatar_type", sa.String(), nullable=True))
    op.create_index(
        "ix_people_company",
        "people",
        ["tenant_id", "company_id"],
        unique=False,
        postgresql_where=sa.text("company_id IS NOT NULL"),
    )
    op.create_index(
        "ix_people_owner",
        "people",
        ["tenant_id", "owner_id"],
        unique=False,
        postgresql_where=sa.text("owner_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_people_company_id"), "people", "companies", ["tenant_id", "company_id"], ["tenant_id", "id"]
    )


def downgrade() -> None:
    audit_people(BEFORE)
    op.drop_constraint(op.f("fk_people_company_id"), "people", type_="foreignkey")
    for index in ("ix_people_owner", "ix_people_company"):
        op.drop_index(index, table_name="people")
    for column in ("avatar_type", "avatar_id", "company_id", "city", "postal_code", "street"):
        op.drop_column("people", column)
    for table in (
        "consents",
        "purposes",
        "company_tags",
        "customer_tags",
        "tags",
        "customer_emails",
        "places",
        "companies",
    ):
        op.drop_table(table)
