"""The palette: one field that finds, and says where one may go."""

import re

from tests import make
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


def test_it_names_nobody_elses(client):
    make.conversation("globex", make.customer("Zoe Fremd", slug="globex"), "Their secret")
    assert [path for path, _words in options(client, "zoe")] == ["/acme/search?q=zoe"]
