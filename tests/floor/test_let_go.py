"""How a transaction ends that nobody committed: what was read stays prepared, what was written is undone."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event, text, update
from sqlalchemy.engine import Engine

from crm.accounts.models import Employee
from crm.db import db, let_go
from tests import make

pytestmark = pytest.mark.committed


@pytest.fixture
def endings(app) -> Iterator[list[str]]:
    """How every transaction ended since the fixture began."""
    seen: list[str] = []

    def committed(_):
        seen.append("commit")

    def rolled_back(_):
        seen.append("rollback")

    event.listen(Engine, "commit", committed)
    event.listen(Engine, "rollback", rolled_back)
    yield seen
    event.remove(Engine, "commit", committed)
    event.remove(Engine, "rollback", rolled_back)


@pytest.mark.parametrize(("path", "status"), [("/acme/inbox", 200), ("/acme/conversations/999", 404)])
def test_a_page_ends_in_a_way_that_keeps_its_statements_prepared(client, endings, path, status):
    assert client.get(path).status_code == status
    assert endings and set(endings) == {"commit"}


def test_what_is_asked_often_is_prepared_until_something_is_undone(anna):
    def prepared_after_asking_often() -> int:
        for _ in range(8):  # psycopg prepares what it has seen five times
            Employee.find(id=anna.id)
        return db.session.scalar(text("SELECT count(*) FROM pg_prepared_statements"))

    with make.inside():
        assert prepared_after_asking_often() > 0
        db.session.rollback()
        assert db.session.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0


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
