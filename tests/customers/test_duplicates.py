"""Who stands in the list twice is found, and who only shares a house, a name or a telephone is not."""

import pytest
from sqlalchemy import select

from crm.customers.duplicates.compare import ENOUGH, Known, compare
from crm.customers.duplicates.search import look_through
from crm.customers.models import Customer, DuplicatePair, DuplicateSearch
from crm.db import db
from tests import make

HOME = ("Bergstraße 5", "10115", "Berlin")
CARLA = ("Carla Müller", "carla.m@post.test", "+4930901820", *HOME)
ONE_PERSON = {
    "a typing error": ("Carla Mülelr", "carla.m@post.test", "", "", "", ""),
    "names the other way round": ("Mueller, Carla", "", "+4930901820", "", "", ""),
    "without umlauts in another style": ("CARLA MULLER", "", "", "Bergstr. 5", "10115", ""),
    "an initial and an old number": ("C. Müller", "carla.m@post.test", "+49301112223", "", "", ""),
    "a title": ("Dr. Carla Müller", "carla.m@psot.test", "", "", "", ""),
    "another script": ("Карла Мюллер", "", "+4930901820", "", "", ""),
    "an address without a name": ("", "carla.m@post.test", "", "", "", ""),
}
TWO_PEOPLE = {
    "a family with one telephone and one house": ("Jonas Müller", "", "+4930901820", *HOME),
    "a family with one mailbox, too": ("Katrin Müller", "carla.m@post.test", "+4930901820", *HOME),
    "a namesake in another town": (
        "Carla Müller",
        "carla.2@web.test",
        "+4940555666",
        "Hafenstraße 1",
        "20095",
        "Hamburg",
    ),
    "a namesake of the same town": ("Carla Müller", "", "+4930777888", "Seeweg 8", "12345", "Berlin"),
    "an office of many": ("Tom Barker", "", "+4930901820", *HOME),
    "nothing in common": ("Tom Barker", "tom@post.test", "", "", "", ""),
}


def known(name, email, phone, *place):
    return Known.of(None, name, [email], [phone], *place)


@pytest.mark.parametrize("how", ONE_PERSON)
def test_one_person_is_found_however_they_are_written(how):
    assert compare(known(*CARLA), known(*ONE_PERSON[how]))[0] >= ENOUGH, compare(known(*CARLA), known(*ONE_PERSON[how]))


@pytest.mark.parametrize("who", TWO_PEOPLE)
def test_two_people_stay_two(who):
    assert compare(known(*CARLA), known(*TWO_PEOPLE[who]))[0] < ENOUGH, compare(known(*CARLA), known(*TWO_PEOPLE[who]))


def test_a_nickname_is_the_same_person_and_a_sister_is_not():
    one = known("Thomas Wagner", "", "+4930901821", *HOME)
    assert compare(one, known("Tom Wagner", "", "+4930901821", "", "", ""))[0] >= ENOUGH
    assert compare(one, known("Theresa Wagner", "", "+4930901821", *HOME))[0] < ENOUGH


def add(name, email, phone, *place):
    street, postal_code, city = (*place, None, None, None)[:3]
    facts = {
        "claimed_email": email or None,
        "phone": phone or None,
        "street": street,
        "postal_code": postal_code,
        "city": city,
    }
    return Customer(name=name, **facts).save()


def pairs():
    return db.session.scalars(select(DuplicatePair)).all()


def test_a_nights_look_finds_pairs_which_are_decided_once(app):
    lena = make.browser(make.employee("Lena", "lead"))
    with make.inside():
        carla, again, _jonas = add(*CARLA), add(*ONE_PERSON["a typing error"]), add("Jonas Müller", "", CARLA[2], *HOME)
        db.session.flush()
        look_through(DuplicateSearch.ask())
        [pair] = pairs()
        assert {pair.one_id, pair.other_id} == {carla.id, again.id} and "email" in pair.why
    page = lena.get("/acme/customers/duplicates").text
    for words in ("Carla Mülelr", "Side by side", "Not the same", "Later", "Looked through 3 customers"):
        assert words in page
    assert f"/customers/{min(carla.id, again.id)}/merges/new?other=" in page
    decided = lena.post(
        f"/acme/customers/duplicates/{pair.id}", data={"state": "different"}, follow_redirects=True
    ).text
    assert "They stay two" in decided and "Nobody stands here twice" in decided
    with make.inside():
        look_through(DuplicateSearch.ask())
        assert [one.state for one in pairs()] == ["different"]
    assert make.browser(make.anna()).get("/acme/customers/duplicates").status_code == 403


def test_the_form_says_who_looks_like_what_is_typed(client):
    with make.inside():
        carla = add(*CARLA)
        add("Jonas Müller", "", CARLA[2], *HOME)
    found = client.get("/acme/customers/lookalikes?name=Karla+Müller&phone=%2B49+30+901820").text
    assert f"/acme/customers/{carla.id}" in found and "Jonas" not in found and "phone" in found
    assert client.get("/acme/customers/lookalikes?name=Tom+Barker").text.strip() == ""
    assert client.get(f"/acme/customers/lookalikes?name=Carla+Müller&but={carla.id}").text.strip() == ""
    assert "/acme/customers/lookalikes" in client.get("/acme/customers/new").text
