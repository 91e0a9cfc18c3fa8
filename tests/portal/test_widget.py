"""The chat on somebody's site: what a visitor can do, and what they can reach."""

import re
import uuid

import pytest

from crm.conversations.models import Conversation, Message, Rating
from crm.customers.models import Customer, VisitorToken
from tests import make

from .steps import Visitor, count, signed, visitor


def test_nobody_is_stored_before_the_first_message(app):
    someone = visitor()
    assert "Write a message" in someone.view
    with make.inside():
        assert (count(Customer), count(VisitorToken), count(Conversation)) == (0, 0, 0)
    number = someone.begin("Where is my parcel?", page_url="http://localhost/parcels")
    with make.inside():
        conversation = Conversation.find(number=number)
        assert (conversation.status, conversation.page_url) == ("queued", "http://localhost/parcels")
        assert count(Customer) == 1


def test_the_page_a_stranger_names_is_kept_only_when_it_is_an_allowed_site(app):
    number = visitor().begin(page_url="https://phishing.example/login")
    with make.inside():
        assert Conversation.find(number=number).page_url == ""


def test_the_first_message_sent_again_makes_no_second_conversation(app):
    someone, client_id = visitor(), str(uuid.uuid4())
    first = someone.begin("Hello", client_id=client_id)
    assert someone.begin("Hello", client_id=client_id) == first
    with make.inside():
        assert (count(Conversation), count(Message), count(Customer)) == (1, 1, 1)


def test_a_message_sent_again_is_answered_with_the_first(app):
    someone, client_id = visitor(), str(uuid.uuid4())
    number = someone.begin()
    once, again = (someone.say(number, "Blue", client_id=client_id) for _ in range(2))
    assert once.status_code == again.status_code == 201
    assert re.findall('id="message-[^"]+"', once.text) == re.findall('id="message-[^"]+"', again.text)
    with make.inside():
        assert count(Message) == 2


def test_a_returning_visitor_goes_on_where_they_were(app):
    someone = visitor()
    number = someone.begin("Where is my parcel?")
    again = visitor(token=someone.token)
    assert "Where is my parcel?" in again.view and f'data-number="{number}"' in again.view


def test_a_department_is_chosen_by_its_name(app):
    sales = make.department("Sales")
    someone = Visitor().enter(department="sales")
    with make.inside():
        assert Conversation.find(number=someone.begin()).department_id == sales.id


@pytest.mark.parametrize("body", ["", "   ", "x" * 10_001, "a\0b"])
def test_a_message_that_cannot_be_kept_is_refused_and_changes_nothing(app, body):
    someone = visitor()
    number = someone.begin()
    response = someone.say(number, body)
    assert response.status_code == 422 and response.json["error"]["fields"]["body"]
    with make.inside():
        assert count(Message) == 1


def test_a_broken_surrogate_is_refused(app):
    someone = visitor()
    response = someone.client.post(
        f"{someone.root}/my/conversations", headers={**someone.headers, "Content-Type": "application/json"},
        data=b'{"body": "\\ud800", "client_id": "%s"}' % str(uuid.uuid4()).encode(),
    )  # fmt: skip
    assert response.status_code == 422


def test_words_from_right_to_left_and_markup_arrive_as_they_were_written(app):
    someone = visitor()
    number = someone.begin("‮שלום <script>alert(1)</script>")
    assert "‮שלום &lt;script&gt;alert(1)&lt;/script&gt;" in someone.get(f"/my/conversations/{number}").text


def test_internal_notes_never_reach_the_customer_by_any_path(anna):
    someone = visitor()
    number = someone.begin()
    with make.inside():
        conversation = Conversation.find(number=number)
    make.message(conversation, anna, "Third torn tent", kind="note")
    make.message(conversation, anna, "I am looking")
    paths = ["", "/state", "/changes?after=0", "/earlier?before=999"]
    shown = "".join(someone.get(f"/my/conversations/{number}{path}").text for path in paths)
    shown += someone.get("/my/conversations").text + someone.get("/home").text
    assert "I am looking" in shown and "Third torn tent" not in shown


def test_changes_bring_only_what_came_after(anna):
    someone = visitor()
    number = someone.begin("First")
    with make.inside():
        make.message(Conversation.find(number=number), anna, "Second")
    response = someone.get(f"/my/conversations/{number}/changes?after=1")
    assert "Second" in response.text and "First" not in response.text
    assert response.headers["X-Position"] == "3"  # the answer also accepted it, which is a line of the system's


VERBS = [("post", "messages"), ("post", "closure"), ("post", "reopening"), ("post", "rating"), ("post", "reading"),
         ("post", "contact"), ("get", ""), ("get", "state"), ("get", "changes?after=0"), ("get", "earlier?before=9")]  # fmt: skip
FORM = {"body": "Hi", "client_id": str(uuid.uuid4()), "stars": "5", "seq": "1", "name": "Eve"}


@pytest.mark.parametrize(("method", "part"), VERBS)
@pytest.mark.parametrize("who", ["a stranger", "another customer", "another tenant's"])
def test_the_conversations_of_others_do_not_exist(app, method, part, who):
    someone = visitor()
    someone.begin()
    number = someone.begin("The second, so that nobody else has one of this number")
    other = visitor("globex" if who == "another tenant's" else "acme")
    if who != "a stranger":
        other.begin()
    with make.inside():
        before = Conversation.find(number=number).staff_position
    path = f"/my/conversations/{number}/{part}".rstrip("/")
    response = other.get(path) if method == "get" else other.post(path, **FORM)
    assert response.status_code == 404
    with make.inside():
        assert Conversation.find(number=number).staff_position == before


