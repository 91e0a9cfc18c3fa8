"""Note the rows of somebody with tens of thousands of them in seconds: the planner is told how many were found so far.

Without that it reads a table that has no index of the key (notifications of messages, for one) once for every message.
Safe because: the function does what it did, and only a second erasure of so much waits for the first.
"""

from alembic import op

revision = "mark_many_at_once"
down_revision = "sort_purchases_by_worth"

MARK = """
CREATE OR REPLACE FUNCTION mark_erased(person uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    tenant uuid := NULLIF(current_setting('app.tenant_id', true), '')::uuid;
    step integer := 0;
    more bigint := 1;
    fresh bigint;
    key record;%(names)s
BEGIN
    INSERT INTO erased_rows (tenant_id, id, person_id, table_name, row_id, level)
    SELECT tenant, make_uuid7(), person, 'people', p.id, 0 FROM people p
    WHERE p.tenant_id = tenant AND (p.id = person OR p.merged_into_id = person) AND p.kind IN ('customer', 'merged', 'erased')
    ON CONFLICT DO NOTHING;
    WHILE more > 0 LOOP%(count)s
        more := 0;
        FOR key IN
            SELECT c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent, a.attname AS name
            FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2]
            WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace AND array_length(c.conkey, 1) = 2
                AND (c.confrelid = 'people'::regclass OR c.confdeltype = 'c' OR c.conrelid = 'receipts'::regclass)
                AND c.conrelid <> 'people'::regclass
                AND %(reached)s
        LOOP
            EXECUTE format('INSERT INTO erased_rows (tenant_id, id, person_id, table_name, row_id, level) '
                'SELECT $1, make_uuid7(), $2, %%L, c.id, $3 + 1 FROM erased_rows e '
                'JOIN %%I c ON c.tenant_id = $1 AND c.%%I = e.row_id '
                'WHERE e.tenant_id = $1 AND e.person_id = $2 AND e.table_name = %%L AND e.level = $3 ON CONFLICT DO NOTHING',
                key.child, key.child, key.name, key.parent) USING tenant, person, step;
            GET DIAGNOSTICS fresh = ROW_COUNT;
            more := more + fresh;
        END LOOP;
        step := step + 1;
    END LOOP;
END $$"""

NOW = {
    "names": "\n    parents text[];",
    "count": """
        IF more > 1000 THEN ANALYZE erased_rows; END IF;
        SELECT array_agg(DISTINCT e.table_name) INTO parents FROM erased_rows e
        WHERE e.tenant_id = tenant AND e.person_id = person AND e.level = step;""",
    "reached": "c.confrelid::regclass::text = ANY (parents)",
}
BEFORE = {
    "names": "",
    "count": "",
    "reached": """EXISTS (SELECT FROM erased_rows e WHERE e.tenant_id = tenant AND e.person_id = person
                    AND e.level = step AND e.table_name = c.confrelid::regclass::text)""",
}


def upgrade() -> None:
    op.execute(MARK % NOW)


def downgrade() -> None:
    op.execute(MARK % BEFORE)
