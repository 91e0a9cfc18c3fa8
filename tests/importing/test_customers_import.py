"""Customers from a file: tried, run, repaired, taken back."""

import pytest
from sqlalchemy import select

from crm.audit import Audit
from crm.customers.models import Customer
from crm.db import db
from crm.events import Event
from tests import make
from tests.importing.files import figures, ran, sent, suggested, tried

PEOPLE = """Full name;E-Mail;Tel;Land;Mobil;Schlagworte
Mia Meier;MIA@acme.example;+49 30 901820;Germany;+49 170 1234567;vip, berlin
Jo Kim;jo@acme.example;;Philipines;;
Nobody;not an address;;;;
Mia again;mia@acme.example ;;;;
;;;;;vip
"""


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


def customers() -> dict[str, Customer]:
    with make.inside():
        found = db.session.scalars(select(Customer)).all()
        return {one.email or one.name: one for one in found}


def test_a_file_is_tried_run_and_taken_back(lead):
    at = sent(lead, PEOPLE.encode("utf-16"))
    assert list(suggested(lead.get(at).text).values())[:6] == ["name", "email", "phone", "country", "phones", "tags"]
    page = tried(lead, at)
    assert customers() == {}
    assert figures(page) == {"New": "2", "Changed": "0", "Refused": "3"}
    assert f'action="{at}/run"' in page and f'href="{at}/refused.csv"' in page
    assert "row 2 has the same" in page and "Write an e-mail address such as" in page
    page = ran(lead, at)
    assert figures(page) == {"Created": "2", "Changed": "0", "Refused": "3"}
    mia, jo = customers()["mia@acme.example"], customers()["jo@acme.example"]
    assert (mia.name, mia.phone, mia.country, jo.country) == ("Mia Meier", "+4930901820", "DE", "PH")
    with make.inside():
        told = db.session.scalars(select(Event.name).where(Event.customer_id == mia.id)).all()
        assert told == ["customer.created"]
        audited = db.session.scalars(select(Audit).where(Audit.row_id == mia.id)).one()
        assert audited.changes["email"] == [None, "mia@acme.example"] and audited.actor_id is not None
    lead.post(f"{at}/undo")
    from tests.importing.files import work

    work()
    assert figures(lead.get(at).text)["Taken back"] == "2" and customers() == {}
