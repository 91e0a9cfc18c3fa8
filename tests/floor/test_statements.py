"""Every model through every form of statement, as another tenant: with both walls, with the first alone, with none set."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import g
from sqlalchemy import create_engine, insert, select, text, update
from sqlalchemy.exc import DBAPIError, InvalidRequestError, ProgrammingError
from sqlalchemy.orm import undefer
from werkzeug.exceptions import NotFound

from crm.db import ForeignTenant, NoTenant, db, now, uuid7
from crm.tenancy import as_tenant
from tests.floor import world
from tests.floor.forms import APPEND_ONLY, CORE_READS, MODELS, ORM_READS, WRITES, Form, table_of

pytestmark = pytest.mark.committed


@pytest.fixture
def acme(app):
    return world.build("acme")


@pytest.fixture
def globex(app):
    return world.build("globex")


def a_row(model: Any, tenant: Any) -> Any:
    with as_tenant(tenant):
        row = db.session.scalars(select(model).options(undefer("*")).limit(1)).first()
        db.session.expunge_all()
    assert row is not None, f"{model.__name__} has no row to try"
    return row


def each_form(forms: dict[str, Form]) -> Iterator[tuple[str, Form]]:
    for name, form in forms.items():
        yield name, form
        db.session.rollback()
        db.session.expunge_all()


def test_no_read_reaches_another_tenants_rows(app, acme, globex):
    with app.app_context():
        for model in MODELS:
            theirs, mine = a_row(model, acme.tenant), a_row(model, globex.tenant)
            with as_tenant(globex.tenant):
                for name, form in each_form(ORM_READS | CORE_READS):
                    assert theirs.tenant_id not in form(model, theirs), (model, name)
                for name, form in each_form(ORM_READS | CORE_READS):
                    assert set(form(model, mine)) - {None} == {mine.tenant_id}, (model, name, "finds its own")


def test_find_and_locked_know_nothing_of_another_tenants_rows(app, acme, globex):
    with app.app_context():
        for model in MODELS:
            theirs = a_row(model, acme.tenant)
            with as_tenant(globex.tenant):
                with pytest.raises(NotFound):
                    model.find(id=theirs.id)
                with pytest.raises((NotFound, ProgrammingError)):  # no right to lock what nobody changes
                    model.locked(id=theirs.id)
                db.session.rollback()


def test_no_write_reaches_another_tenants_rows(app, acme, globex):
    with app.app_context():
        for model in MODELS:
            theirs = a_row(model, acme.tenant)
            with as_tenant(globex.tenant):
                for name, form in each_form(WRITES):
                    try:
                        assert form(model, theirs) == 0, (model, name)
                    except ProgrammingError as refused:  # no right to change it at all
                        assert table_of(model).name in APPEND_ONLY and "permission denied" in str(refused), (
                            model,
                            name,
                        )


def copy_of(row: Any, **changed: Any) -> dict[str, Any]:
    columns = [column for column in table_of(type(row)).c if column.computed is None]
    values = {column.name: getattr(row, column.key, None) for column in columns}
    return values | {"id": uuid7()} | changed


def test_nothing_is_written_into_another_tenant(app, acme, globex):
    with app.app_context():
        for model in MODELS:
            theirs = a_row(model, acme.tenant)
            with as_tenant(globex.tenant):
                with pytest.raises(ForeignTenant):
                    db.session.add(type(theirs)(tenant_id=theirs.tenant_id, id=uuid7()))
                    db.session.flush()
                db.session.rollback()
                with pytest.raises(DBAPIError, match=r"row-level security|permission denied"):
                    db.session.execute(insert(table_of(model)).values(copy_of(theirs)))
                db.session.rollback()
                with pytest.raises(DBAPIError, match=r"row-level security|permission denied|foreign key|no partition"):
                    db.session.execute(update(table_of(model)).values(tenant_id=theirs.tenant_id))
                db.session.rollback()


# Of a row that names one of two, and of a pair in its order, PostgreSQL says the check first.
CHECKS = r"ck_phone_lines_somebody|ck_escalations_about|ck_(duplicate|company)_pairs_elder|ck_relations_\w+"
REFUSALS = rf"foreign key|unique constraint|{CHECKS}"


def test_no_reference_is_made_to_another_tenants_rows(app, acme, globex):
    """Even by raw SQL: the composite keys refuse."""
    tried = 0
    with app.app_context():
        for model in {table_of(model): model for model in MODELS}.values():
            for key in table_of(model).foreign_key_constraints:
                column = key.column_keys[1]
                target = next(m for m in MODELS if table_of(m).name == key.elements[0].target_fullname.split(".")[0])
                theirs = a_row(target, acme.tenant)
                with as_tenant(globex.tenant), pytest.raises(DBAPIError, match=REFUSALS):
                    db.session.execute(update(table_of(model)).values({column: theirs.id}))
                tried += 1
    assert tried > 20


def test_loading_relations_stays_inside(app, acme, globex):
    with app.app_context(), as_tenant(globex.tenant):
        for model in MODELS:
            for row in db.session.scalars(select(model)).all():
                for relation in model.__mapper__.relationships:
                    found = getattr(row, relation.key)
                    rows = found if isinstance(found, list) else [found] if found is not None else []
                    assert {one.tenant_id for one in rows} <= {globex.tenant.id}, (model, relation.key)


def test_an_object_of_another_tenant_is_neither_refreshed_nor_written(app, acme, globex):
    with app.app_context():
        for model in MODELS:
            theirs = a_row(model, acme.tenant)
            with as_tenant(globex.tenant):
                db.session.add(theirs)
                theirs.created_at = now()
                with pytest.raises(ForeignTenant):
                    db.session.flush()
                with pytest.raises(InvalidRequestError):
                    db.session.refresh(theirs)
                db.session.rollback()
                db.session.expunge_all()


@pytest.fixture
def first_wall_alone(app, servers) -> Iterator[None]:
    """The app reads with the back-up's role, which no policy binds."""
    with app.app_context():
        engines = db.engines
        mine = engines[None]
        engines[None] = create_engine("postgresql+psycopg://" + servers.backup_database_url.split("://", 1)[1])
        yield
        engines[None].dispose()
        engines[None] = mine


