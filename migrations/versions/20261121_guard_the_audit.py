"""Let nobody but the audit's own triggers write it, keep months in UTC, and let only the owner say which migration is in.

The audit's writer acts as the owner. Whoever may execute it may put it on a temporary table and so write what they like;
firing an existing trigger needs no right. A month's border must not move with the server's time zone.

Safe because: no release stands before this one, and the release before would not notice.
"""

from alembic import op

revision = "guard_the_audit"
down_revision = "search_customers"


def upgrade() -> None:
    op.execute("REVOKE EXECUTE ON FUNCTION write_audit() FROM PUBLIC")
    op.execute("ALTER FUNCTION make_months(integer) SET timezone = 'UTC'")
    op.execute("SELECT take_rights('alembic_version', 'INSERT, UPDATE, DELETE')")


def downgrade() -> None:
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'rapport_app') THEN"
        " GRANT INSERT, UPDATE, DELETE ON alembic_version TO rapport_app; END IF; END $$"
    )
    op.execute("ALTER FUNCTION make_months(integer) RESET timezone")
    op.execute("GRANT EXECUTE ON FUNCTION write_audit() TO PUBLIC")
