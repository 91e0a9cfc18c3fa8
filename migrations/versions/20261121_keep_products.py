"""Products and services with a price in each currency.

Safe because: the tables are new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "keep_products"
down_revision = "keep_companies"

AUDITED = {
    "products": "sku name kind description category tax_rate stock active deleted_at external_id custom picture_id",
    "product_prices": "product_id currency amount",
}


def upgrade() -> None:
    make_products()
    make_prices()
    for table, columns in AUDITED.items():
        op.execute(walls.wall(table))
        op.execute(walls.audited(table, columns.split()))


def own() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    ]


def make_products() -> None:
    plain = "lower(replace(replace(name, ' ', ''), '-', ''))"
    op.create_table(
        "products",
        *own(),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), server_default="product", nullable=False),
        sa.Column("description", sa.String(), server_default="", nullable=False),
        sa.Column("category", sa.String(), server_default="", nullable=False),
        sa.Column("tax_rate", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("picture_id", sa.Uuid(), nullable=True),
        sa.Column("picture_type", sa.String(), server_default="", nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("custom", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("plain_name", sa.String(), sa.Computed(plain, persisted=True), nullable=False),
        sa.Column(
            "search", sa.String(), sa.Computed("sku || ' ' || name || ' ' || category", persisted=True), nullable=False
        ),
        sa.CheckConstraint("kind in ('product', 'service')", name=op.f("ck_products_kind")),
        sa.CheckConstraint("tax_rate between 0 and 10000", name=op.f("ck_products_tax_rate")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_products_stock")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_products")),
        sa.UniqueConstraint("tenant_id", "sku", name=op.f("uq_products_tenant_id_sku")),
    )
    op.create_index("ix_products_name", "products", ["tenant_id", "name", "id"])
    op.create_index("ix_products_plain", "products", ["tenant_id", "plain_name"])
    given = sa.text("external_id IS NOT NULL")
    op.create_index("uq_products_external", "products", ["tenant_id", "external_id"], unique=True,
                    postgresql_where=given)  # fmt: skip
    op.create_index("ix_products_search", "products", ["tenant_id", "search"], postgresql_using="gin",
                    postgresql_ops={"search": "gin_trgm_ops"})  # fmt: skip


def make_prices() -> None:
    op.create_table(
        "product_prices",
        *own(),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_product_prices_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["products.tenant_id", "products.id"],
            name=op.f("fk_product_prices_product_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_product_prices")),
        sa.UniqueConstraint(
            "tenant_id", "product_id", "currency", name=op.f("uq_product_prices_tenant_id_product_id_currency")
        ),
    )


def downgrade() -> None:
    op.drop_table("product_prices")
    op.drop_table("products")
