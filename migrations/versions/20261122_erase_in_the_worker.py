"""Erase people and put together what is kept about them in the worker, with what became of it.

Safe because: the columns have defaults that need no rewrite, and what the release before writes reads as done; states
are only added.
"""

import sqlalchemy as sa
from alembic import op

revision = "erase_in_the_worker"
down_revision = "keep_disputes"

TABLES = ("erasures", "person_exports")


def upgrade() -> None:
    op.add_column("erasures", sa.Column("state", sa.String(), server_default="erased", nullable=False))
    op.create_check_constraint(op.f("ck_erasures_state"), "erasures", "state in ('asked', 'failed', 'erased')")
    for table in TABLES:
        op.add_column(table, sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
        op.add_column(table, sa.Column("problem", sa.String(), server_default="", nullable=False))
        moment = sa.Column("due", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        op.add_column(table, moment)
    states("'asked', 'failed', 'ready', 'over'")


def downgrade() -> None:
    op.execute(GIVEN_UP)
    states("'asked', 'ready', 'over'")
    for table in TABLES:
        for name in ("due", "problem", "tries"):
            op.drop_column(table, name)
    op.drop_constraint(op.f("ck_erasures_state"), "erasures")
    op.drop_column("erasures", "state")


def states(known: str) -> None:
    name = op.f("ck_person_exports_state")
    op.drop_constraint(name, "person_exports")
    op.create_check_constraint(name, "person_exports", f"state in ({known})")


# The release before knows neither what failed nor an erasure that did not happen yet.
GIVEN_UP = """
DO $$ DECLARE tenant uuid; BEGIN
    FOR tenant IN SELECT id FROM tenants LOOP
        PERFORM set_config('app.tenant_id', tenant::text, true);
        UPDATE person_exports SET state = 'over' WHERE tenant_id = tenant AND state = 'failed';
        DELETE FROM erasures WHERE tenant_id = tenant AND state <> 'erased';
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
END $$"""
