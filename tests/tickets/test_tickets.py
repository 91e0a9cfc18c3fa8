import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from crm.conversations.models import Call, Conversation
from crm.db import db
from crm.events import Event
from crm.tickets.models import STATUSES, ChecklistItem, Ticket
from crm.tickets.models.guarded import NoSuchMove
from crm.tickets.models.ticket import MOVES
from tests import make


def ticket_of(client, **values):
    """A ticket made by Anna from a new conversation, through the button in its menu."""
    conversation = make.conversation(**values)
    answer = client.post(f"/acme/conversations/{conversation.number}/ticket")
    assert answer.status_code == 303
    with make.inside():
        return Ticket.find(number=int(answer.location.rpartition("/")[2]))


def again(ticket):
    with make.inside():
        return Ticket.find(id=ticket.id)


def send(client, ticket, path="", **form):
    return client.post(f"/acme/tickets/{ticket.number}{path}", data=form, headers={"HX-Request": "true"})


def test_a_conversation_becomes_a_ticket_once(client, anna):
    conversation = make.conversation(body="My parcel is lost", assignee=anna)
    first = client.post(f"/acme/conversations/{conversation.number}/ticket")
    second = client.post(f"/acme/conversations/{conversation.number}/ticket")
    assert first.location == second.location
    page = client.get(first.location).text
    assert "My parcel is lost" in page and "Mia Meier" in page
    menu = client.get(f"/acme/conversations/{conversation.number}/header").text
    assert "Open ticket #1" in menu
    with make.inside():
        ticket = Ticket.find(number=1)
        assert (ticket.subject, ticket.status, ticket.assignee_id) == ("My parcel is lost", "open", anna.id)


def test_a_ticket_of_a_call_is_named_as_a_person_would(client, anna):
    make.tenant(time_zone="Europe/Vienna", language="de")
    for name, number, direction, words in (
        ("Anna Berg", "+4930901820", "in", "Anruf von Anna Berg, 3. März 15:05"),
        ("Tom", "+4930901821", "out", "Anruf bei Tom, 3. März 15:05"),
        ("", "+4930901822", "in", "Anruf von +49 30 901822, 3. März 15:05"),
    ):
        customer = make.customer(name, phone=number)
        at = datetime(2026, 3, 3, 14, 5, tzinfo=UTC)
        with make.inside():
            call = Call.begin(
                customer, source="test", external_id=number, number=number, direction=direction, started_at=at
            )
        client.post(f"/acme/conversations/{call.conversation.number}/ticket")
        with make.inside():
            assert db.session.scalars(select(Ticket).order_by(Ticket.number.desc())).first().subject == words


def test_a_conversation_between_colleagues_becomes_none(client, anna, boris):
    with make.inside():
        direct = Conversation.begin_internal(anna, boris)
    assert client.post(f"/acme/conversations/{direct.number}/ticket").status_code == 404
    assert "Make a ticket" not in client.get(f"/acme/conversations/{direct.number}/header").text


def test_the_header_changes_what_is_chosen_in_it(client, boris):
    ticket = ticket_of(client)
    shown = send(client, ticket, priority="urgent")
    assert shown.status_code == 200 and 'id="ticket-header"' in shown.text and "Urgent" in shown.text
    send(client, ticket, type="incident")
    send(client, ticket, subject="Two parcels are lost")
    send(client, ticket, assignee_id=str(boris.id))
    send(client, ticket, due_at="2030-01-02T10:00")
    changed = again(ticket)
    assert (changed.priority, changed.type, changed.subject) == ("urgent", "incident", "Two parcels are lost")
    assert (changed.assignee_id, changed.status) == (boris.id, "open") and changed.due_at
    page = client.get(f"/acme/tickets/{ticket.number}").text  # one clock for all, and it has a name
    assert 'data-clock="UTC"' in page and "Due · UTC" in page
    send(client, ticket, due_at="", assignee_id="", department_id="")
    changed = again(ticket)
    assert (changed.due_at, changed.assignee_id, changed.department_id) == (None, None, None)


FAR_OFF = [{"due_at": "0001-01-01T00:10"}, {"due_at": "9999-12-31T23:30"}]  # no days of every reader's clock


@pytest.mark.parametrize(
    "field", [{"priority": "huge"}, {"subject": ""}, {"due_at": "soon"}, {"status": "gone"}, *FAR_OFF]
)
def test_what_does_not_fit_is_refused(client, field):
    ticket = ticket_of(client)
    assert send(client, ticket, **field).status_code == 422


