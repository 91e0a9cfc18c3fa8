"""Remember who was erased, and let the application blank the audit of such a person's rows and of nobody else's.

The application may not write the audit. `mark_erased` notes which rows are a person's, by the foreign keys, and
`blank_audit` empties what the audit says of these, once the person is erased. Safe because: the tables and functions are new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm import walls

revision = "erase_people"
down_revision = "know_how_often_values_occur"

KEYS = [
    sa.Column("tenant_id", sa.Uuid(), nullable=False),
    sa.Column("id", sa.Uuid(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
]
# Whatever names the person or who became a part of them, then what is a part of that (a cascading key, and receipts,
# which must never go with a purchase), and so on.
MARK = """
CREATE FUNCTION mark_erased(person uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    tenant uuid := NULLIF(current_setting('app.tenant_id', true), '')::uuid;
    step integer := 0;
    more bigint := 1;
    fresh bigint;
    key record;
BEGIN
    INSERT INTO erased_rows (tenant_id, id, person_id, table_name, row_id, level)
    SELECT tenant, make_uuid7(), person, 'people', p.id, 0 FROM people p
    WHERE p.tenant_id = tenant AND (p.id = person OR p.merged_into_id = person) AND p.kind IN ('customer', 'merged', 'erased')
    ON CONFLICT DO NOTHING;
    WHILE more > 0 LOOP
        more := 0;
        FOR key IN
            SELECT c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent, a.attname AS name
            FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2]
            WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace AND array_length(c.conkey, 1) = 2
                AND (c.confrelid = 'people'::regclass OR c.confdeltype = 'c' OR c.conrelid = 'receipts'::regclass)
                AND c.conrelid <> 'people'::regclass
                AND EXISTS (SELECT FROM erased_rows e WHERE e.tenant_id = tenant AND e.person_id = person
                    AND e.level = step AND e.table_name = c.confrelid::regclass::text)
        LOOP
            EXECUTE format('INSERT INTO erased_rows (tenant_id, id, person_id, table_name, row_id, level) '
                'SELECT $1, make_uuid7(), $2, %L, c.id, $3 + 1 FROM erased_rows e '
                'JOIN %I c ON c.tenant_id = $1 AND c.%I = e.row_id '
                'WHERE e.tenant_id = $1 AND e.person_id = $2 AND e.table_name = %L AND e.level = $3 ON CONFLICT DO NOTHING',
                key.child, key.child, key.name, key.parent) USING tenant, person, step;
            GET DIAGNOSTICS fresh = ROW_COUNT;
            more := more + fresh;
        END LOOP;
        step := step + 1;
    END LOOP;
END $$"""

# Numbers, yes and no, ids and times stay; the rest becomes null. The list of rows goes.
BLANK = """
CREATE FUNCTION blank_audit(person uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    tenant uuid := NULLIF(current_setting('app.tenant_id', true), '')::uuid;
BEGIN
    PERFORM FROM people p WHERE p.tenant_id = tenant AND p.id = person AND p.kind = 'erased';
    IF NOT FOUND THEN RAISE EXCEPTION 'Only of somebody who is erased is the audit blanked.'; END IF;
    UPDATE audit SET changes = (
        SELECT coalesce(jsonb_object_agg(one.key, jsonb_build_array(blanked(one.value -> 0), blanked(one.value -> 1))), '{}')
        FROM jsonb_each(audit.changes) AS one)
    FROM erased_rows e
    WHERE e.tenant_id = tenant AND e.person_id = person
        AND audit.tenant_id = tenant AND audit.table_name = e.table_name AND audit.row_id = e.row_id;
    DELETE FROM erased_rows e WHERE e.tenant_id = tenant AND e.person_id = person;
END $$"""

BLANKED = r"""
CREATE FUNCTION blanked(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT CASE
        WHEN jsonb_typeof(value) IN ('number', 'boolean') THEN value
        WHEN jsonb_typeof(value) = 'string' AND (value #>> '{}') ~
            '^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+([+-][\d:]+|Z)?)$' THEN value
        ELSE 'null'::jsonb END
$$"""


def upgrade() -> None:
    make_tables()
    for table in ("erasures", "erased_rows"):
        op.execute(walls.wall(table))
    op.execute(walls.audited("erasures", ["customer_id", "by_id", "finished_at"]))
    op.execute(walls.append_only("erased_rows", insert=False))
    for function in (BLANKED, MARK, BLANK):
        op.execute(function)


def make_tables() -> None:
    people = ["people.tenant_id", "people.id"]
    op.create_table(
        "erasures",
        *(column._copy() for column in KEYS),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("files", postgresql.JSONB(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], people, name=op.f("fk_erasures_customer_id")),
        sa.ForeignKeyConstraint(["tenant_id", "by_id"], people, name=op.f("fk_erasures_by_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("tenant_id", "customer_id", name=op.f("uq_erasures_tenant_id_customer_id")),
    )
    op.create_index("ix_erasures_finished", "erasures", ["tenant_id", "finished_at"])
    op.create_table(
        "erased_rows",
        *(column._copy() for column in KEYS),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_erased_rows")),
        sa.UniqueConstraint("tenant_id", "person_id", "table_name", "row_id",
                            name=op.f("uq_erased_rows_tenant_id_person_id_table_name_row_id")),
    )  # fmt: skip


def downgrade() -> None:
    op.execute("DROP FUNCTION blank_audit(uuid), mark_erased(uuid), blanked(jsonb)")
    op.drop_table("erased_rows")
    op.drop_table("erasures")
