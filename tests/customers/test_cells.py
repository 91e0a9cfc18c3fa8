"""Values that are changed where they stand in a list, by what their fields are, and what is asked of them in words."""

import pytest

from crm.customers.models import Customer
from tests import make
from tests.customers.test_fields import add_field
from tests.customers.test_lists import where

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def ada(app):
    add_field("interests", "choices", options=["Climbing", "Hiking", "Snow & ice"], filterable=True)
    add_field("best", "time", filterable=True)
    with make.inside():
        known = Customer(name="Ada").save()
    return f"/acme/customers/list/cells/{known.id}"


def test_a_cell_of_several_choices_holds_and_keeps_all_that_are_ticked(client, ada):
    here = f"{ada}?column=custom.interests"
    ticked = client.post(here, data={"value": ["", "Climbing", "Snow & ice"]}, headers=FRAGMENT)
    assert "Climbing, Snow &amp; ice" in ticked.text
    form = client.get(here).text
    assert form.count('type="checkbox"') == 3 and form.count(" checked") == 2 and "<select" not in form
    refused = client.post(here, data={"value": ["", "Hiking", "Swimming"]}, headers=FRAGMENT)
    assert refused.status_code == 422 and refused.text.count(" checked") == 2, "what was ticked is still ticked"
    assert "Climbing, Hiking" in client.post(here, data={"value": "Climbing, Hiking"}, headers=FRAGMENT).text
    assert "Climbing" not in client.post(here, data={"value": ""}, headers=FRAGMENT).text


def test_a_time_of_day_is_typed_as_one(client, ada):
    assert 'type="time"' in client.get(f"{ada}?column=custom.best").text
    draft = where((0, "custom.best", "from", "10:00"), line="1")
    assert 'type="time"' in client.get("/acme/customers/list/filter", query_string=draft).text


def test_what_is_asked_is_said_in_words_that_fit(client, ada):
    asked = where(
        (0, "custom.interests", "is", "Hiking"), (1, "custom.best", "from", "10:00"), (2, "tags", "is_not", "vip"),
        (3, "created", "since", "2026-01-31"), (4, "created", "last_days", "7"), (5, "created", "last_days", "1"),
    )  # fmt: skip
    page = client.get("/acme/customers", query_string=asked).text
    for words in ("Interests has Hiking", "Best is at or after 10:00", "Tags has not vip", "on or after Jan 31, 2026"):
        assert words in page, words
    assert "within the last 7 days" in page and "within the last day<" in page