def test_a_number_of_thousands_of_digits_is_no_ticket(client):
    chosen = {"number": ["9" * 5_000], "action": "tag", "tag": "parcel"}
    assert client.post("/acme/tickets", data=chosen).status_code == 422


def test_a_field_that_was_not_sent_stays(client):
    ticket = ticket_of(client)
    send(client, ticket, priority="high")
    send(client, ticket)
    assert again(ticket).priority == "high"


def test_every_move_of_the_status_is_allowed_or_refused(client):
    ticket = ticket_of(client)
    for before in STATUSES:
        for after in STATUSES:
            with make.inside():
                there = Ticket.locked(id=ticket.id)
                there.status = before
                db.session.flush()
                if after == before or after in MOVES[before]:
                    there.set_status(after)
                else:
                    with pytest.raises(NoSuchMove):
                        there.set_status(after)


def test_solving_and_reopening_keep_when_it_was(client):
    ticket = ticket_of(client)
    send(client, ticket, "/solution")
    solved = again(ticket)
    assert solved.status == "solved" and solved.solved_at
    send(client, ticket, status="closed")
    assert again(ticket).closed_at and again(ticket).solved_at == solved.solved_at
    refused = send(client, ticket, status="pending")
    assert refused.status_code == 409 and "cannot go from" in refused.text
    send(client, ticket, "/reopening")
    open_again = again(ticket)
    assert (open_again.status, open_again.solved_at, open_again.closed_at) == ("open", None, None)


def test_a_solved_ticket_leads_to_the_next_one_of_mine_then_to_those_of_nobody(client, anna):
    mine, other, nobodys = (ticket_of(client) for _ in range(3))
    for ticket, whose in ((mine, anna.id), (other, anna.id), (nobodys, "")):
        send(client, ticket, assignee_id=whose)
    way = f"/acme/tickets/next?but={mine.number}"
    assert way not in client.get(f"/acme/tickets/{mine.number}").text and way in send(client, mine, "/solution").text
    for ticket, next_one in ((other, f"/{other.number}"), (nobodys, f"/{nobodys.number}"), (nobodys, "/tickets")):
        assert client.get(way).location.endswith(next_one)
        send(client, ticket, "/solution")


def test_tags_stand_once_in_small_letters_and_go(client):
    ticket = ticket_of(client)
    send(client, ticket, "/tags", tag="Refund")
    panel = send(client, ticket, "/tags", tag="refund").text
    assert panel.count("Remove the tag refund") == 1
    assert "Remove the tag" not in send(client, ticket, "/tags/removal", tag="refund").text


def test_links_are_seen_from_both_sides(client):
    first, second = ticket_of(client), ticket_of(client)
    assert "Blocked by" in send(client, first, "/links", other=f"#{second.number}", kind="blocked_by").text
    assert "Blocks" in client.get(f"/acme/tickets/{second.number}").text
    assert send(client, first, "/links", other=str(first.number), kind="follows").status_code == 422
    assert send(client, first, "/links", other="999", kind="follows").status_code == 422
    send(client, first, "/links/removal", other=str(second.number), kind="blocked_by")
    assert "Blocks" not in client.get(f"/acme/tickets/{second.number}").text


def test_what_is_to_be_done_is_ticked_and_unticked(client, anna):
    ticket = ticket_of(client)
    panel = send(client, ticket, "/items", text="Call the carrier").text
    path = re.search(rf"/tickets/{ticket.number}(/items/[0-9a-f-]+)", panel)[1]
    assert "1/1" in send(client, ticket, path, done="1").text
    assert "0/1" in send(client, ticket, path).text
    other = ticket_of(client)
    assert send(client, other, path, done="1").status_code == 404


def test_following_and_not_following(client):
    ticket = ticket_of(client)
    assert "Stop following" in send(client, ticket, "/following", on="1").text
    assert "Stop following" not in send(client, ticket, "/following").text


def test_each_verb_leaves_an_event_and_the_audit(client, boris):
    ticket = ticket_of(client)
    send(client, ticket, assignee_id=str(boris.id))
    send(client, ticket, "/tags", tag="refund")
    send(client, ticket, "/items", text="Call")
    send(client, ticket, "/following", on="1")
    send(client, ticket, "/solution")
    with make.inside():
        names = set(db.session.scalars(select(Event.name).where(Event.subject_id == ticket.id)).all())
        told = {"opened", "assigned", "status_changed", "tagged", "item_added", "followed"}
        assert {f"ticket.{name}" for name in told} <= names
        from crm.audit import Audit

        tables = set(db.session.scalars(select(Audit.table_name)).all())
        assert {"tickets", "ticket_tags", "checklist_items", "ticket_followers", "ticket_conversations"} <= tables


