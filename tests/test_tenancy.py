"""Both walls between tenants, from PostgreSQL's own catalogue and by walking every model through every statement."""

from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

# What belongs to the whole server and holds no customer's data.
OUTSIDE = {"tenants", "outbox", "clock", "alembic_version"}
# Functions that act as the schema's owner, and why: the audit's only writer, the maker of months, and who blanks
# the audit of those who are erased.
DEFINERS = {"write_audit", "write_audit_rows", "make_months", "mark_erased", "blank_audit", "blank_buyers"}
POLICY = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)"
OURS = "n.nspname = 'public' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"


@pytest.fixture
def owner(servers):
    """The catalogue, in a transaction that is rolled back."""
    with psycopg.connect(servers.owner_database_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def app_role(servers) -> str:
    return str(urlsplit(servers.database_url).username)


def relations(owner: psycopg.Connection, kinds: str) -> list[Any]:
    return owner.execute(
        f"SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relkind::text "
        f"FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS} AND c.relkind = ANY(%s)",
        [list(kinds)],
    ).fetchall()


def problems(owner: psycopg.Connection) -> list[str]:
    """Everything in the schema that stands outside the walls, a sentence each. Partitions are tables too."""
    tables = [row for row in relations(owner, "rp") if row[1] not in OUTSIDE]
    found = [f"{name} has no forced row-level security" for _, name, on, forced, *_ in tables if not (on and forced)]
    for oid, name, *_ in tables:
        found += policy_problems(owner, oid, name) + key_problems(owner, oid, name)
    for _, name, _, _, options, kind in relations(owner, "vm"):
        if kind == "m" or "security_invoker=true" not in (options or []):
            found.append(f"{name} reads as its owner")
    return found + definer_problems(owner)


def policy_problems(owner: psycopg.Connection, oid: int, name: str) -> list[str]:
    expressions = "pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)"
    query = f"SELECT polpermissive, polcmd::text, polroles, {expressions}"
    policies = owner.execute(f"{query} FROM pg_policy WHERE polrelid = %s", [oid]).fetchall()
    return [] if policies == [(True, "*", [0], POLICY, POLICY)] else [f"{name} has not just the one policy: {policies}"]


def key_problems(owner: psycopg.Connection, oid: int, name: str) -> list[str]:
    unique = "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid, 1, true) FROM pg_index WHERE indisunique"
    found = [f"{index} is unique across tenants" for index, first in owner.execute(f"{unique} AND indrelid = %s", [oid])
             if first != "tenant_id"]  # fmt: skip
    keys = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s"
    for key, definition in owner.execute(keys, [oid]).fetchall():
        if not definition.startswith("FOREIGN KEY (tenant_id, ") or "(tenant_id, id)" not in definition:
            found.append(f"{key} of {name} can point into another tenant")
    return found


def definer_problems(owner: psycopg.Connection) -> list[str]:
    query = "SELECT c.proname, c.proconfig FROM pg_proc c JOIN pg_namespace n ON n.oid = c.pronamespace"
    functions = owner.execute(f"{query} WHERE {OURS} AND c.prosecdef").fetchall()
    found = [f"{name} acts as its owner and is not on the list" for name, _ in functions if name not in DEFINERS]
    return found + [f"{name} trusts the caller's search_path" for name, config in functions
                    if not any(line == "search_path=public, pg_temp" for line in config or [])]  # fmt: skip


def test_every_table_stands_behind_the_wall(owner):
    assert len(relations(owner, "rp")) > 25
    assert problems(owner) == []


WALL = "ALTER TABLE forgetful ENABLE ROW LEVEL SECURITY; ALTER TABLE forgetful FORCE ROW LEVEL SECURITY; "
FORGETFUL = {
    "no wall": ("", "no forced"),
    "not forced": ("ALTER TABLE forgetful ENABLE ROW LEVEL SECURITY", "no forced"),
    "no policy": (WALL, "not just the one policy"),
    "open policy": (WALL + "CREATE POLICY tenant_wall ON forgetful USING (true)", "not just the one policy"),
    "unique name": (WALL + "ALTER TABLE forgetful ADD UNIQUE (name)", "unique across"),
    "short key": (WALL + "ALTER TABLE forgetful ADD FOREIGN KEY (tenant_id) REFERENCES tenants (id)", "point into"),
    "view": ("CREATE VIEW all_of_us AS SELECT * FROM people", "all_of_us reads as its owner"),
    "stored view": ("CREATE MATERIALIZED VIEW all_of_us AS SELECT 1", "all_of_us reads as its owner"),
    "definer": ("CREATE FUNCTION anybody() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "not on the list"),
    "forgotten month": ("CREATE TABLE events_209901 PARTITION OF events FOR VALUES FROM "
                        "('ff000000-0000-0000-0000-000000000000') TO ('ff000000-0000-0000-0000-000000000001')",
                        "events_209901 has no forced"),
}  # fmt: skip


@pytest.mark.parametrize("forgotten", FORGETFUL)
def test_a_new_table_that_forgets_is_found(owner, forgotten):
    statements, sentence = FORGETFUL[forgotten]
    owner.execute("CREATE TABLE forgetful (tenant_id uuid NOT NULL, id uuid, name text, PRIMARY KEY (tenant_id, id))")
    owner.execute(statements or "SELECT 1")
    assert any(sentence in problem for problem in problems(owner)), problems(owner)


def test_the_app_owns_nothing_and_cannot_pass_the_walls(owner, app_role):
    facts = owner.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = %s",
        [app_role],
    ).fetchone()
    assert facts == (False,) * 5
    assert owner.execute("SELECT count(*) FROM pg_auth_members WHERE member = %s::regrole", [app_role]).fetchone() == (
        0,
    )
    for catalogue, column in (("pg_class", "relowner"), ("pg_proc", "proowner"), ("pg_namespace", "nspowner")):
        owned = owner.execute(f"SELECT count(*) FROM {catalogue} WHERE {column} = %s::regrole", [app_role]).fetchone()
        assert owned == (0,), catalogue
    assert owner.execute("SELECT has_schema_privilege(%s, 'public', 'CREATE')", [app_role]).fetchone() == (False,)


def rights(owner: psycopg.Connection, role: str, table: str) -> set[str]:
    every = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    query = "SELECT right_name FROM unnest(%s::text[]) right_name WHERE has_table_privilege(%s, %s, right_name)"
    return {right for (right,) in owner.execute(query, [list(every), role, f"public.{table}"]).fetchall()}


def test_the_app_has_no_more_rights_than_it_needs(owner, app_role):
    ordinary = {"SELECT", "INSERT", "UPDATE", "DELETE"}
    for _, name, *_ in relations(owner, "rp"):
        expected = ordinary
        if name in ("audit", "erased_rows", "alembic_version") or name.startswith(("audit_", "events_")):
            expected = {"SELECT"}
        elif name == "events":
            expected = {"SELECT", "INSERT"}
        assert rights(owner, app_role, name) == expected, name


def test_backups_are_read_by_a_role_that_writes_nothing(owner, servers):
    role = str(urlsplit(servers.backup_database_url).username)
    for _, name, *_ in relations(owner, "rp"):
        assert rights(owner, role, name) == {"SELECT"}, name
    with psycopg.connect(servers.backup_database_url) as backup, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        backup.execute("CREATE TEMPORARY TABLE mine (id int)")


def test_the_audit_cannot_be_forged_by_a_trigger_of_ones_own(servers):
    """The audit's writer acts as the owner, and anybody may have temporary tables."""
    with psycopg.connect(servers.database_url) as app:
        app.execute("CREATE TEMPORARY TABLE people_too (tenant_id uuid, id uuid, name text)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(
                "CREATE TRIGGER forged AFTER INSERT ON people_too EXECUTE FUNCTION write_audit('people', 'name')"
            )
