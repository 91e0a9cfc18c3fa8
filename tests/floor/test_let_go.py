"""How a transaction ends that nobody committed: what was read is kept prepared, what was written is undone."""

import pytest
from sqlalchemy import text, update

from crm.accounts.models import Employee
from crm.db import db, let_go
from tests import make

pytestmark = pytest.mark.committed


def prepared_here() -> int:
    return db.session.scalar(text("SELECT count(*) FROM pg_prepared_statements"))


def test_a_pages_statements_stay_prepared(app, client):
    for _ in range(8):  # psycopg prepares what it has seen five times
        assert client.get("/acme/inbox").status_code == 200
    with make.inside():
        assert prepared_here() >= 3


def test_a_page_that_was_refused_costs_no_statement_its_plan(app, client):
    for _ in range(8):
        client.get("/acme/inbox")
    assert client.get("/acme/conversations/999").status_code == 404
    with make.inside():
        assert prepared_here() >= 3


def change_by_flush(anna):
    db.session.get(Employee, (anna.tenant_id, anna.id)).name = "Changed"
    db.session.flush()


def change_without_flush(anna):
    db.session.get(Employee, (anna.tenant_id, anna.id)).name = "Changed"


def change_by_statement(anna):
    db.session.execute(update(Employee).where(Employee.id == anna.id).values(name="Changed"))


def change_by_text(anna):
    db.session.execute(text("UPDATE people SET name = 'Changed'"))


@pytest.mark.parametrize("change", [change_by_flush, change_without_flush, change_by_statement, change_by_text])
def test_what_was_written_and_not_committed_is_undone(anna, change):
    with make.inside():
        change(anna)
        let_go()
    with make.inside():
        assert Employee.find(id=anna.id).name == "Anna"


def test_what_begins_after_something_was_undone_is_only_read_again(anna):
    with make.inside():
        change_by_flush(anna)
        let_go()
        Employee.find(id=anna.id)
        assert "wrote" not in db.session().info
