"""Records of one file that take each other's addresses and numbers."""

import pytest
from sqlalchemy import select

from crm.catalog.models import Product
from crm.customers.models import Customer
from crm.db import db
from crm.importing import rows, undoing
from tests import make
from tests.importing.files import figures, ran, sent, tried, work

CIRCLE = "External id,E-mail\nada,bea@acme.example\nbea,cem@acme.example\ncem,ada@acme.example\n"
OTHERS = "".join(f"x{n},x{n}@acme.example\n" for n in range(7))


@pytest.fixture
def lead(app):
    return make.browser(make.employee("Lena", "lead"))


@pytest.fixture
def three(app):
    return [make.customer(name, email=f"{name}@acme.example", external_id=name) for name in ("ada", "bea", "cem")]


def addresses() -> dict[str, str]:
    with make.inside():
        return {one.external_id: one.email for one in db.session.scalars(select(Customer)).all()}


def undone(lead, at: str) -> dict[str, str]:
    lead.post(f"{at}/undo")
    work()
    return figures(lead.get(at).text)


def test_two_who_swap_their_addresses_are_tried_run_and_taken_back(lead, three):
    before = addresses()
    at = sent(lead, "External id,E-mail\nada,bea@acme.example\nbea,ada@acme.example\n")
    assert figures(tried(lead, at, match="external_id")) == {"New": "0", "Changed": "2", "Refused": "0"}
    assert addresses() == before
    assert figures(ran(lead, at)) == {"Created": "0", "Changed": "2", "Refused": "0"}
    assert addresses() == before | {"ada": "bea@acme.example", "bea": "ada@acme.example"}
    assert undone(lead, at)["Taken back"] == "2" and addresses() == before


def test_numbers_change_hands_between_those_found_by_their_addresses(lead, three):
    at = sent(lead, "External id,E-mail\nbea,ada@acme.example\nada,bea@acme.example\n")
    tried(lead, at, match="email")
    assert figures(ran(lead, at))["Changed"] == "2"
    assert addresses() == {"bea": "ada@acme.example", "ada": "bea@acme.example", "cem": "cem@acme.example"}


def test_a_circle_that_stands_far_apart_in_a_long_file_comes_and_goes_together(lead, three, monkeypatch):
    monkeypatch.setattr(rows.batch, "__defaults__", (2, None))
    monkeypatch.setattr(undoing, "BATCH", 2)
    before = addresses()
    first, second, third = CIRCLE.splitlines(keepends=True)[1:]
    at = sent(lead, "External id,E-mail\n" + first + OTHERS + second + OTHERS.replace("x", "y") + third)
    assert figures(tried(lead, at, match="external_id")) == {"New": "14", "Changed": "3", "Refused": "0"}
    assert figures(ran(lead, at)) == {"Created": "14", "Changed": "3", "Refused": "0"}
    assert addresses()["cem"] == "ada@acme.example"
    assert undone(lead, at)["Taken back"] == "17" and addresses() == before


def test_a_new_one_gets_what_another_gives_up_and_both_go_back(lead, three):
    before = addresses()
    at = sent(lead, "External id,E-mail\nnew,ada@acme.example\nada,other@acme.example\n")
    assert figures(tried(lead, at, match="external_id")) == {"New": "1", "Changed": "1", "Refused": "0"}
    ran(lead, at)
    assert addresses() == before | {"new": "ada@acme.example", "ada": "other@acme.example"}
    assert undone(lead, at)["Taken back"] == "2" and addresses() == before


def test_whoever_waits_for_one_that_is_refused_is_refused_too_and_told_of_its_row(lead, three):
    make.customer("dan", email="dan@acme.example", external_id="dan")
    before = addresses()
    at = sent(lead, CIRCLE.replace("ada@", "dan@"))
    page = tried(lead, at, match="external_id")
    assert figures(page) == {"New": "0", "Changed": "0", "Refused": "3"}
    assert "another record has this already" in page
    assert "another record has this, and row 4, which would give it up, was not taken" in page
    assert figures(ran(lead, at))["Refused"] == "3" and addresses() == before


def test_who_keeps_the_address_in_the_file_does_not_give_it_up(lead, three):
    at = sent(lead, "External id,E-mail,Name\nada,bea@acme.example,Ada\nbea,bea@acme.example,Bea\n")
    page = tried(lead, at, match="external_id")
    assert figures(page) == {"New": "0", "Changed": "0", "Refused": "2"}
    assert "row 2 has the same" in page and "another record has this already" in page


def test_a_file_that_was_put_in_another_order_still_names_the_first_row_of_a_repeat(lead, three):
    at = sent(
        lead, "External id,E-mail\nx,x@acme.example\nada,bea@acme.example\nx,y@acme.example\nbea,x@acme.example\n"
    )
    page = tried(lead, at, match="external_id")
    assert figures(page) == {"New": "1", "Changed": "0", "Refused": "3"}
    assert page.count("row 2 has the same") == 2 and "another record has this already" in page
    lead.post(f"{at}/correction")
    assert "row 3 has the same" not in tried(lead, at, match="email")


def test_somebody_changed_since_keeps_the_others_of_a_circle_as_they_are(lead, three):
    at = sent(lead, CIRCLE)
    tried(lead, at, match="external_id")
    ran(lead, at)
    with make.inside():
        Customer.find(external_id="bea").change(name="Beatrice")
        db.session.commit()
    after, told = addresses(), undone(lead, at)
    assert (told["Taken back"], told["Not taken back"]) == ("0", "3") and addresses() == after


def test_products_swap_their_numbers_and_nobody_gets_one_of_a_deleted_product(lead):
    with make.inside():
        made = [Product(sku=f"T-{n}", name=f"Tent {n}", external_id=str(n)).save() for n in (1, 2, 3)]
        made[2].delete()
        db.session.commit()
    at = sent(lead, "External id,SKU\n1,T-2\n2,T-1\n", "products.csv", "products")
    assert figures(tried(lead, at, match="external_id"))["Changed"] == "2"
    ran(lead, at)
    with make.inside():
        assert [Product.find(id=one.id).sku for one in made[:2]] == ["T-2", "T-1"]
    assert undone(lead, at)["Taken back"] == "2"
    at = sent(lead, "External id,SKU\n1,T-3\n", "products.csv", "products")
    assert "Another product has this number" in tried(lead, at, match="external_id")
