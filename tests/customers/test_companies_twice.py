"""A company that stands in the list twice is found, and one that only sounds like another or belongs to it is not."""

import pytest
from sqlalchemy import select

from crm.customers.duplicates.compare import ENOUGH
from crm.customers.duplicates.firms import Firm, compare
from crm.customers.duplicates.search import look_through
from crm.customers.merging.companies import merge_companies
from crm.customers.merging.company_undo import bring_back
from crm.customers.models import Company, CompanyPair, DuplicateSearch
from crm.db import db
from tests import make

HOME = ("Bergstraße 5", "10115", "Berlin")
TENTS = ("Müller Zelte GmbH & Co. KG", "mueller-zelte.de", "+4930901820", *HOME)
ONE_COMPANY = {
    "the bare name": ("Mueller Zelte", "", "", "", "", ""),
    "another legal form, spelt out": ("Müller-Zelte G.m.b.H.", "", "", "", "", ""),
    "a slip of the fingers and the same site": ("Müler Zelte", "www.mueller-zelte.de", "", "", "", ""),
    "a shorter name and the same number": ("Zelte", "", "+49 30 901820", *HOME),
    "a legal form written out": (
        "Muller Zelte Gesellschaft mit beschränkter Haftung",
        "",
        "030/901820",
        "",
        "",
        "",
    ),
    "one word, mistyped, in the same house": ("Mülelr", "", "", *HOME),
    "the same name under another ending of the domain": ("Müller Zelte", "mueller-zelte.com", "", "", "", ""),
}
TWO_COMPANIES = {
    "the same name elsewhere, with another site": ("Müller Zelte", "zelte-mueller.at", "", "Ring 1", "1010", "Wien"),
    "half of the name": ("Müller Transporte GmbH", "", "", "", "10115", "Berlin"),
    "tenants of one house": ("Globex AG", "globex.test", "", *HOME),
    "a holding in the same house and with the same site": ("Müller Zelte Holding", "mueller-zelte.de", "", *HOME),
    "a sister under one domain": ("Technik Handel", "mueller-zelte.de", "", "", "", ""),
}


def firm(name, site, phone, *place):
    return Firm.of(None, name, [site], phone, *place)


@pytest.mark.parametrize("how", ONE_COMPANY)
def test_one_company_is_found_however_it_is_written(how):
    assert compare(firm(*TENTS), firm(*ONE_COMPANY[how]))[0] >= ENOUGH, compare(firm(*TENTS), firm(*ONE_COMPANY[how]))


@pytest.mark.parametrize("which", TWO_COMPANIES)
def test_two_companies_stay_two(which):
    assert compare(firm(*TENTS), firm(*TWO_COMPANIES[which]))[0] < ENOUGH, compare(
        firm(*TENTS), firm(*TWO_COMPANIES[which])
    )


def test_numbers_and_mailboxes_of_everybody_tell_companies_apart():
    assert compare(firm("Filiale 12", "", "", *HOME), firm("Filiale 13", "", "", *HOME))[0] < ENOUGH
    assert "domain" not in compare(firm("Zelte", "gmx.de", ""), firm("Zelte", "gmx.de", ""))[1]


def pairs():
    return db.session.scalars(select(CompanyPair)).all()


def test_a_nights_look_finds_companies_which_are_decided_or_merged(app):
    lena = make.browser(make.employee("Lena", "lead"))
    with make.inside():
        tents = Company.add(name=TENTS[0], domain=TENTS[1], phone=TENTS[2])
        again = Company.add(name="Mueller Zelte", city="Berlin")
        Company.add(name="Müller Zelte Süd", domain=TENTS[1], parent_id=tents.id)
        look_through(DuplicateSearch.ask())
        [pair] = pairs()
        assert {pair.one_id, pair.other_id} == {tents.id, again.id} and pair.why == ["name"]
    page = lena.get("/acme/companies/duplicates").text
    for words in (
        "Mueller Zelte",
        "Side by side",
        "Looked through 3 companies",
        "mueller-zelte.de",
        'href="/acme/customers/duplicates"',
    ):
        assert words in page
    two = lena.get(f"/acme/companies/{pair.one_id}/merges/new?other={pair.other_id}").text
    assert "Merge two companies" in two and f'action="/acme/companies/{pair.one_id}/merges"' in two
    decided = lena.post(
        f"/acme/companies/duplicates/{pair.id}", data={"state": "different"}, follow_redirects=True
    ).text
    assert "They stay two" in decided and "No company stands here twice" in decided
    with make.inside():
        look_through(DuplicateSearch.ask())
        assert [one.state for one in pairs()] == ["different"]
        end = merge_companies(Company.find(id=tents.id), Company.find(id=again.id))
        assert pairs() == []
        bring_back(end)
        assert [one.state for one in pairs()] == ["different"]
    assert make.browser(make.anna()).get("/acme/companies/duplicates").status_code == 403


def test_the_form_says_which_company_looks_like_what_is_typed(client):
    with make.inside():
        tents = Company.add(name=TENTS[0], domain=TENTS[1], phone=TENTS[2])
        Company.add(name="Müller Transporte")
    asked = "/acme/companies/lookalikes?name="
    for typed in ("Müller+Zelte+AG", "Anything&website=https://www.mueller-zelte.de/de&phone=%2B49+30+901820"):
        found = client.get(asked + typed).text
        assert f"/acme/companies/{tents.id}" in found and "Transporte" not in found, typed
    assert (
        client.get(f"{asked}Globex").text.strip()
        == client.get(f"{asked}Müller+Zelte&but={tents.id}").text.strip()
        == ""
    )
    assert "/acme/companies/lookalikes" in client.get("/acme/companies/new").text
