"""Lists: what is asked of them, in which order, page by page, changed in place and together, and taken as files."""

import csv
import io
import re
from datetime import timedelta
from functools import partial
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from crm.customers.fields import write_custom
from crm.customers.fields.models import CustomField
from crm.customers.models import Company, Customer
from crm.db import now
from crm.listing import files
from crm.listing.models import SavedView
from tests import make
from tests.customers.test_fields import add_field

NAME = re.compile(r'class="record-name">.*?<a [^>]*>([^<]*)</a>')
PEOPLE = {
    "Ada": {"tier": "Gold", "size": 3}, "Bea": {"tier": "Silver", "size": 1}, "Cem": {"tier": "Gold"},
    "Dov": {"size": 2, "since": "2026-01-31"}, "=Eve": {},
}  # fmt: skip
HOSTILE = [
    {"sort": "tier'; DROP TABLE people; --"}, {"c": "custom.tier) OR 1=1"}, {"sort": "-tags"}, {"match": "none"},
    {"g": "0", "f": "custom.nothing", "o": "is", "v": "x"}, {"g": "0", "f": "name", "o": "like", "v": "x"},
    {"g": "0", "f": "name", "o": "is"}, {"g": "99", "f": "name", "o": "is", "v": "x"}, {"after": "W10"}, {"after": "é"},
    {"sort": "created", "after": "WzAsIDUsICIwMWEyMDA0NS1lM2M2LTcxMDUtOTMwMC0yYjMxMzAwMzNhYjgiXQ"},  # [0, 5, an id]
    {"sort": "custom.tier", "after": "WzAsICJhXHUwMDAwIiwgIjAxYTIwMDQ1LWUzYzYtNzEwNS05MzAwLTJiMzEzMDAzM2FiOCJd"},  # a NUL
    {"g": "0", "f": "custom.size", "o": "from", "v": "9" * 60}, {"g": "0", "f": "seen", "o": "on", "v": "yesterday"},
    {"g": "0", "f": "seen", "o": "last_days", "v": "999999999"}, {"g": "0", "f": "name", "o": "is", "v": "a\x00"},
    {"g": ["0"] * 1000, "f": ["name"] * 1000, "o": ["is"] * 1000, "v": ["x"] * 1000}, {"c": [f"c{n}" for n in range(99)]},
    {"g": "0", "f": "owner", "o": "is", "v": "not an id"}, {"g": "0", "f": "secret", "o": "filled", "v": ""}, {"q": ["a", "b"]},
]  # fmt: skip


@pytest.fixture
def people(app):
    add_field("tier", "choice", options=["Gold", "Silver"], filterable=True)
    add_field("size", "number", filterable=True)
    add_field("since", "date", filterable=True)
    add_field("secret", filterable=True, seen_from="owner")
    with make.inside():
        for age, (name, custom) in enumerate(PEOPLE.items()):
            one = Customer(
                name=name, last_seen_at=now() - timedelta(days=age), language="de" if age % 2 else "en"
            ).save()
            write_custom(one, {**custom, "secret": name})


def shown(client, path="/acme/customers", **asked):
    response = client.get(path, query_string=asked)
    assert response.status_code == 200, response.text[:300]
    return NAME.findall(response.text)


def where(*conditions, **more):
    """The query of conditions (group, column, operator, value)."""
    return {"g": [c[0] for c in conditions], "f": [c[1] for c in conditions], "o": [c[2] for c in conditions],
            "v": [c[3] for c in conditions], **more}  # fmt: skip


@pytest.fixture(params=["as PostgreSQL plans it", "with ids in memory"])
def way(request, monkeypatch):
    """To the rows of a condition on own fields: it hangs on how many there are, and must not be seen."""
    if request.param == "with ids in memory":
        monkeypatch.setattr("crm.listing.ways.SOME", -1)
        monkeypatch.setattr("crm.listing.ways.LOOKS", 1_000_000)


