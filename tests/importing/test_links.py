"""Whom and what the cells of a file name, however they are written."""

import psycopg
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.engine import Engine

from crm.customers.importable import COMPANY
from crm.customers.models import Company, Customer
from crm.db import db
from crm.importing.deciding import ids_of
from tests import make
from tests.importing.files import figures, ran, sent, tried

MANY = """
INSERT INTO companies (tenant_id, id, name, custom)
SELECT :tenant, make_uuid7(), 'Firma Nr. ' || n, '{}' FROM generate_series(1, 3000) n"""


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


def companies(*names: str) -> list[Company]:
    with make.inside():
        made = [Company.add(name=name) for name in names]
        db.session.commit()
        return made


def test_a_company_is_found_in_any_capitals_and_however_it_is_spaced(lead):
    (muster,) = companies("Müller  & Söhne GmbH")
    at = sent(lead, "E-mail,Company\nmia@acme.example, MÜLLER & söhne\xa0gmbh\njo@acme.example,Müller & Sohn\n")
    page = tried(lead, at)
    assert figures(page)["New"] == "1" and "no company is called “Müller &amp; Sohn”" in page
    ran(lead, at)
    with make.inside():
        assert Customer.find(email="mia@acme.example").company_id == muster.id


def test_of_several_the_one_that_is_written_so_is_meant_and_without_one_none_is(lead):
    exact, _other = companies("Acme", "ACME")
    at = sent(lead, "E-mail,Company\nmia@acme.example,Acme\njo@acme.example,acme\n")
    page = tried(lead, at)
    assert figures(page)["New"] == "1" and "Several are called “acme”." in page
    ran(lead, at)
    with make.inside():
        assert Customer.find(email="mia@acme.example").company_id == exact.id


def test_a_parent_of_the_same_file_is_found_however_it_is_written(lead):
    at = sent(lead, "Name,Parent company\nACME Group,\nAcme Tools,acme  group\n", kind="companies")
    assert figures(tried(lead, at)) == {"New": "2", "Changed": "0", "Refused": "0"}
    ran(lead, at)
    with make.inside():
        known = {one.name: one for one in db.session.scalars(select(Company)).all()}
        assert known["Acme Tools"].parent_id == known["ACME Group"].id


def test_purchases_and_tickets_find_their_customers_by_names_however_they_are_written(lead):
    make.customer("Mia  Meier")
    bought = "External id,Customer,Item name,Price,Day\nA-1,mia meier,Tent,12.50,2026-05-31\n"
    assert figures(tried(lead, sent(lead, bought, "bought.csv", "purchases")))["New"] == "1"
    asked = "Subject,Customer\nZip is broken,MIA MEIER\n"
    assert figures(tried(lead, sent(lead, asked, "tickets.csv", "tickets")))["New"] == "1"


@pytest.mark.committed
def test_names_are_looked_up_in_an_index(app, servers):
    with make.inside() as tenant:
        db.session.execute(text(MANY), {"tenant": tenant.id})
        db.session.commit()
    with psycopg.connect(servers.owner_database_url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE companies")
    seen = []
    note = lambda connection, cursor, statement, parameters, context, many: seen.append((statement, parameters))  # noqa: E731
    event.listen(Engine, "before_cursor_execute", note)
    try:
        with make.inside():
            found = ids_of(COMPANY, {f"FIRMA nr. {n}" for n in range(7, 27)})
            assert len(set(found.values())) == 20
            statement, parameters = next(one for one in seen if "plain_name" in one[0])
            rows = db.session.connection().exec_driver_sql(f"EXPLAIN {statement}", parameters)
            assert "ix_companies_plain" in "\n".join(row[0] for row in rows)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