def test_the_thread_holds_all_conversations_in_one_order(client, anna):
    customer = make.customer("Mia Meier")
    ticket = ticket_of(client, customer=customer, body="First talk", assignee=anna)
    second = make.conversation(customer=customer, body="Second talk", assignee=anna)
    assert send(client, ticket, "/conversations", conversation=f"#{second.number}").status_code == 200
    page = client.get(f"/acme/tickets/{ticket.number}").text
    thread = page[page.index('id="thread"') :]
    assert thread.index("First talk") < thread.index("Second talk")
    assert f"/acme/conversations/{second.number}/messages" in page


def test_a_conversation_of_another_customer_is_not_taken_in(client):
    ticket, other = ticket_of(client), make.conversation(customer=make.customer("Tom Barker"))
    refused = send(client, ticket, "/conversations", conversation=other.number)
    assert refused.status_code == 422 and "another customer" in refused.text


def test_when_nothing_is_open_one_goes_on_with_the_last(client, anna):
    conversation = make.closed_conversation(by=anna)
    number = client.post(f"/acme/conversations/{conversation.number}/ticket").location.rpartition("/")[2]
    assert "No conversation of this ticket is open" in client.get(f"/acme/tickets/{number}").text
    client.post(f"/acme/tickets/{number}/answering")
    page = client.get(f"/acme/tickets/{number}").text
    assert 'id="composer-body"' in page


def test_pages_that_look_at_it_hear_of_a_change(client, pushed, anna):
    ticket = ticket_of(client)
    send(client, ticket, priority="high")
    assert "header" in pushed(ticket.topic)


def test_a_customers_page_names_their_tickets(client):
    ticket = ticket_of(client)
    assert f"/tickets/{ticket.number}" in client.get(f"/acme/customers/{ticket.customer_id}").text


def test_a_ticket_page_takes_few_statements(client, anna, statements):
    ticket = ticket_of(client, assignee=anna)
    del statements[:]
    assert client.get(f"/acme/tickets/{ticket.number}").status_code == 200
    assert len(statements) <= 8, statements


def test_what_is_to_be_done_has_a_day(client):
    ticket = ticket_of(client)
    send(client, ticket, "/items", text="Call the maker", due_at="2030-01-02T10:00")
    send(client, ticket, "/items", text="Send a new one")
    with make.inside():
        call, other = db.session.scalars(select(ChecklistItem).order_by(ChecklistItem.id)).all()
        assert call.due_at and call.due_at.year == 2030 and other.due_at is None
    assert "2030-01-02T10:00" in send(client, ticket, f"/items/{other.id}/due", due_at="2030-01-02T10:00").text
    panel = send(client, ticket, f"/items/{call.id}/due", due_at="").text
    assert panel.count('value="2030-01-02T10:00"') == 1
    assert send(client, ticket, f"/items/{call.id}/due", due_at="soon").status_code == 422


def test_spam_is_blocked_from_a_ticket_and_let_in_again_from_the_list_of_the_blocked(client):
    ticket = ticket_of(client, customer=make.customer("Spam Bot"), body="Buy my pills")
    assert "Block the sender" not in client.get(f"/acme/tickets/{ticket.number}/panel").text
    assert client.post(f"/acme/tickets/{ticket.number}/spam").status_code == 403
    lena = make.browser(make.employee("Lena", "lead"))
    assert f'action="/acme/tickets/{ticket.number}/spam"' in lena.get(f"/acme/tickets/{ticket.number}").text
    assert "Nobody is blocked" in lena.get("/acme/settings/blocked").text
    assert lena.post(f"/acme/tickets/{ticket.number}/spam").status_code == 303
    assert again(ticket).status == "closed" and "Blocked senders" in lena.get("/acme/tickets").text
    with make.inside():
        assert db.session.scalars(select(Conversation)).one().status == "closed"
    listed = lena.get("/acme/settings/blocked").text
    assert "Spam Bot" in listed
    there = re.search(r'action="/acme(/settings/blocked/[0-9a-f-]+/removal)"', listed)[1]
    assert "Spam Bot may write again" in lena.post(f"/acme{there}", follow_redirects=True).text
    assert "Nobody is blocked" in lena.get("/acme/settings/blocked").text
    assert client.get("/acme/settings/blocked").status_code == 403
