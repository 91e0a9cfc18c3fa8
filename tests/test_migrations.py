"""Migrations go up from nothing, down to nothing and up again, and make exactly what the models say."""

import ast
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory

from crm.ops import migrations
from crm.ops.scratch import scratch_postgres

VERSIONS = Path(__file__).parent.parent / "migrations" / "versions"
TENANT = (
    "INSERT INTO tenants (id, slug, name, widget_key) VALUES (make_uuid7(), 'acme', 'Acme', 'wk_acme') RETURNING id"
)
PEOPLE = """
INSERT INTO people (tenant_id, id, kind, name)
SELECT tenants.id, make_uuid7(), 'customer', repeat('Mia ', 50) || n FROM tenants, generate_series(1, 5000) n;
ANALYZE people"""


@pytest.fixture(scope="module")
def postgres():
    with scratch_postgres() as started:
        yield started


def catalogue(url: str) -> list[tuple[str, ...]]:
    """What there is in the schema: tables with columns, indexes, keys, policies, functions, triggers and rights."""
    rights = "ARRAY(SELECT unnest(coalesce({}, acldefault('{}', {})))::text ORDER BY 1)"
    of_function, of_table = rights.format("proacl", "f", "proowner"), rights.format("relacl", "r", "relowner")
    queries = [
        "SELECT table_name, column_name, data_type, is_nullable, coalesce(column_default, '') FROM information_schema.columns",
        "SELECT 'index', indexname, indexdef FROM pg_indexes",
        "SELECT 'key', conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint",
        "SELECT 'policy', tablename, policyname, qual FROM pg_policies",
        "SELECT 'trigger', tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        f"SELECT 'function', proname, pg_get_functiondef(oid), {of_function} FROM pg_proc WHERE prokind = 'f'",
        f"SELECT 'rights', relname, {of_table}, relrowsecurity::text || relforcerowsecurity::text FROM pg_class",
    ]
    column = {"information_schema.columns": "table_schema", "pg_indexes": "schemaname", "pg_policies": "schemaname",
              "pg_constraint": "connamespace::regnamespace::text", "pg_proc": "pronamespace::regnamespace::text",
              "pg_class": "relnamespace::regnamespace::text"}  # fmt: skip
    found = []
    with psycopg.connect(url) as connection:
        for query in queries:
            source = query.split(" FROM ")[-1].split()[0]
            if source in column:
                joint = " AND " if " WHERE " in query else " WHERE "
                query = f"{query}{joint}{column[source]} = 'public'"
            found += connection.execute(query).fetchall()
    return sorted(tuple(str(value) for value in row) for row in found)


def test_each_step_down_takes_back_its_step_up_and_the_whole_way_makes_the_same(postgres):
    owner = postgres.url("owner")
    known = {None: catalogue(owner)}
    steps = list(scripts().walk_revisions())
    for script in reversed(steps):
        migrations.upgrade(owner, script.revision)
        known[script.revision] = catalogue(owner)
    for script in steps:
        assert catalogue(owner) == known[script.revision], script.nextrev
        migrations.downgrade(owner, "-1")
    left = [row for row in catalogue(owner) if row not in known[None] and "alembic_version" not in " ".join(row)]
    assert left == []
    migrations.upgrade(owner)
    assert catalogue(owner) == known[steps[0].revision]


def test_a_table_that_was_written_anew_is_read_by_its_indexes_alone_at_once():
    """Half a day of slow lists otherwise: the autovacuum does not hear of it."""
    with scratch_postgres() as fresh, psycopg.connect(fresh.url("superuser"), autocommit=True) as everything:
        migrations.upgrade(fresh.url("owner"))
        [(tenant,)] = everything.execute(TENANT)
        everything.execute("SELECT set_config('app.tenant_id', %s, false)", [str(tenant)])
        everything.execute(PEOPLE)
        everything.execute("ALTER TABLE people ADD COLUMN noted text GENERATED ALWAYS AS (name || '.') STORED")
        migrations.upgrade(fresh.url("owner"))
        [(pages, seen)] = everything.execute("SELECT relpages, relallvisible FROM pg_class WHERE relname = 'people'")
        assert pages > 100 and seen > pages / 2


def test_the_models_say_what_the_migrations_make(postgres):
    migrations.upgrade(postgres.url("owner"))
    assert migrations.differences(postgres.url("owner")) == []


def scripts() -> ScriptDirectory:
    config = AlembicConfig()
    config.set_main_option("script_location", str(VERSIONS.parent))
    return ScriptDirectory.from_config(config)


def test_there_is_one_head_and_one_beginning():
    assert len(scripts().get_heads()) == 1 and len(scripts().get_bases()) == 1


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("*.py")), ids=lambda path: path.stem)
def test_each_migration_says_what_it_is_for_and_why_it_is_safe(path):
    module = ast.parse(path.read_text())
    said = ast.get_docstring(module) or ""
    assert len(said.split()) > 8 and "Safe because" in said
    assert {node.name for node in module.body if isinstance(node, ast.FunctionDef)} >= {"upgrade", "downgrade"}
    assert path.name[:8].isdigit() and path.name[8] == "_"


def test_a_migrated_server_takes_no_second_migration(postgres):
    """Two that start at once do not run into each other's half."""
    owner = postgres.url("owner")
    migrations.upgrade(owner)
    before = catalogue(owner)
    migrations.upgrade(owner)
    assert catalogue(owner) == before
