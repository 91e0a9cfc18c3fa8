"""Purchases and refunds with their lines, rates, receipts, payments, and how a tenant sells.

Safe because: the tables are new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "keep_purchases"
down_revision = "merge_customers"

AUDITED = {
    "transactions": "number kind state customer_id company_id refund_of_id currency base_currency rate tax_included "
    "discount tax total base_total paid refunded memo external_id happened_at custom",
    "transaction_lines": "transaction_id product_id sku name quantity unit_price discount_rate discount tax_rate tax "
    "total refunded",
    "rates": "base currency day rate",
    "receipts": "number transaction_id seller buyer",
    "payments": "transaction_id refund_of_id method state amount currency external_id due_at",
    "shop_settings": "seller prices_include_tax invoice_days portal_open on_account",
}


def upgrade() -> None:
    for make in (make_transactions, make_lines, make_rates, make_receipts, make_payments, make_settings):
        make()
    for table, columns in AUDITED.items():
        op.execute(walls.wall(table))
        op.execute(walls.audited(table, columns.split()))


def own() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    ]


def amount(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def word(name: str, default: str | None = None) -> sa.Column:
    return sa.Column(name, sa.String(), server_default=default, nullable=False)


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def refers(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{to}.tenant_id", f"{to}.id"],
        name=op.f(f"fk_{table}_{column}"),
        ondelete=ondelete,
    )


def make_transactions() -> None:
    op.create_table(
        "transactions",
        *own(),
        sa.Column("number", sa.Integer(), nullable=False),
        word("kind", "purchase"),
        word("state", "draft"),
        word("source", "employee"),
        *(
            sa.Column(name, sa.Uuid(), nullable=True)
            for name in ("customer_id", "company_id", "entered_by_id", "refund_of_id")
        ),
        word("currency"),
        word("base_currency"),
        sa.Column("rate", sa.Numeric(20, 10), server_default="1", nullable=False),
        sa.Column("tax_included", sa.Boolean(), server_default="true", nullable=False),
        *(amount(name) for name in ("discount", "tax", "total", "base_total", "paid", "refunded")),
        word("memo", ""),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("key", sa.Uuid(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        *(moment(name) for name in ("placed_at", "paid_at", "fulfilled_at", "cancelled_at")),
        sa.Column("custom", postgresql.JSONB(), server_default="{}", nullable=False),
        *checks_of_transactions(),
        refers("transactions", "customer_id", "people"),
        refers("transactions", "entered_by_id", "people"),
        refers("transactions", "company_id", "companies"),
        refers("transactions", "refund_of_id", "transactions"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_transactions")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_transactions_tenant_id_number")),
    )
    index_transactions()


def checks_of_transactions() -> list[sa.CheckConstraint]:
    states = "state in ('draft', 'placed', 'paid', 'fulfilled', 'refunded', 'cancelled')"
    return [
        sa.CheckConstraint("kind in ('purchase', 'refund')", name=op.f("ck_transactions_kind")),
        sa.CheckConstraint(states, name=op.f("ck_transactions_state")),
        sa.CheckConstraint("total >= 0 and tax >= 0 and discount >= 0", name=op.f("ck_transactions_amounts")),
        sa.CheckConstraint("refunded between 0 and paid", name=op.f("ck_transactions_refunded")),
    ]


def index_transactions() -> None:
    for name, column in {"state": "state", "customer": "customer_id", "company": "company_id"}.items():
        op.create_index(f"ix_transactions_{name}", "transactions", ["tenant_id", column, "happened_at", "id"])
    op.create_index("ix_transactions_happened", "transactions", ["tenant_id", "happened_at", "id"])
    op.create_index("ix_transactions_refund_of", "transactions", ["tenant_id", "refund_of_id"])
    for name, column in {"key": "key", "external": "external_id"}.items():
        op.create_index(f"uq_transactions_{name}", "transactions", ["tenant_id", column], unique=True,
                        postgresql_where=sa.text(f"{column} IS NOT NULL"))  # fmt: skip


def make_lines() -> None:
    op.create_table(
        "transaction_lines",
        *own(),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("of_line_id", sa.Uuid(), nullable=True),
        word("sku", ""),
        word("name"),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("discount_rate", sa.Integer(), nullable=True),
        amount("discount"),
        sa.Column("tax_rate", sa.Integer(), server_default="0", nullable=False),
        amount("tax"),
        amount("total"),
        sa.Column("refunded", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("quantity between 1 and 1000000", name=op.f("ck_transaction_lines_quantity")),
        sa.CheckConstraint(
            "unit_price >= 0 and discount >= 0 and tax >= 0 and total >= 0", name=op.f("ck_transaction_lines_amounts")
        ),
        sa.CheckConstraint("refunded between 0 and quantity", name=op.f("ck_transaction_lines_refunded")),
        refers("transaction_lines", "transaction_id", "transactions", "CASCADE"),
        refers("transaction_lines", "product_id", "products"),
        refers("transaction_lines", "of_line_id", "transaction_lines"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_transaction_lines")),
    )
    op.create_index("ix_transaction_lines_transaction", "transaction_lines", ["tenant_id", "transaction_id", "id"])
    op.create_index("ix_transaction_lines_product", "transaction_lines", ["tenant_id", "product_id", "id"])


def make_rates() -> None:
    op.create_table(
        "rates",
        *own(),
        word("base"),
        word("currency"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(20, 10), nullable=False),
        sa.CheckConstraint("rate > 0", name=op.f("ck_rates_rate")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rates")),
        sa.UniqueConstraint("tenant_id", "base", "currency", "day", name=op.f("uq_rates_tenant_id_base_currency_day")),
    )


def make_receipts() -> None:
    op.create_table(
        "receipts",
        *own(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        word("seller", ""),
        word("buyer", ""),
        refers("receipts", "transaction_id", "transactions"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_receipts_tenant_id_number")),
        sa.UniqueConstraint("tenant_id", "transaction_id", name=op.f("uq_receipts_tenant_id_transaction_id")),
    )


def make_payments() -> None:
    op.create_table(
        "payments",
        *own(),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("refund_of_id", sa.Uuid(), nullable=True),
        word("method"),
        word("state", "open"),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        word("currency"),
        sa.Column("external_id", sa.String(), nullable=True),
        moment("due_at"),
        moment("settled_at"),
        sa.CheckConstraint("state in ('open', 'paid', 'failed')", name=op.f("ck_payments_state")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_payments_amount")),
        refers("payments", "transaction_id", "transactions", "CASCADE"),
        refers("payments", "refund_of_id", "payments"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payments")),
        sa.UniqueConstraint(
            "tenant_id", "method", "external_id", name=op.f("uq_payments_tenant_id_method_external_id")
        ),
    )
    op.create_index("ix_payments_transaction", "payments", ["tenant_id", "transaction_id", "id"])


def make_settings() -> None:
    op.create_table(
        "shop_settings",
        *own(),
        word("seller", ""),
        sa.Column("prices_include_tax", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("invoice_days", sa.Integer(), server_default="14", nullable=False),
        sa.Column("portal_open", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("on_account", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("stripe_key", sa.String(), nullable=True),
        sa.Column("stripe_webhook_secret", sa.String(), nullable=True),
        sa.CheckConstraint("invoice_days between 0 and 365", name=op.f("ck_shop_settings_invoice_days")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_shop_settings")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_shop_settings_tenant_id")),
    )


def downgrade() -> None:
    for table in ("shop_settings", "payments", "receipts", "rates", "transaction_lines", "transactions"):
        op.drop_table(table)
