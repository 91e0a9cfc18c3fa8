"""The palette: one field that finds, and says where one may go."""

import re
from uuid import UUID

import pytest

from crm.extensions import limiter
from tests import make
from tests.catalog import shop
from tests.tickets.test_tickets import ticket_of


def options(client, wanted=""):
    """[(where it leads, what it says)] in the order of the arrows."""
    page = client.get("/acme/palette", query_string={"q": wanted}).text
    found = re.findall(r'<a role="option".*?href="([^"]*)".*?<span[^>]*>(.*?)</span>', page, re.DOTALL)
    assert page.count('aria-selected="true"') == 1 and page.index('id="palette-0"') < page.index('aria-selected="true"')
    return found


def test_before_a_word_is_typed_it_says_where_one_may_go(client):
    anna, owner = options(client), options(make.browser(make.employee("Olivia", "owner")))
    assert ("/acme/inbox", "Go to the inbox") in anna and ("/acme/calls/new", "Log a call") in anna
    assert not [path for path, _words in anna if path.startswith(("/acme/settings", "/acme/follow-ups"))]
    assert {"/acme/settings", "/acme/settings/ratings", "/acme/employees/invite"} <= {path for path, _words in owner}


def test_it_finds_tickets_customers_conversations_and_commands_by_what_is_typed_so_far(client):
    ticket = ticket_of(client, body="Where is the parcel")
    make.conversation(body="Hello", customer=make.customer("Theo Brandt"))
    by_number = options(client, f"#{ticket.number}")
    assert by_number[0] == (f"/acme/tickets/{ticket.number}", f"#{ticket.number} Where is the parcel")
    assert any(path.startswith("/acme/conversations/") for path, _words in by_number)
    [person, everything] = options(client, "theo br")
    assert person[0].startswith("/acme/customers/") and person[1] == "Theo Brandt"
    assert everything == ("/acme/search?q=theo%20br", "All results for “theo br”")
    assert options(client, "go inb")[0][0] == "/acme/inbox"


def test_a_purchase_is_found_by_its_number(client):
    made = shop.purchase(make.customer("Theo Brandt"))
    for wanted in (f"#{made.number}", str(made.number)):
        assert (f"/acme/purchases/{made.number}", f"#{made.number}") in options(client, wanted)
    page = client.get("/acme/search", query_string={"q": f"#{made.number}"}).text
    assert f'href="/acme/purchases/{made.number}"' in page and "Theo Brandt" in page
    elsewhere = make.browser(make.employee("Gil", slug="globex")).get("/globex/palette", query_string={"q": "#1"})
    assert elsewhere.status_code == 200 and "/purchases/" not in elsewhere.text
    assert "/purchases/" not in str(options(client, "9999999999999999999999"))


def test_whatever_stands_at_the_side_is_found_from_everywhere(client):
    """Whoever may do all finds each page of the rail and of the settings by a word."""
    owner = make.browser(make.employee("Olivia", "owner"))
    found = {path for path, _words in options(owner)}
    page = owner.get("/acme/settings").text
    rail = re.findall(r'class="rail-link" href="([^"]+)"', page)
    settings = re.findall(r'<a href="([^"]+)"', re.search(r'<nav class="settings-nav".*?</nav>', page, re.DOTALL)[0])
    assert len(rail) > 5 and len(settings) > 10 and set(rail + settings) <= found
    assert (
        options(owner, "order")[0][0] == "/acme/purchases" and options(owner, "stripe")[0][0] == "/acme/settings/sales"
    )


def test_it_names_nobody_elses(client):
    make.conversation("globex", make.customer("Zoe Fremd", slug="globex"), "Their secret")
    assert [path for path, _words in options(client, "zoe")] == ["/acme/search?q=zoe"]


@pytest.mark.parametrize("place", ["palette", "search", f"relations/of/{UUID(int=7)}"])
def test_nobody_asks_without_end_and_the_palette_says_so(client, boris, place):
    limiter.enabled = True
    limiter.reset()
    try:
        answers = [client.get(f"/acme/{place}", headers={"HX-Request": "true"}) for _ in range(121)]
        other = make.browser(boris).get(f"/acme/{place}").status_code
    finally:
        limiter.reset()
        limiter.enabled = False
    assert {answer.status_code for answer in answers[:-1]} == {other} and other in (200, 404)
    last = answers[-1]
    assert last.status_code == 429 and "Wait a minute" in last.text and int(last.headers["Retry-After"]) <= 61
    assert ('class="palette-refused"' in last.text) == (place == "palette")
