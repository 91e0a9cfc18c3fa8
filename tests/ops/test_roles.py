"""The three roles can do what they are for and nothing else."""

import psycopg
import pytest

from crm.ops.roles import filled, script
from crm.ops.scratch import scratch_postgres


def one(url: str, statement: str):
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchone()[0]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (id int)",
        "TRUNCATE people",
        "DROP TABLE people",
        "ALTER TABLE people DISABLE ROW LEVEL SECURITY",
        "SET ROLE rapport_owner",
        "CREATE ROLE friend",
        "COPY people TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_the_pages_role_may_not(servers, statement):
    with psycopg.connect(servers.database_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_the_pages_role_owns_nothing_and_passes_round_nothing(servers):
    owned = "SELECT count(*) FROM pg_class WHERE relowner = 'rapport_app'::regrole"
    assert one(servers.database_url, owned) == 0
    rights = (
        "SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    )
    assert one(servers.database_url, rights) is False
    assert one(servers.owner_database_url, rights) is False


def test_the_pages_role_may_use_temporary_tables(servers):
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("CREATE TEMPORARY TABLE imported (line text)")


def test_the_backup_role_reads_everything_and_writes_nothing(servers):
    assert one(servers.backup_database_url, "SELECT count(*) FROM people") >= 0
    with (
        psycopg.connect(servers.backup_database_url) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("DELETE FROM people")
    with (
        psycopg.connect(servers.backup_database_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SET default_transaction_read_only = off")
        connection.commit()
        connection.execute("DELETE FROM people")


def test_searches_may_use_their_indexes_under_the_wall(servers):
    marked = "SELECT count(*) FROM pg_proc WHERE proleakproof AND proname IN ('ts_match_vq', 'texticlike', 'unaccent')"
    assert one(servers.database_url, marked) == 4


def test_the_printed_script_makes_the_roles_and_may_run_again(monkeypatch):
    with scratch_postgres() as postgres:
        monkeypatch.setenv("DATABASE_URL", "postgresql://rapport_app:it's%20new@127.0.0.1/other")
        for _time in range(2):
            result = postgres.run(
                "psql", "-X", "-v", "ON_ERROR_STOP=1", postgres.url("superuser", "postgres"), input=script()
            )  # fmt: skip
            assert result.returncode == 0, result.stderr
        url = postgres.url("app", "other").replace(":scratch@", ":it's%20new@")
        assert one(url, "SELECT current_user") == "rapport_app"


def test_values_in_the_script_are_quoted():
    sql = filled("SELECT :'word' FROM :\"word\"", {"word": "a'b\"c"})
    assert sql == "SELECT 'a''b\"c' FROM \"a'b\"\"c\""
