"""SQL that puts a table behind the second wall and under the audit; used by migrations.

Each function returns one statement for `op.execute`.
"""

POLICY = "tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid"


def wall(table: str) -> str:
    """Row-level security that also binds the owner, and one policy: the tenant of the transaction and no other."""
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY; "
        f"CREATE POLICY tenant_wall ON {table} USING ({POLICY}) WITH CHECK ({POLICY})"
    )


def audited(table: str, columns: list[str], inserts: bool = True) -> str:
    """Write every deletion, every change of `columns` and, with `inserts`, every new row into the audit.

    The name is an argument because on a Citus shard TG_TABLE_NAME is the shard's.
    """
    events = f"{'INSERT OR ' if inserts else ''}DELETE OR UPDATE OF {', '.join(columns)}"
    return (
        f"CREATE TRIGGER audit_{table} AFTER {events} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION write_audit('{table}', '{','.join(columns)}')"
    )


def audited_together(table: str, columns: list[str]) -> str:
    """The same for new rows alone, all of a statement at once: for tables into which thousands come from a file.

    One of 10,000 people costs 20 µs of processor time instead of 90. `audited(…, inserts=False)` does the rest.
    """
    return (
        f"CREATE TRIGGER audit_{table}_rows AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh "
        f"FOR EACH STATEMENT EXECUTE FUNCTION write_audit_rows('{table}', '{','.join(columns)}')"
    )


def append_only(table: str, insert: bool) -> str:
    """Take from every role but the owner the right to change rows, and without `insert` also to add them."""
    taken = "UPDATE, DELETE" if insert else "INSERT, UPDATE, DELETE"
    return f"SELECT take_rights('{table}', '{taken}')"


MAKE_UUID7 = """
CREATE FUNCTION make_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
        substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1),
        'hex')::uuid
$$"""

# Like that of PostgreSQL 18: the bits after the milliseconds are parts of one (0.24 µs), so that what one transaction writes
# sorts as it was written. It gives the first 8 bytes: 48 bits of milliseconds, the version, 12 bits of parts (RFC 9562, 6.2).
MAKE_ORDERED_UUID7 = """
CREATE OR REPLACE FUNCTION make_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT encode(overlay(uuid_send(gen_random_uuid()) PLACING
        int8send((us / 1000 << 16) | x'7000'::bigint | (us % 1000 * 4096 / 1000)) FROM 1 FOR 8), 'hex')::uuid
    FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS us OFFSET 0) AS clock
$$"""

TAKE_RIGHTS = """
CREATE FUNCTION take_rights(relation text, rights text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE role_name text;
BEGIN
    FOR role_name IN SELECT DISTINCT grantee FROM information_schema.role_table_grants
        WHERE table_schema = current_schema() AND table_name = relation AND grantee <> current_user
    LOOP
        EXECUTE format('REVOKE %s ON %I FROM %I', rights, relation, role_name);
    END LOOP;
END $$"""

# SECURITY DEFINER: nobody but this function may write the audit, so no code path can skip or forge it.
WRITE_AUDIT = """
CREATE FUNCTION write_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    one jsonb := coalesce(new_row, old_row);
    found jsonb;
BEGIN
    SELECT coalesce(jsonb_object_agg(name, jsonb_build_array(old_row -> name, new_row -> name)), '{}'::jsonb) INTO found
    FROM unnest(string_to_array(TG_ARGV[1], ',')) AS name
    WHERE (old_row -> name) IS DISTINCT FROM (new_row -> name);
    IF found = '{}'::jsonb THEN RETURN NULL; END IF;
    INSERT INTO audit (tenant_id, id, created_at, table_name, row_id, operation, actor_id, changes)
    VALUES ((one ->> 'tenant_id')::uuid, make_uuid7(), clock_timestamp(), TG_ARGV[0], (one ->> 'id')::uuid,
        lower(TG_OP), NULLIF(current_setting('app.actor_id', true), '')::uuid, found);
    RETURN NULL;
END $$"""

# What a new row has; what it has not is no change. Put together as text, for which the database needs a quarter of the time
# of taking a row of JSON apart. SECURITY DEFINER as above.
WRITE_AUDIT_ROWS = """
CREATE OR REPLACE FUNCTION write_audit_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE pairs text;
BEGIN
    SELECT string_agg(format('%L || NULLIF(to_json(%I)::text, %L) || %L', to_json(name) || ': [null, ', name, 'null', ']'), ', ')
    INTO pairs FROM unnest(string_to_array(TG_ARGV[1], ',')) AS name;
    EXECUTE format($q$
        INSERT INTO audit (tenant_id, id, created_at, table_name, row_id, operation, actor_id, changes)
        SELECT tenant_id, make_uuid7(), clock_timestamp(), $1, id, 'insert', $2, ('{' || pairs || '}')::jsonb
        FROM (SELECT tenant_id, id, concat_ws(', ', %s) AS pairs FROM fresh) AS has WHERE pairs <> ''$q$, pairs)
    USING TG_ARGV[0], NULLIF(current_setting('app.actor_id', true), '')::uuid;
    RETURN NULL;
END $$"""

# A month's rows are those whose UUIDv7 begins with a time of the month. SECURITY DEFINER: the worker's role owns nothing.
MAKE_MONTHS = """
CREATE FUNCTION make_months(ahead integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    parent text;
    month timestamptz;
    part text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['events', 'audit'] LOOP
        FOR step IN 0..ahead LOOP
            month := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + make_interval(months => step);
            part := parent || to_char(month AT TIME ZONE 'UTC', '_YYYYMM');
            CONTINUE WHEN to_regclass(part) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', part, parent,
                first_uuid7(month), first_uuid7(month + interval '1 month'));
            PERFORM wall_part(part, parent);
        END LOOP;
    END LOOP;
END $$"""

WALL_PART = f"""
CREATE FUNCTION wall_part(part text, parent text) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', part);
    EXECUTE format('CREATE POLICY tenant_wall ON %I USING (%s) WITH CHECK (%s)', part, {POLICY!r}, {POLICY!r});
    PERFORM take_rights(part, 'INSERT, UPDATE, DELETE');
END $$""".replace(repr(POLICY), "$policy$" + POLICY + "$policy$")

FIRST_UUID7 = """
CREATE FUNCTION first_uuid7(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$"""

FUNCTIONS = [MAKE_UUID7, FIRST_UUID7, TAKE_RIGHTS, WRITE_AUDIT, WALL_PART, MAKE_MONTHS]
DROP_FUNCTIONS = (
    "DROP FUNCTION make_months(integer), wall_part(text, text), write_audit(), take_rights(text, text), "
    "first_uuid7(timestamptz), make_uuid7()"
)