def test_lists_are_filtered_by_and_and_or_over_own_and_custom_fields(client, people, way):
    gold, small = (0, "custom.tier", "is", "Gold"), (1, "custom.size", "to", "2")
    assert shown(client) == ["Ada", "Bea", "Cem", "Dov", "=Eve"]
    assert client.get("/acme/customers").text.count("<h1>") == client.get("/acme/companies").text.count("<h1>") == 1
    assert shown(client, **where(gold)) == ["Ada", "Cem"]
    assert "Tier is Gold" in client.get("/acme/customers", query_string=where(gold)).text
    assert shown(client, **where(gold, small)) == []
    assert shown(client, **where(gold, small, match="any")) == ["Ada", "Bea", "Cem", "Dov"]
    assert shown(client, **where(gold, (0, "custom.size", "is", "2"), (1, "language", "is", "de"))) == ["Dov"]
    assert shown(client, **where((0, "custom.tier", "empty", ""), (1, "name", "has", "v"))) == ["Dov", "=Eve"]
    assert shown(client, **where((0, "custom.tier", "is_not", "Gold"), (1, "custom.since", "since", "2026-01-31"))) == [
        "Dov"
    ]
    assert shown(client, **where((0, "seen", "last_days", "2"), (1, "created", "on", now().date().isoformat()))) == [
        "Ada",
        "Bea",
    ]


def test_what_is_filtered_stands_in_every_order(client, people, way):
    here = where((0, "custom.size", "to", "3"), (0, "custom.tier", "is", "Gold"), (1, "custom.tier", "filled", ""))
    for sort, expected in {
        "name": ["Ada", "Bea", "Cem"], "-name": ["Cem", "Bea", "Ada"], "-custom.size": ["Ada", "Bea", "Cem"],
        "custom.tier": ["Ada", "Cem", "Bea"], "-seen": ["Ada", "Bea", "Cem"],
    }.items():  # fmt: skip
        assert shown(client, **here, sort=sort) == expected, sort


def test_every_order_is_read_page_by_page_with_those_without_a_value_last(client, people, monkeypatch):
    monkeypatch.setattr("crm.listing.pages.page", lambda listing, asked, after: read(listing, asked, after, 2))
    from crm.listing.reading import page as read

    for sort, expected in {
        "custom.size": ["Bea", "Dov", "Ada", "Cem", "=Eve"], "-custom.size": ["Ada", "Dov", "Bea", "=Eve", "Cem"],
        "name": ["=Eve", "Ada", "Bea", "Cem", "Dov"], "-seen": list(PEOPLE), "created": list(PEOPLE),
        "custom.tier": ["Ada", "Cem", "Bea", "Dov", "=Eve"], "-custom.since": ["Dov", "=Eve", "Cem", "Bea", "Ada"],
    }.items():  # fmt: skip
        found, after = [], ""
        while after is not None:
            page = client.get("/acme/customers", query_string={"sort": sort, "after": after}).text
            found += NAME.findall(page)
            following = re.search(r'rel="next" href="[^"]*after=([^"&]*)', page)
            after = following.group(1) if following else None
        assert found == expected, sort


@pytest.mark.parametrize("asked", HOSTILE, ids=lambda asked: str(asked)[:40])
def test_what_cannot_be_asked_is_said_above_the_list(client, people, asked):
    response = client.get("/acme/customers", query_string=asked)
    assert response.status_code == 422 and 'role="alert"' in response.text
    assert client.get("/acme/customers/list/count", query_string=asked).status_code == 422 or "after" in asked


def test_a_filter_is_put_together_piece_by_piece(client, people):
    piece = partial(client.get, "/acme/customers/list/filter")
    page = piece().text
    assert 'value="custom.tier"' in page and "custom.secret" not in page and 'name="g" value="0"' in page
    assert 'name="g" value="1"' in piece(query_string={"g": ["0", "2"]}).text
    assert piece(query_string={"g": [str(one) for one in range(10)]}).status_code == 422
    page = piece(query_string={"add": "3"}).text
    assert page.count('name="g" value="3"') == 1 and "fieldset" not in page
    page = piece(query_string={**where((0, "custom.tier", "has", "x")), "line": "7"}).text
    assert 'id="value-7"' in page and "autofocus" not in page
    assert re.search(r'<option value="Gold"', page), "what cannot be asked became what can"
    assert 'name="g"' not in piece(query_string={"drop": "1"}).text


