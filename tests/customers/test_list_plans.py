"""How lists are read: by indexes, as the application's role, in few statements, planned for what is asked."""

import re

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from crm.db import db
from tests import make
from tests.customers.test_fields import add_field
from tests.customers.test_lists import where

pytestmark = pytest.mark.committed
MANY = """
INSERT INTO people (tenant_id, id, kind, name, last_seen_at, custom)
SELECT :tenant, make_uuid7(), 'customer', md5(n::text), now() - n * interval '1 minute', jsonb_build_object('points', n)
FROM generate_series(1, 3000) n"""
VALUES = """
INSERT INTO custom_values (tenant_id, id, field_id, record_id, {column})
SELECT :tenant, make_uuid7(), :field, id, {value} FROM people WHERE tenant_id = :tenant AND kind = 'customer'"""
POINTS = "(custom ->> 'points')::bigint * 1000000"
TIER = "CASE WHEN (custom ->> 'points')::int % 1000 = 0 THEN 'rare' ELSE 'usual' END"


@pytest.fixture
def many(app, servers):
    fields = {key: add_field(key, type, filterable=True) for key, type in (("points", "number"), ("tier", "text"))}
    with make.inside() as tenant:
        db.session.execute(text(MANY), {"tenant": tenant.id})
        for key, column, value in (("points", "number", POINTS), ("tier", "text", TIER)):
            query = VALUES.format(column=column, value=value)
            db.session.execute(text(query), {"tenant": tenant.id, "field": fields[key].id})
    with psycopg.connect(servers.owner_database_url, autocommit=True) as owner:
        for table in (
            "people",
            "custom_values",
        ):  # of whoever stood there for another test something is left in the indexes
            owner.execute(f"REINDEX TABLE {table}")
        owner.execute("VACUUM ANALYZE people, custom_values")


def asked_of_postgres(client, **asked):
    """The statements of the list's page, with what they were asked for."""
    seen = []
    note = lambda connection, cursor, statement, parameters, context, many: seen.append((statement, parameters))  # noqa: E731
    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert client.get("/acme/customers", query_string=asked).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return [one for one in seen if not one[0].startswith(("BEGIN", "SET"))]


def plan_of(client, **asked):
    statements = asked_of_postgres(client, **asked)
    assert len(statements) <= 8
    statement, parameters = next(one for one in statements if "picked" in one[0])
    with make.inside():
        connection = db.session.connection()
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))


def test_what_nearly_nobody_lacks_is_looked_for_among_the_first_and_then_in_the_indexes_of_all(anna, many):
    statements = asked_of_postgres(make.browser(anna), **where((0, "custom.tier", "empty", "")))
    with make.inside():
        connection = db.session.connection()
        near, whole = ("\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))
                       for statement, parameters in statements if "picked" in statement)  # fmt: skip
    assert "using ix_people_customers" in near and "Index Only Scan using ix_custom_values_record" in near, near
    assert "Anti Join" in whole and "Index Only Scan using ix_custom_values_text" in whole, whole


def test_a_filter_on_a_field_is_read_from_its_index_or_along_the_order(anna, many):
    client = make.browser(anna)
    rare = plan_of(client, **where((0, "custom.tier", "is", "Rare")))
    assert "ix_custom_values_text" in rare and "Seq Scan" not in rare
    usual = plan_of(client, **where((0, "custom.tier", "is", "usual")))
    assert "using ix_people_customers" in usual and "Index Only Scan using ix_custom_values_text" in usual, usual
    either = plan_of(client, **where((0, "custom.tier", "is", "rare"), (0, "custom.points", "is", "7")))
    assert (
        "ix_custom_values_text" in either
        and "ix_custom_values_number" in either
        and "ix_people_customers" not in either
    )
    assert "ix_custom_values_number" in plan_of(client, sort="-custom.points")
    assert "ix_people_name" in plan_of(client, sort="name")


def test_those_of_a_filter_are_read_once_when_looking_for_them_one_by_one_may_take_long(anna, many, monkeypatch):
    """However they stand in the order: the walk costs little for who is none of them, also along another field."""
    monkeypatch.setattr("crm.listing.ways.SOME", 0)
    monkeypatch.setattr("crm.listing.ways.LOOKS", 1_000_000)
    client, usual = make.browser(anna), where((0, "custom.tier", "is", "usual"))
    for sort, walked in {"name": "ix_people_name", "-custom.points": "ix_custom_values_number"}.items():
        plan = plan_of(client, **usual, sort=sort)
        walk = re.search(rf"using {walked}.*?hashed SubPlan", plan, re.DOTALL)
        assert walk and "using ix_custom_values_text" in plan and walk.group().count("->") == 0, plan