def test_the_query_filter_alone_keeps_tenants_apart(app, acme, globex, request):
    with app.app_context():
        rows = {model: (a_row(model, acme.tenant), a_row(model, globex.tenant)) for model in MODELS}
    request.getfixturevalue("first_wall_alone")
    forms = {name: form for name, form in ORM_READS.items() if name != "for update"}
    passed = set()
    with app.app_context():
        for model, (theirs, mine) in rows.items():
            with as_tenant(globex.tenant):
                for name, form in each_form(forms):
                    passed |= {name} if theirs.tenant_id in form(model, theirs) else set()
                for name, form in each_form(forms):
                    assert mine.tenant_id in form(model, mine), (model, name, "finds its own")
                everybody = {theirs.tenant_id, mine.tenant_id}
                assert set(CORE_READS["raw"](model, theirs)) == everybody, "the second wall still stands"
    assert passed == set()


def test_without_a_tenant_nothing_is_read_or_written(app, acme):
    with app.app_context():
        for model in MODELS:
            theirs = a_row(model, acme.tenant)
            assert g.get("tenant_id") is None
            for name, form in each_form(ORM_READS):
                with pytest.raises(NoTenant):
                    assert form(model, theirs) is None, (model, name)
            for name, form in each_form(CORE_READS):
                assert list(form(model, theirs)) == [], (model, name)
            with pytest.raises(NoTenant):
                db.session.add(type(theirs)(id=uuid7()))
                db.session.flush()
            db.session.rollback()
            with pytest.raises(DBAPIError, match=r"row-level security|permission denied"):
                db.session.execute(insert(table_of(model)).values(copy_of(theirs)))
            db.session.rollback()


def test_the_tenant_of_one_transaction_is_not_known_in_the_next(app, acme, globex):
    read = text("SELECT current_setting('app.tenant_id', true), current_setting('app.actor_id', true)")
    with app.app_context():
        for tenant in (acme.tenant, globex.tenant) * 3:
            with pytest.raises(ZeroDivisionError), as_tenant(tenant, actor_id=uuid7()):
                assert db.session.execute(read).one()[0] == str(tenant.id)
                raise ZeroDivisionError
            with as_tenant(tenant):
                assert tuple(db.session.execute(read).one()) == (str(tenant.id), "")
        with db.engine.connect() as one, db.engine.connect() as another:
            for connection in (one, another):
                assert set(connection.execute(read).one()) <= {None, ""}


def test_a_statement_of_a_page_ends_after_a_while_and_one_of_the_worker_does_not(app, acme):
    read = text("SELECT current_setting('statement_timeout')")
    with app.test_request_context(), as_tenant(acme.tenant):
        assert db.session.scalar(read) == "1min"
    with app.app_context(), as_tenant(acme.tenant):
        assert db.session.scalar(read) == "0"