def test_views_are_kept_for_oneself_or_for_all(client, boris, people):
    gold = where((0, "custom.tier", "is", "Gold"), sort="-name", c=["name", "custom.tier"])
    saved = client.post("/acme/customers/list/views", query_string=gold, data={"name": "Dear ones", "shared": "1"})
    assert NAME.findall(client.get(saved.location).text) == ["Cem", "Ada"]
    other = make.browser(boris)
    assert "Dear ones" in other.get("/acme/customers/list/views").text
    assert "Dear ones" not in other.get("/acme/tickets").text + other.get("/acme/companies/list/views").text
    secret = {"name": "Salaries", "shared": "1"}, {"query_string": where((0, "custom.secret", "is", "Bea"))}
    owner = make.browser(make.employee("Olga", "owner"))
    assert owner.post("/acme/customers/list/views", data=secret[0], **secret[1]).status_code == 303
    views = [one.get("/acme/customers/list/views").text for one in (owner, other)]
    assert "Bea" in views[0] and "Salaries" not in views[1]
    with make.inside():
        view = SavedView.find(name="Dear ones")
    assert client.post(f"/acme/companies/list/views/{view.id}/removal").status_code == 404
    assert other.post(f"/acme/customers/list/views/{view.id}/removal").status_code == 303
    assert "Dear ones" not in client.get("/acme/customers/list/views").text


def test_a_view_goes_on_without_the_columns_that_are_hidden_or_retired_since(client, boris, people):
    asked = where((0, "language", "is", "en"), sort="-custom.size", c=["name", "custom.tier", "custom.size"])
    client.post("/acme/customers/list/views", query_string=asked, data={"name": "Sizes", "shared": "1"})
    with make.inside():
        CustomField.find(key="size").change(seen_from="owner")
        CustomField.find(key="tier").retire()
    for viewer in (client, make.browser(boris)):
        views = viewer.get("/acme/customers/list/views").text
        assert "custom." not in views
        there = unescape(re.search(r'href="([^"]*saved=[^"]*)"', views).group(1))
        assert sorted(NAME.findall(viewer.get(there).text)) == ["=Eve", "Ada", "Cem"]
    owner = make.browser(make.employee("Olga", "owner"))
    assert "c=custom.size" in unescape(owner.get("/acme/customers/list/views").text)


