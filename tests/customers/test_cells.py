"""Values that are changed where they stand in a list, by what their fields are, and what is asked of them in words."""

import html
import re
from urllib.parse import urlencode

import pytest
from flask import g
from flask_babel import force_locale

from crm.customers.details import keep_tags
from crm.customers.fields.registry import as_field
from crm.customers.fields.types import shown
from crm.customers.models import Company, Customer
from crm.db import db
from tests import make
from tests.customers.test_fields import add_field
from tests.customers.test_lists import where

FRAGMENT = {"HX-Request": "true"}


def test_a_view_gets_another_name_other_filters_and_is_shared_no_more(client, boris, app):
    views, asked = "/acme/customers/list/views", where((0, "name", "has", "a"), sort="-name")
    kept = client.post(views, query_string=asked, data={"name": "With an a", "shared": "1"}).location
    id, colleague = re.search(r"saved=([0-9a-f-]+)", kept)[1], make.browser(make.employee("Ida", "agent"))
    page = client.get(views, query_string={**asked, "saved": id}).text
    assert f'action="{views}/{id}?g=0' in page and 'value="With an a"' in page and " checked" in page
    assert f'name="saved" value="{id}"' in client.get(kept).text, "another filter leaves the view"
    assert "Change the view" not in colleague.get(views, query_string={"saved": id}).text
    other = where((0, "name", "has", "b"))
    assert colleague.post(f"{views}/{id}", query_string=other, data={"name": "Mine"}).status_code == 403
    changed = client.post(f"{views}/{id}", query_string=other, data={"name": "With a b"})
    assert changed.status_code == 303 and "v=b" in changed.location and f"saved={id}" in changed.location
    assert "With a b" in client.get(views).text and "With" not in colleague.get(views).text, "not shared any more"
    assert colleague.get(kept).status_code == 200, "who had it open goes on"
    assert make.browser(boris).post(f"{views}/{id}", data={"name": "X"}).status_code == 403, "nobody else's business"
    assert (
        client.post(f"{views}/{id}/removal", follow_redirects=True).text.count("The view “With a b” is removed.") == 1
    )


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


def test_of_two_who_change_a_cell_at_once_the_second_sees_what_the_first_made_of_it(client, boris, ada):
    here = f"{ada}?column=country"
    forms = [html.unescape(one.get(here).text) for one in (client, make.browser(boris))]
    was = [re.search(r'name="was" value="([^"]*)"', form)[1] for form in forms]
    assert "Germany" in client.post(here, data={"value": "DE", "was": was[0]}, headers=FRAGMENT).text
    refused = client.post(here, data={"value": "AT", "was": was[1]}, headers=FRAGMENT)
    assert refused.status_code == 422 and "Meanwhile somebody changed this: Germany." in refused.text
    assert '<option value="AT" selected>' in refused.text and 'name="was" value="DE"' in refused.text
    assert "Austria" in client.post(here, data={"value": "AT", "was": "DE"}, headers=FRAGMENT).text


def test_a_date_and_time_is_written_as_a_date_is(app):
    field = add_field("seen_at", "moment")
    with app.test_request_context():
        g.tenant = None
        for language, words in (("en", "Nov 20, 2026, 9:15\u202fAM"), ("de", "20.11.2026, 09:15")):
            with force_locale(language):
                assert shown(as_field(field), "2026-11-20T09:15:00+00:00") == words


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


def test_who_saved_further_facts_goes_on_where_they_were(client, ada):
    here = f"/acme/fields/customer/{ada.rpartition('/')[2]}"
    assert "data-focus>Further facts" in client.get(f"{here}/edit", headers=FRAGMENT).text
    saved = client.post(here, data={"custom_best": "10:00"}, headers=FRAGMENT)
    assert re.search(r'<a class="btn" autofocus href="[^"]+/edit"', saved.text)


def test_a_field_for_somebody_or_a_company_offers_those_that_are_known(client, app):
    add_field("friend", "person")
    add_field("bank", "company")
    mia = make.customer("Mia Meier", email="mia@example.com")
    with make.inside():
        Company(name="Meierbank", domain="meierbank.example").save()
    form = client.get(f"/acme/customers/{mia.id}/edit").text
    ask = html.unescape(re.search(r'list="custom_friend-names"[^>]*hx-get="([^"]+)"', form)[1])
    assert '<option value="mia@example.com">Mia Meier</option>' in client.get(f"{ask}&custom_friend=meier").text
    assert "<option" not in client.get(f"{ask}&custom_friend=me").text + client.get(ask).text
    ask = ask.replace("what=person&of=custom_friend", "what=company&of=value")
    assert '<option value="Meierbank">meierbank.example' in client.get(f"{ask}&value=meierb").text
    cell = client.get(f"/acme/customers/list/cells/{mia.id}?column=custom.bank").text
    assert 'list="cell-names"' in cell and "what=company&amp;of=value" in cell
    assert client.get("/acme/fields/names?what=secret&of=x").status_code == 422
    stranger = make.browser(make.employee("Gil", slug="globex")).get("/globex/fields/names?what=person&of=x&x=meier")
    assert stranger.status_code == 200 and "Mia" not in stranger.text


def test_tags_are_offered_where_they_are_asked_for_and_given(client):
    """Those that there are, of one's own workspace: in the filter's condition, for many at once, and after a comma in forms."""
    mia = make.customer("Mia Meier")
    with make.inside():
        company = Company(name="Zeltbau").save()
        db.session.flush()
        keep_tags(Customer.find(id=mia.id), ["vip", "festival", "10% off", "very_old"])
        keep_tags(company, ["vip", "reseller"])
    piece = client.get("/acme/customers/list/filter?line=0&g=0&f=tags&o=is&v=").text
    ask = html.unescape(re.search(r'list="offered-0"[^>]*hx-get="([^"]+)"', piece)[1])
    assert (
        '<datalist id="offered-0">' in piece
        and 'list="offered' not in client.get("/acme/customers/list/filter?line=0&g=0&f=city").text
    )
    assert 'list="offered' not in client.get("/acme/customers/list/filter?line=0&g=0&f=tags&o=empty").text

    def offered(at: str, **typed: str) -> list[str]:
        return re.findall(r'<option value="([^"]*)"', client.get(f"{at}&{urlencode(typed)}").text)

    assert offered(ask) == ["10% off", "festival", "reseller", "very_old", "vip"]
    assert offered(ask, v="V") == ["very_old", "vip", "festival"] and offered(ask, v="%") == ["10% off"]
    assert offered(ask, v="_") == ["very_old"] and offered(ask, v="nothing") == []
    for path in (f"/acme/customers/{mia.id}/edit", "/acme/companies/new"):
        form = client.get(path).text
        ask = html.unescape(re.search(r'list="tags-names"[^>]*hx-get="([^"]+)"', form)[1])
        assert '<datalist id="tags-names">' in form
        assert offered(ask, tags="festival, Re") == ["festival, reseller"] and offered(ask, tags="vip,") == [
            "vip, 10% off", "vip, festival", "vip, reseller", "vip, very_old"]  # fmt: skip
    many = client.get("/acme/customers/list/actions").text
    assert "what=tag&amp;of=tag" in many.replace("&#38;", "&amp;") and '<datalist id="bulk-tags">' in many
    gil = make.browser(make.employee("Gil", slug="globex"))
    assert "<option" not in gil.get("/globex/fields/names?what=tag&of=v&v=").text
