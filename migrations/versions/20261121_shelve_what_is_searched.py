"""Put what is searched on shelves of some thousand entries each, so that a search can look at the newest ones alone.

Safe because: the new columns have defaults, so the release before writes rows without them, onto the first shelf, where
every search looks in the end.
"""

import sqlalchemy as sa
from alembic import op

revision = "shelve_what_is_searched"
down_revision = "close_and_rate_tickets"

EACH_TENANT = """
DO $$ DECLARE tenant uuid; BEGIN
    FOR tenant IN SELECT id FROM tenants LOOP
        PERFORM set_config('app.tenant_id', tenant::text, true);
        UPDATE search_entries entry SET shelf = place.place / 4096 FROM (
            SELECT id, row_number() OVER (ORDER BY id) AS place FROM search_entries WHERE tenant_id = tenant) place
        WHERE entry.tenant_id = tenant AND entry.id = place.id;
        UPDATE search_marks SET taken = (SELECT count(*) FROM search_entries WHERE tenant_id = tenant) WHERE tenant_id = tenant;
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
END $$"""
NAME = "ix_search_entries_words"


def upgrade() -> None:
    op.add_column("search_entries", sa.Column("shelf", sa.Integer(), server_default="0", nullable=False))
    op.add_column("search_marks", sa.Column("taken", sa.Integer(), server_default="0", nullable=False))
    op.add_column("search_marks", sa.Column("reached", sa.Uuid(), nullable=True))
    op.drop_index(NAME, table_name="search_entries")
    op.execute(EACH_TENANT)
    columns = ["tenant_id", "shelf", "words"]
    op.create_index(NAME, "search_entries", columns, postgresql_using="gin", postgresql_with={"fastupdate": "off"})
    op.execute("ALTER INDEX ix_search_words_parts SET (fastupdate = off)")


def downgrade() -> None:
    op.execute("ALTER INDEX ix_search_words_parts RESET (fastupdate)")
    op.drop_index(NAME, table_name="search_entries")
    op.create_index(NAME, "search_entries", ["tenant_id", "words"], postgresql_using="gin")
    op.drop_column("search_marks", "reached")
    op.drop_column("search_marks", "taken")
    op.drop_column("search_entries", "shelf")