def test_a_value_changes_where_it_stands(client, people):
    with make.inside():
        ada = Customer.find(name="Ada")
    here = f"/acme/customers/list/cells/{ada.id}"
    assert 'value="Gold" selected' in client.get(f"{here}?column=custom.tier").text
    assert client.post(f"{here}?column=custom.tier", data={"value": "\0"}).status_code == 422
    assert client.post(f"{here}?column={'x' * 200}", data={"value": "x"}).status_code == 404
    changed = client.post(f"{here}?column=custom.tier", data={"value": "Silver"}, headers={"HX-Request": "true"})
    assert "Silver" in changed.text and "cell-edit" in changed.text
    assert client.post(f"{here}?column=stage", data={"value": "former"}).status_code == 303
    refused = client.post(f"{here}?column=custom.size", data={"value": "many"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422 and "Write a number." in refused.text and 'value="many"' in refused.text
    for key in ("email", "custom.secret", "nothing"):
        assert client.post(f"{here}?column={key}", data={"value": "x"}).status_code == 404
    assert shown(client, **where((0, "custom.tier", "is", "Silver"), (1, "stage", "is", "former"))) == ["Ada"]


def test_many_change_together_or_not_at_all(client, anna, people):
    with make.inside():
        chosen = [str(Customer.find(name=name).id) for name in ("Ada", "Bea")]
    asked = where((0, "custom.tier", "filled", ""))
    send = {"id": chosen, "action": "owner", "owner_id": str(anna.id)}
    assert client.post("/acme/customers/list/changes", query_string=asked, data=send).location.endswith("o=filled&v=")
    assert shown(client, **where((0, "owner", "is", "me"))) == ["Ada", "Bea"]
    assert client.get("/acme/customers").text.count("data-tick-all") == 2, "in the head, and where cards have none"
    foreign = str(make.customer("Far", slug="globex").id)
    refused = client.post("/acme/customers/list/changes", data={**send, "id": [*chosen, foreign], "owner_id": ""})
    assert refused.status_code == 409 and "Nothing was changed" in refused.text
    assert refused.text.count("checked") >= 2, "what was ticked still is"
    assert shown(client, **where((0, "owner", "is", "me"))) == ["Ada", "Bea"]
    assert client.post("/acme/customers/list/changes", data={**send, "action": "tag", "tag": "VIP"}).status_code == 303
    assert shown(client, **where((0, "tags", "is", "vip"))) == ["Ada", "Bea"]


def test_a_file_is_exactly_what_is_shown(client, people):
    lead = make.browser(make.employee("Lena", "lead", time_zone="Asia/Tokyo"))
    asked = where((0, "custom.tier", "empty", ""), sort="-name", c=["name", "custom.size", "custom.since", "created"])
    sent = lead.get("/acme/customers/list/file", query_string={**asked, "as": "csv"})
    assert (sent.status_code, sent.headers["Row-Count"]) == (200, "2") and "-2.csv" in sent.headers[
        "Content-Disposition"
    ]
    rows = list(csv.reader(io.StringIO(sent.data.decode("utf-8-sig"))))
    assert [row[:3] for row in rows] == [["Name", "Size", "Since"], ["Dov", "2", "2026-01-31"], ["'=Eve", "", ""]]
    with make.inside():
        born = Customer.find(name="Dov").created_at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert rows[1][3] == born.strftime("%Y-%m-%d %H:%M"), "by the reader's clock, as the page says it"
    book = load_workbook(io.BytesIO(lead.get("/acme/customers/list/file", query_string={**asked, "as": "xlsx"}).data))
    cells = [[cell.value for cell in row][:3] for row in book.active.iter_rows()]
    assert cells[0] == ["Name", "Size", "Since"] and cells[1][:2] == ["Dov", 2] and cells[2][0] == "=Eve"
    assert cells[1][2].date().isoformat() == "2026-01-31" and book.active["A3"].data_type == "s", "text, and no formula"
    assert client.get("/acme/customers/list/file").status_code == 403, "agents take nothing away"
    assert all(files.places.acquire(blocking=False) for _ in range(files.AT_ONCE)), "all were left again"
    assert lead.get("/acme/customers/list/file").status_code == 429
    files.places.release(files.AT_ONCE)
    assert lead.get("/acme/customers/list/file?as=pdf-and-more").status_code == 422
    assert lead.get("/acme/customers/list/file?c=custom.secret").status_code == 422


def test_a_file_with_another_number_of_rows_is_broken_off(people, monkeypatch):
    lead = make.browser(make.employee("Lena", "lead"))
    monkeypatch.setattr(files, "whole_count", lambda listing, asked: 6)
    with pytest.raises(files.Broken):
        lead.get("/acme/customers/list/file")


def test_lists_are_counted_without_reading_all(client, people, monkeypatch):
    assert "5 in all" in client.get("/acme/customers/list/count").text
    monkeypatch.setattr("crm.listing.reading.EXACT", 3)
    assert re.search(r"about \d+", client.get("/acme/customers/list/count").text)
    assert (
        "2 in all"
        in client.get("/acme/customers/list/count", query_string=where((0, "custom.tier", "is", "Gold"))).text
    )


def test_companies_stand_in_the_same_kind_of_list(client, people):
    add_field("tier", "choice", kind="company", options=["Gold"], filterable=True)
    with make.inside():
        for name, tier in (("Ode", "Gold"), ("Nord", None)):
            write_custom(Company.add(name=name), {"tier": tier})
    assert shown(client, "/acme/companies") == ["Nord", "Ode"]
    assert shown(client, "/acme/companies", **where((0, "custom.tier", "is", "Gold"))) == ["Ode"]
    huge = where((0, "employees", "is", str(2**31)))
    assert client.get("/acme/companies", query_string=huge).status_code == 422, "no column goes so far"
