import html
import re

import pytest
from sqlalchemy import text

from crm.customers.fields import write_custom
from crm.db import db
from crm.listing import reading
from crm.paging import page_of
from crm.tickets import lists
from crm.tickets.models import Ticket
from tests import make
from tests.customers.test_fields import add_field
from tests.customers.test_lists import where
from tests.tickets.test_tickets import again, send, ticket_of

VIEWS = ["mine", "department", "unassigned", "open", "solved"]


def listed(client, **query):
    page = client.get("/acme/tickets", query_string=query)
    assert page.status_code == 200, page.text
    return page.text[page.text.index('id="tickets"') :].partition('id="bulk"')[0]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_says_what_to_do_when_it_is_empty(client, view):
    assert "empty-title" in listed(client, view=view)


def test_each_view_shows_its_tickets(client, anna):
    ticket_of(client, body="My own", assignee=anna)
    ticket_of(client, body="Of nobody")
    send(client, ticket_of(client, body="Long ago"), "/solution")
    shown = {view: listed(client, view=view) for view in VIEWS}
    assert "My own" in shown["mine"] and "Of nobody" not in shown["mine"]
    assert "Of nobody" in shown["unassigned"] and "My own" not in shown["unassigned"]
    assert "My own" in shown["open"] and "Of nobody" in shown["department"]
    assert "Long ago" in shown["solved"] and "Long ago" not in shown["open"]


def test_filters_narrow_the_list(client, anna):
    one, other = ticket_of(client, body="The first one", assignee=anna), ticket_of(client, body="The other one")
    send(client, one, priority="urgent", type="incident")
    send(client, one, "/tags", tag="refund")
    asked = [{"priority": "urgent"}, {"type": "incident"}, {"tag": "Refund"}, {"status": "open"}]
    asked += [{"assignee": str(anna.id)}, {"q": "first"}, {"q": f"#{one.number}"}]
    for query in asked:
        shown = listed(client, view="open", **query)
        assert "The first one" in shown and "The other one" not in shown, query
    both = listed(client, view="open", department=str(other.department_id))
    assert "The first one" in both and "The other one" in both
    assert "No ticket found" in listed(client, view="open", q="100%")


def test_orders(client):
    first, second = ticket_of(client, body="The first"), ticket_of(client, body="The second")
    send(client, first, priority="urgent", due_at="2040-01-01T10:00")
    send(client, second, priority="low")
    for sort, newest_first in {"changed": True, "created": True, "priority": False, "due": False}.items():
        shown = listed(client, view="open", sort=sort)
        assert (shown.index("The second") < shown.index("The first")) == newest_first, sort


@pytest.mark.parametrize("sort", ["changed", "created", "priority", "due"])
def test_pages_follow_each_other_without_a_gap(client, monkeypatch, sort):
    from crm.tickets import lists

    monkeypatch.setattr(lists, "ROWS", 2)
    for number in range(5):
        send(client, ticket_of(client, body=f"Ticket {number}"), priority="high" if number % 2 else "low")
    seen, after = [], None
    while after != "":
        page = listed(client, view="open", sort=sort, **({"after": after} if after else {}))
        seen += [name for name in (f"Ticket {n}" for n in range(5)) if name in page]
        after = page.partition("after=")[2].partition('"')[0] if 'rel="next"' in page else ""
        after = page.partition('rel="next"')[2].partition("after=")[2].partition('"')[0] if after else ""
    assert sorted(seen) == [f"Ticket {n}" for n in range(5)]


def test_a_forged_page_is_refused(client):
    assert client.get("/acme/tickets?after=bm9uc2Vuc2U").status_code == 422


def change(client, tickets, **form):
    return client.post("/acme/tickets?view=open", data={"number": [t.number for t in tickets], **form})


