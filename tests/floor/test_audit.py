"""The audit: who changed what, written by the database itself, for ever."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import psycopg
import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import ProgrammingError

from crm.accounts.models import Department, Employee
from crm.audit import Audit
from crm.db import db, uuid7
from crm.events import Event
from tests import make

pytestmark = pytest.mark.committed


def changes(row) -> list[Audit]:
    """What the audit says of a row, in order."""
    with make.inside():
        return list(db.session.scalars(select(Audit).where(Audit.row_id == row.id).order_by(Audit.id)).all())


def test_the_audit_says_who_changed_what_from_what_to_what(boris):
    with make.inside(actor=boris):
        sales = Department(name="Sales").save()
        db.session.commit()
        sales.rename("Sales and returns")
        db.session.commit()
        db.session.delete(sales)
    born, renamed, gone = changes(sales)
    assert [(one.operation, one.table_name) for one in (born, renamed, gone)] == [
        ("insert", "departments"), ("update", "departments"), ("delete", "departments")]  # fmt: skip
    assert renamed.changes == {"name": ["Sales", "Sales and returns"]}
    assert gone.changes["name"] == ["Sales and returns", None]
    assert {one.actor_id for one in (born, renamed, gone)} == {boris.id}


def test_a_change_over_http_names_the_signed_in_person(boris):
    department = make.department("Sales")
    client = make.browser(boris)
    assert client.post(f"/acme/settings/departments/{department.id}", data={"name": "Returns"}).status_code == 303
    last = changes(department)[-1]
    assert (last.changes, last.actor_id) == ({"name": ["Sales", "Returns"]}, boris.id)


def test_sql_that_passes_round_the_models_is_audited_too(anna):
    with make.inside():
        db.session.execute(text("UPDATE people SET role = 'owner' WHERE id = :id"), {"id": anna.id})
    assert changes(anna)[-1].changes == {"role": ["agent", "owner"]}


def test_new_people_of_one_statement_are_audited_each_and_once(boris):
    with make.inside(actor=boris):
        rows = [
            {"tenant_id": boris.tenant_id, "id": uuid7(), "kind": "customer", "name": name} for name in ("Mia", "Jo")
        ]
        db.session.execute(insert(Employee.__table__), rows)
    with make.inside():
        query = select(Audit.changes, Audit.actor_id).where(Audit.row_id.in_([row["id"] for row in rows]))
        found = db.session.execute(query).all()
    assert sorted((changes["name"][1], actor == boris.id) for changes, actor in found) == [("Jo", True), ("Mia", True)]


def test_what_is_written_together_sorts_as_it_was_written():
    """By its ids, as every page that shows the audit does."""
    with make.inside():
        ids = db.session.scalars(text("SELECT make_uuid7() FROM generate_series(1, 500)")).all()
    assert ids == sorted(ids) and {one.version for one in ids} == {7}
    assert abs((ids[0].int >> 80) / 1000 - datetime.now(UTC).timestamp()) < 60


def test_the_audit_never_holds_a_password_or_a_key(anna, servers):
    make.browser(anna)
    with make.inside():
        Employee.find(id=anna.id).set_password("another long password")
    with psycopg.connect(servers.superuser_database_url) as everything:
        [(text_of_all,)] = everything.execute("SELECT string_agg(audit::text, '') FROM audit").fetchall()
        [(stored,)] = everything.execute("SELECT password_hash FROM people WHERE email = 'anna@acme.test'").fetchall()
        keys = everything.execute("SELECT key_hash FROM sessions").fetchall()
    assert "argon2" not in text_of_all and stored not in text_of_all
    assert keys and not any(key in text_of_all for (key,) in keys)


STATEMENTS = {
    "insert into the audit": insert(Audit.__table__).values(
        tenant_id=uuid7(), id=uuid7(), table_name="people", row_id=uuid7(), operation="update", changes={}
    ),
    "change the audit": update(Audit.__table__).values(operation="insert"),
    "delete from the audit": delete(Audit.__table__),
    "truncate the audit": text("TRUNCATE audit"),
    "drop the audit's trigger": text("DROP TRIGGER audit_people ON people"),
    "disable the audit's trigger": text("ALTER TABLE people DISABLE TRIGGER audit_people"),
    "work as a replica": text("SET session_replication_role = replica"),
    "change an event": update(Event.__table__).values(name="other"),
    "delete an event": delete(Event.__table__),
    "write a month directly": text("DELETE FROM audit_default"),
}


@pytest.mark.parametrize("what", STATEMENTS)
def test_the_app_cannot(what, anna):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), make.inside():
        db.session.execute(STATEMENTS[what])


def test_months_are_there_ahead_of_time(servers, app):
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("SELECT make_months(3)")
        names = connection.execute("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'").fetchall()
        empty = connection.execute("SELECT count(*) FROM audit_default").fetchone()
    soon = datetime.now(UTC)
    for _ in range(3):
        assert {(f"events_{soon:%Y%m}",), (f"audit_{soon:%Y%m}",)} <= set(names)
        soon = (soon.replace(day=1) + timedelta(days=32)).replace(day=1)
    assert empty == (0,)


def test_a_months_borders_are_utc_whatever_the_servers_zone(servers, app):
    """In Berlin, five months after a midnight of winter is an hour too early: a month would be missed."""
    months = "relkind = 'r' AND relname ~ '^events_[0-9]'"
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("SET timezone = 'Europe/Berlin'")
        connection.execute("SELECT make_months(14)")
        query = f"SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE {months} ORDER BY 1"
        found = [row[0].split("'")[1::2] for row in connection.execute(query).fetchall()]
        connection.rollback()
    assert len(found) == 15
    assert all(before[1] == after[0] for before, after in pairwise(found)), found


def test_a_row_of_a_month_nobody_made_is_kept_apart(servers, anna):
    """A jumped clock: the row is not lost."""
    far = "ff000000-0000-7000-8000-000000000000"
    with make.inside():
        values = {"id": far, "name": "tenant.opened", "subject_type": "people", "subject_id": anna.id, "facts": {}}
        db.session.execute(insert(Event.__table__).values(tenant_id=anna.tenant_id, **values))
        assert db.session.scalar(text("SELECT count(*) FROM events_default")) == 1


def test_every_audited_column_exists(servers, app):
    """A renamed column would fall out of the audit without a word."""
    query = "SELECT tgrelid::regclass::text, encode(tgargs, 'escape') FROM pg_trigger WHERE tgname LIKE 'audit\\_%'"
    with psycopg.connect(servers.owner_database_url) as owner:
        triggers = owner.execute(query).fetchall()
        for table, arguments in triggers:
            name, columns, *_ = arguments.split("\\000")
            there = owner.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [table]
            )
            assert name == table and set(columns.split(",")) <= {column for (column,) in there.fetchall()}, table
    assert len(triggers) >= 11