@pytest.mark.parametrize("number", ["99999999999999999999", "0", "-1"])
def test_a_number_that_is_none_is_not_found(app, number):
    someone = visitor()
    someone.begin()
    assert someone.get(f"/my/conversations/{number}").status_code == 404


@pytest.mark.parametrize("query", ["after=-1", "after=9223372036854775808", "after=x", "", "after=1&after=2"])
def test_a_position_that_is_none_is_refused(app, query):
    someone = visitor()
    number = someone.begin()
    assert someone.get(f"/my/conversations/{number}/changes?{query}").status_code == 422


def test_a_typed_email_opens_nobodys_history_ghsa_rfh4_6ghv_m2rr(app):
    """A stranger who types somebody's address is still a stranger (ChatterMate GHSA-rfh4-6ghv-m2rr)."""
    mia = make.customer("Mia Meier", email="mia@example.com")
    secret = make.conversation(customer=mia, body="My secret order")
    stranger = visitor()
    number = stranger.begin("Hello", name="Mia Meier", email="mia@example.com")
    assert stranger.get(f"/my/conversations/{secret.number}").status_code == 404
    shown = (
        stranger.get("/my/conversations").text
        + stranger.get("/home").text
        + stranger.get(f"/my/conversations/{number}").text
    )
    assert "My secret order" not in shown
    with make.inside():
        conversation = Conversation.find(number=number)
        assert conversation.customer_id != mia.id
        assert (conversation.customer.email, conversation.customer.claimed_email) == (None, "mia@example.com")


def test_leaving_a_message_needs_an_address_and_keeps_the_place_in_the_queue(app):
    someone = visitor()
    response = someone.post("/my/conversations", body="Call me", client_id=str(uuid.uuid4()), how="leave")
    assert response.status_code == 422 and "email" in response.json["error"]["fields"]
    number = someone.begin("Call me", how="leave", email="Mia@Example.com")
    with make.inside():
        conversation = Conversation.find(number=number)
        assert conversation.left_message_at and conversation.status == "queued"
        assert conversation.customer.claimed_email == "mia@example.com"
    assert "answer to mia@example.com" in someone.get(f"/my/conversations/{number}").text


def test_somebody_who_waits_can_still_leave_an_address(app):
    someone = visitor()
    number = someone.begin()
    response = someone.post(f"/my/conversations/{number}/contact", name="Mia", email="mia@example.com", leave="1")
    assert response.status_code == 200
    with make.inside():
        conversation = Conversation.find(number=number)
        assert conversation.left_message_at and conversation.customer.name == "Mia"
    assert someone.post(f"/my/conversations/{number}/contact", email="no address").status_code == 422


def test_the_customer_ends_rates_once_and_goes_on(anna):
    someone = visitor()
    number = someone.begin()
    assert someone.post(f"/my/conversations/{number}/rating", stars="5").status_code == 409  # still going on
    with make.inside():
        make.message(Conversation.find(number=number), anna, "Let me look")
    assert "How was it?" in someone.post(f"/my/conversations/{number}/closure").text
    assert someone.say(number).status_code == 409
    for stars in ("6", "0", "", "five", "4.5"):
        assert someone.post(f"/my/conversations/{number}/rating", stars=stars).status_code == 422
    assert "Thank you" in someone.post(f"/my/conversations/{number}/rating", stars="4", feedback="Kind").text
    assert someone.post(f"/my/conversations/{number}/rating", stars="1").status_code == 409
    with make.inside():
        assert (Rating.first().stars, Rating.first().feedback) == (4, "Kind")
    someone.post(f"/my/conversations/{number}/reopening")
    assert someone.say(number, "One more thing").status_code == 201


def test_unread_answers_are_counted_for_the_button(anna):
    someone = visitor()
    number = someone.begin()
    state = someone.state
    assert (state()["unread"], state()["live"]) == (0, True)
    with make.inside():
        make.message(Conversation.find(number=number), anna, "Here it is")
        make.message(Conversation.find(number=number), anna, "An inner thought", kind="note")
    assert state()["unread"] == 1
    someone.post(f"/my/conversations/{number}/reading", seq="3")
    assert state()["unread"] == 0


@pytest.mark.parametrize(
    "sent", ["", "{", "[]", "null", '{"token": 1}', '{"token": "x"}', "[" * 100_000, '{"token": {"a": []}}']
)
def test_the_button_state_takes_any_nonsense(app, sent):
    someone = Visitor()
    response = someone.client.post(f"{someone.root}/state", data=sent)
    assert response.status_code == 200 and response.json["unread"] == 0


def test_a_known_user_is_a_customer_by_the_shops_own_number(app):
    someone = visitor(**signed(id="shop-42", name="Mia Meier", email="mia@example.com"))
    someone.begin()
    other_device = visitor(**signed(id="shop-42"))
    assert "Where is my parcel?" in other_device.view
    with make.inside():
        customer = Customer.first(external_id="shop-42")
        assert (customer.name, customer.email, customer.claimed_email) == ("Mia Meier", None, "mia@example.com")


def test_an_address_the_shop_has_proven_counts_unless_it_is_somebody_elses(app):
    make.customer("Mia Meier", email="mia@example.com")
    visitor(**signed(id="1", email="mia@example.com", email_verified=True)).begin()
    visitor(**signed(id="2", email="ben@example.com", email_verified=True)).begin()
    with make.inside():
        assert (Customer.first(external_id="1").email, Customer.first(external_id="1").claimed_email) == (
            None,
            "mia@example.com",
        )
        assert Customer.first(external_id="2").email == "ben@example.com"