def test_many_are_changed_at_once(client, boris):
    both = [ticket_of(client), ticket_of(client)]
    assert change(client, both, action="assign", assignee_id=str(boris.id)).status_code == 303
    change(client, both, action="status", status="pending")
    change(client, both, action="priority", priority="high")
    change(client, both, action="tag", tag="Winter")
    for ticket in map(again, both):
        assert (ticket.assignee_id, ticket.status, ticket.priority) == (boris.id, "pending", "high")
    page = client.get("/acme/tickets?view=open").text
    first = page.partition('id="bulk"')[2].partition('name="action"')[2]
    assert 'href="/acme/tickets?view=mine"' in page and '="/tickets' not in page
    assert first.startswith(' value="tag"')  # what Enter does in the field of the tag
    assert listed(client, view="open", tag="winter").count('class="ticket-row"') == 2


def test_all_change_or_none_and_the_sentence_says_why(client):
    good, over = ticket_of(client), ticket_of(client)
    send(client, over, status="solved")
    send(client, over, status="closed")
    refused = change(client, [good, over], action="status", status="pending")
    assert refused.status_code == 409
    assert f"Nothing was changed, because of ticket #{over.number}" in refused.text
    assert again(good).status == "new"


def test_what_is_not_there_changes_nothing(client):
    good = ticket_of(client)
    form = {"number": [good.number, 999], "action": "priority", "priority": "high"}
    refused = client.post("/acme/tickets", data=form)
    assert refused.status_code == 409 and "there is no ticket #999" in refused.text
    assert again(good).priority == "normal"


def test_nothing_chosen_is_said(client):
    refused = client.post("/acme/tickets", data={"action": "priority", "priority": "high"})
    assert refused.status_code == 422 and "Choose from 1 to 100 tickets first" in refused.text


def test_tickets_of_another_workspace_are_not_there(client, carla):
    ticket = ticket_of(client)
    theirs = make.browser(carla)
    assert theirs.get(f"/globex/tickets/{ticket.number}").status_code == 404
    form = {"number": [ticket.number], "action": "priority", "priority": "high"}
    assert theirs.post("/globex/tickets", data=form).status_code == 409
    assert again(ticket).priority == "normal"
    with make.inside("globex"):
        assert Ticket.first(number=ticket.number) is None


@pytest.fixture
def priced(client, anna):
    """Four tickets, three of which have a price, and two a gate."""
    for key, type, more in (("price", "number", {}), ("gate", "choice", {"options": ["North", "South"]})):
        add_field(key, type, kind="ticket", filterable=True, **more)
    add_field("secret", kind="ticket", filterable=True, seen_from="owner")
    for name, values in (
        ("A", {"price": 3, "gate": "North"}),
        ("B", {"price": 1}),
        ("C", {"price": 2, "gate": "South"}),
        ("D", {}),
    ):
        ticket = ticket_of(client, body=f"Tent {name}", assignee=anna)
        with make.inside():
            write_custom(Ticket.find(id=ticket.id), values)


def names_in(page):
    return [found[-1] for found in re.findall(r'ticket-subject" dir="auto">(Tent .)<', page)]


def test_tickets_are_asked_and_ordered_by_the_workspaces_own_fields(client, priced, monkeypatch):
    monkeypatch.setattr(lists, "ROWS", 2)
    north = where((0, "custom.gate", "is", "North"))
    assert names_in(listed(client, view="open", **north)) == ["A"]
    either = {**where((0, "custom.gate", "is", "South"), (0, "custom.price", "is", "1")), "sort": "created"}
    assert names_in(listed(client, view="mine", **either)) == ["C", "B"]
    assert names_in(listed(client, view="open", priority="urgent", **north)) == []
    seen, page = (
        [],
        client.get("/acme/tickets", query_string={"view": "open", "sort": "-custom.price", "c": "custom.price"}),
    )
    while True:
        seen += names_in(page.text)
        way = re.search(r'href="\?([^"]*)">Next', page.text.replace("\n", " "))
        if not way:
            break
        page = client.get("/acme/tickets?" + html.unescape(way[1]))
        assert "<span>Price</span>" in page.text or names_in(page.text)[0] == "D"
    assert seen == ["A", "C", "B", "D"], "who has no price stands last"
    for hostile in ({"sort": "custom.secret"}, {"c": "custom.nothing"}, where((0, "changed", "on", "2026-01-01"))):
        refused = client.get("/acme/tickets", query_string=hostile)
        assert refused.status_code == 422 and 'role="alert"' in refused.text and names_in(refused.text) == []
    assert 'name="g" value="0"' in client.get("/acme/tickets/list/filter").text


