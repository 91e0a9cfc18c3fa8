"""Companies from a file: the accounts of a real sales organisation, with their parents."""

from pathlib import Path

import pytest
from sqlalchemy import select

from crm.customers.models import Company
from crm.db import db
from tests import make
from tests.importing.files import figures, ran, sent, suggested, tried

ACCOUNTS = Path(__file__).parent.parent / "data" / "accounts.csv"
CIRCLE = "Name,Parent company\nA,C\nB,A\nC,B\nD,B\nE,\nF,F\n"


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


def companies() -> dict[str, Company]:
    with make.inside():
        return {one.name: one for one in db.session.scalars(select(Company)).all()}


def test_accounts_come_in_with_their_parents_and_a_second_time_change_nothing(lead):
    at = sent(lead, ACCOUNTS.read_bytes(), "accounts.csv", "companies")
    form = suggested(lead.get(at).text)
    assert list(form.values()) == ["name", "industry", "founded", "", "employees", "country", "parent", "both", "name"]
    assert figures(tried(lead, at)) == {"New": "85", "Changed": "0", "Refused": "0"} and companies() == {}
    ran(lead, at)
    known = companies()
    assert (known["Bioholding"].country, known["Betatech"].country, known["Betatech"].founded) == ("PH", "KE", 1986)
    assert known["Bluth Company"].parent_id == known["Acme Corporation"].id
    again = sent(lead, ACCOUNTS.read_bytes(), "accounts.csv", "companies")
    assert figures(tried(lead, again))["As they were"] == "85"


def test_companies_that_stand_above_themselves_are_refused_with_those_below(lead):
    page = tried(lead, at := sent(lead, CIRCLE, "circle.csv", "companies"))
    assert figures(page) == {"New": "1", "Changed": "0", "Refused": "5"}
    assert "A company cannot stand above itself" in page and "names a row of this file that was refused" in page
    ran(lead, at)
    assert list(companies()) == ["E"]
