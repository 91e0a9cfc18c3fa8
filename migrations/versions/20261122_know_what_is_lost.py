"""Know what of a purchase's disputed money is lost for good: it said “Disputed” for ever, beside “Refunded”.

Safe because: the column has a default that needs no rewrite, and who does not write it shows a lost dispute as an open one
until its server is asked again.
"""

import sqlalchemy as sa
from alembic import op

revision = "know_what_is_lost"
down_revision = "rename_relations"


def upgrade() -> None:
    op.add_column("transactions", sa.Column("lost", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_transactions_lost"), "transactions", "lost >= 0")
    op.execute(COUNT)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_transactions_lost"), "transactions")
    op.drop_column("transactions", "lost")


COUNT = """
DO $$ DECLARE tenant uuid; BEGIN
    FOR tenant IN SELECT id FROM tenants LOOP
        PERFORM set_config('app.tenant_id', tenant::text, true);
        UPDATE transactions SET lost = found.sum FROM (
            SELECT transaction_id, sum(gone - of_surplus) AS sum FROM disputes
            WHERE tenant_id = tenant AND status = 'lost' GROUP BY transaction_id) found
        WHERE transactions.tenant_id = tenant AND transactions.id = found.transaction_id;
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
END $$"""