@pytest.mark.parametrize("near", [1, 5_000])
def test_what_lacks_a_value_is_found_among_the_first_ones_or_among_all(client, priced, monkeypatch, near):
    monkeypatch.setattr(reading, "NEAR", near)
    none = {"view": "open", "sort": "created", **where((0, "custom.gate", "empty", ""))}
    assert names_in(listed(client, **none)) == ["D", "B"]
    also = {**where((0, "custom.gate", "empty", ""), (1, "custom.price", "filled", "")), "view": "open"}
    assert names_in(listed(client, **also)) == ["B"]
    other = {"view": "open", "sort": "-custom.price", **where((0, "custom.gate", "is_not", "North"))}
    assert names_in(listed(client, **other)) == ["C", "B", "D"]
    there = client.post("/acme/tickets/views", query_string=none, data={"name": "No gate"}).location
    assert names_in(client.get(there).text) == ["D", "B"]
    assert re.search(r'No gate</span> <span class="view-count">2<', client.get("/acme/tickets/views").text)
    monkeypatch.setattr(lists, "ROWS", 1)
    page = listed(client, **none)
    way = re.search(r'href="\?([^"]*)">Next', page.replace("\n", " "))[1]
    assert names_in(page) == ["D"] and names_in(client.get("/acme/tickets?" + html.unescape(way)).text) == ["B"]


def test_views_keep_what_they_ask_of_fields(client, boris, priced):
    asked = {"view": "open", **where((0, "custom.gate", "is", "North")), "c": ["custom.price"]}
    there = client.post("/acme/tickets/views", query_string=asked, data={"name": "At the gate"}).location
    page = client.get(there).text
    assert names_in(page) == ["A"] and "<span>Price</span> 3" in page
    assert re.search(r'At the gate</span> <span class="view-count">1<', client.get("/acme/tickets/views").text)
    owner = make.browser(make.employee("Olga", "owner"))
    asked = {"view": "open", **where((0, "custom.secret", "is", "x"))}
    assert (
        owner.post("/acme/tickets/views", query_string=asked, data={"name": "Hush", "shared": "1"}).status_code == 303
    )
    assert "Hush" in owner.get("/acme/tickets").text and "Hush" not in client.get("/acme/tickets").text


def test_the_list_takes_few_statements(client, anna, statements):
    for _ in range(3):
        ticket_of(client, assignee=anna)
    del statements[:]
    client.get("/acme/tickets")
    every_two_seconds = ("FROM tenants", "FROM custom_fields")
    each = [one for one in statements if not any(table in one for table in every_two_seconds)]
    assert len(each) <= 6, each


def test_lists_are_read_in_their_order_and_never_sorted(client, anna):
    """Somebody may have a thousand open ones, and a workspace a hundred thousand that are over."""
    with make.inside():
        for way in ("seqscan", "sort", "bitmapscan"):
            db.session.execute(text(f"SET LOCAL enable_{way} = off"))
        for view, sort in [*((view, "changed") for view in VIEWS), ("solved", "created")]:
            asked, values = lists.shape(view, anna, sort, "", {})
            newest = page_of(lists.lines_of(asked), (lists.KEYS[sort], Ticket.id), 30, True, False)
            made = newest.compile(db.engine).construct_expanded_state(values)
            found = db.session.connection().exec_driver_sql(f"EXPLAIN {made.statement}", made.parameters)
            plan = "\n".join(found.scalars())
            assert "Index Scan Backward using ix_tickets" in plan and "Sort Key" not in plan, plan
    assert "Most urgent" in client.get("/acme/tickets?view=open").text
    over = client.get("/acme/tickets?view=solved&sort=priority")  # an address that somebody kept
    assert over.status_code == 200 and "Most urgent" not in over.text
