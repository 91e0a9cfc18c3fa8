"""Know of which ready kind a kind of relations was made, so that it may be called otherwise and is not offered twice.

Safe because: the column may be empty, and the release before, which does not know it, finds its kinds by their names; so does
this one what that release makes.
"""

import sqlalchemy as sa
from alembic import op

revision = "rename_relations"
down_revision = "find_who_entered_what"


def upgrade() -> None:
    op.add_column("relation_kinds", sa.Column("key", sa.String(), nullable=True))
    op.execute(FIND)
    op.create_unique_constraint(op.f("uq_relation_kinds_tenant_id_key"), "relation_kinds", ["tenant_id", "key"])


def downgrade() -> None:
    op.drop_column("relation_kinds", "key")


# By what they are called in the workspaces' languages; of two, one in each, the elder.
FIND = """
DO $$ DECLARE tenant uuid; BEGIN
    FOR tenant IN SELECT id FROM tenants LOOP
        PERFORM set_config('app.tenant_id', tenant::text, true);
        UPDATE relation_kinds SET key = found.key FROM (
            SELECT DISTINCT ON (ready.key) ready.key, kind.id FROM relation_kinds kind JOIN (VALUES
                ('parent', 'parent of', 'child of'), ('parent', 'Elternteil von', 'Kind von'),
                ('works', 'works for', 'employs'), ('works', 'arbeitet für', 'beschäftigt'),
                ('referred', 'referred', 'was referred by'), ('referred', 'empfahl', 'wurde empfohlen von'),
                ('partner', 'partner of', 'partner of'), ('partner', 'Partner von', 'Partner von')
            ) ready (key, name, reverse) ON kind.name = ready.name AND kind.reverse = ready.reverse
            WHERE kind.tenant_id = tenant ORDER BY ready.key, kind.id) found
        WHERE relation_kinds.tenant_id = tenant AND relation_kinds.id = found.id;
    END LOOP;
    PERFORM set_config('app.tenant_id', '', true);
END $$"""
