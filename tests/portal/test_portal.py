"""The customers' own pages: proven addresses open their own conversations and nobody else's."""

import re
import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.accounts.models import Session, Token
from crm.conversations.models import Conversation
from crm.customers.models import Customer
from crm.db import db
from crm.mail import Mail
from tests import make

from .steps import count, visitor


def mailed(client: FlaskClient, email: str = "mia@example.com", path: str = "/acme/help/sign-in/link", **form) -> str:
    """The path of the link that was mailed to `email`."""
    assert client.post(path, data={"email": email, **form}).status_code == 200
    with make.inside():
        mail = db.session.scalars(select(Mail).where(Mail.recipient == email).order_by(Mail.id.desc())).first()
        assert mail is not None
        return re.search(r"(/acme/help/links/[\w-]+)", mail.body)[1]


def signed_in(client: FlaskClient, email: str = "mia@example.com") -> FlaskClient:
    assert client.post(mailed(client, email)).status_code == 303
    return client


def test_strangers_are_sent_to_the_way_in(stranger):
    for path in ("/acme/help", "/acme/help/new", "/acme/help/profile", "/acme/help/conversations/1"):
        response = stranger.get(path)
        assert response.status_code == 302 and response.location.endswith("/acme/help/sign-in")
    for path in ("/acme/help/new", "/acme/help/conversations/1/messages", "/acme/help/password"):
        assert stranger.post(path, data={"body": "x"}).status_code == 401
    assert stranger.get("/acme/help/conversations/1", headers={"HX-Request": "true"}).headers["HX-Redirect"]


def test_an_employees_session_is_no_customers(client):
    assert client.get("/acme/help").status_code == 302


def test_known_and_unknown_addresses_get_the_same_answer_cve_2026_45294(stranger):
    make.customer("Mia Meier", email="mia@example.com")
    answers = [
        stranger.post("/acme/help/sign-in/link", data={"email": e}) for e in ("mia@example.com", "who@example.com")
    ]
    assert {a.status_code for a in answers} == {200}
    assert alike(answers)
    wrong = [
        stranger.post("/acme/help/sign-in", data={"email": e, "password": "x"})
        for e in ("mia@example.com", "who@example.com")
    ]
    assert {a.status_code for a in wrong} == {422}
    assert alike(wrong)


def alike(answers) -> bool:
    """Whether two pages say the same, apart from the address that was typed, the page's nonce and its form's time stamp."""
    changing = re.compile('nonce="[^"]+"|name="csrf_token" value="[^"]+"')
    first, second = (changing.sub("", answer.text).replace("mia@", "who@") for answer in answers)
    return first == second


def test_a_link_that_is_opened_again_leads_those_who_are_in_to_their_conversations(stranger):
    link = mailed(stranger)
    assert stranger.post(link).status_code == 303
    again = stranger.get(link)
    assert again.status_code == 410
    assert "Go to your conversations" in again.text and "Send me a new link" not in again.text
    assert "Send me a new link" in make.state.app.test_client().get(link).text


def test_a_mistyped_address_is_typed_again(stranger):
    sent = stranger.post("/acme/help/register", data={"name": "Mia", "email": "mai@example.com"})
    assert "mai@example.com" in sent.text and 'href="/acme/help/register"' in sent.text


def test_opening_the_link_changes_nothing_and_the_button_signs_in_once(stranger):
    link = mailed(stranger)
    for _ in range(2):
        assert stranger.get(link).status_code == 200
        assert stranger.head(link).status_code == 200
    with make.inside():
        assert (count(Customer), Token.first().used_at) == (0, None)
    assert stranger.post(link).location.endswith("/acme/help")
    assert stranger.get("/acme/help").status_code == 200
    again = make.state.app.test_client()
    assert again.post(link).status_code == 410 and again.get(link).status_code == 410
    assert "works once" not in again.get("/acme/help/links/unknown").text


def test_a_link_of_another_tenant_or_of_another_purpose_opens_nothing(stranger, anna):
    link = mailed(stranger)
    make.tenant("globex")
    assert stranger.post(link.replace("/acme/", "/globex/")).status_code == 410
    with make.inside():
        _token, key = Token.make("password_reset", 1, person_id=anna.id)
    assert stranger.post(f"/acme/help/links/{key}").status_code == 410


def test_an_address_somebody_typed_gives_its_owner_nothing_of_theirs(stranger):
    visitor().begin("A stranger's secret", email="mia@example.com")
    signed_in(stranger)
    shown = stranger.get("/acme/help").text
    assert "A stranger" not in shown and "Nothing here yet" in shown
    with make.inside():
        assert count(Customer) == 2


def test_the_link_opens_what_is_proven(stranger):
    mia = make.customer("Mia Meier", email="mia@example.com")
    made = make.conversation(customer=mia, body="My torn tent")
    signed_in(stranger)
    assert "My torn tent" in stranger.get("/acme/help").text
    assert "My torn tent" in stranger.get(f"/acme/help/conversations/{made.number}").text


def test_a_registered_name_is_taken_only_for_a_new_customer(stranger):
    make.customer("Mia Meier", email="mia@example.com")
    stranger.post(mailed(stranger, path="/acme/help/register", name="Somebody Else"))
    stranger.post(mailed(stranger, "ben@example.com", "/acme/help/register", name="Ben Berg"))
    with make.inside():
        assert [Customer.first(email=f"{who}@example.com").name for who in ("mia", "ben")] == ["Mia Meier", "Ben Berg"]


def test_a_customer_begins_goes_on_ends_and_rates_without_javascript(stranger, anna):
    signed_in(stranger)
    page = {"Accept": "text/html,application/xhtml+xml"}
    form = {"body": "I have a question", "client_id": str(uuid.uuid4())}
    begun = stranger.post("/acme/help/new", data=form, headers=page)
    assert begun.status_code == 303
    path = begun.location
    assert stranger.post("/acme/help/new", data=form, headers=page).location == path
    form = {"body": "And another", "client_id": str(uuid.uuid4())}
    assert stranger.post(f"{path}/messages", data=form, headers=page).location == path
    with make.inside():
        conversation = Conversation.find(number=int(path.rsplit("/", 1)[1]))
    make.message(conversation, anna, "An answer")
    make.message(conversation, anna, "A note", kind="note")
    shown = stranger.get(path).text
    assert "An answer" in shown and "A note" not in shown
    assert stranger.post(f"{path}/closure", headers=page).status_code == 303
    assert "How was it?" in stranger.get(path).text and "How was it?" in stranger.get("/acme/help").text
    assert stranger.post(f"{path}/rating", data={"stars": "6"}, headers=page).status_code == 422
    assert stranger.post(f"{path}/rating", data={"stars": "5"}, headers=page).status_code == 303
    assert stranger.post(f"{path}/rating", data={"stars": "1"}, headers=page).status_code == 409
    assert "5 of 5 stars" in stranger.get(path).text
    assert stranger.post(f"{path}/reopening", headers=page).status_code == 303


def test_an_empty_question_comes_back_as_a_form(stranger):
    signed_in(stranger)
    response = stranger.post(
        "/acme/help/new", data={"body": "", "client_id": str(uuid.uuid4())}, headers={"Accept": "text/html"}
    )
    assert response.status_code == 422 and "Write something" in response.text and "<form" in response.text


@pytest.mark.parametrize("part", ["", "/state", "/changes?after=0", "/earlier?before=9"])
def test_other_customers_conversations_do_not_exist(stranger, part):
    other = make.conversation()
    signed_in(stranger)
    assert stranger.get(f"/acme/help/conversations/{other.number}{part}").status_code == 404


@pytest.mark.parametrize("part", ["messages", "closure", "reopening", "rating", "reading", "contact"])
def test_nothing_happens_to_other_customers_conversations(stranger, part):
    other = make.conversation()
    signed_in(stranger)
    form = {"body": "x", "client_id": str(uuid.uuid4()), "stars": "5", "seq": "1"}
    assert stranger.post(f"/acme/help/conversations/{other.number}/{part}", data=form).status_code == 404
    with make.inside():
        assert Conversation.find(number=other.number).staff_position == other.staff_position


def test_a_password_is_one_more_way_in_and_ends_other_sessions(stranger):
    signed_in(stranger)
    elsewhere = signed_in(make.state.app.test_client())
    assert stranger.post("/acme/help/password", data={"current": "", "password": "short"}).status_code == 422
    chosen = "a long walk at dawn"
    assert stranger.post("/acme/help/password", data={"current": "", "password": chosen}).status_code == 303
    assert stranger.get("/acme/help").status_code == 200 and elsewhere.get("/acme/help").status_code == 302
    assert (
        elsewhere.post("/acme/help/sign-in", data={"email": "mia@example.com", "password": chosen}).status_code == 303
    )
    wrong = stranger.post("/acme/help/password", data={"current": "not it", "password": "another long walk"})
    assert wrong.status_code == 422 and "not your present password" in wrong.text


def test_signing_out_ends_the_session_in_the_database_too(stranger):
    signed_in(stranger)
    assert stranger.post("/acme/help/sign-out").status_code == 303
    assert stranger.get("/acme/help").status_code == 302
    with make.inside():
        assert Session.first().revoked_at


def test_a_blocked_customer_is_shut_out_everywhere(stranger):
    signed_in(stranger)
    link = mailed(stranger)
    with make.inside():
        Customer.first(email="mia@example.com").block()
    assert stranger.get("/acme/help").status_code == 403
    assert make.state.app.test_client().post(link).status_code == 403


def test_the_name_can_be_changed_and_shows_as_text(stranger):
    signed_in(stranger)
    assert stranger.post("/acme/help/profile", data={"name": "<b>Mia</b>"}).status_code == 303
    assert "&lt;b&gt;Mia" in stranger.get("/acme/help/profile").text
    assert stranger.post("/acme/help/profile", data={"name": "two\nlines"}).status_code == 422


def test_every_form_that_changes_something_needs_its_csrf_token(stranger):
    signed_in(stranger)
    make.state.app.config["WTF_CSRF_ENABLED"] = True
    try:
        for path in ("/acme/help/new", "/acme/help/profile", "/acme/help/sign-out", "/acme/help/sign-in/link"):
            assert stranger.post(path, data={"email": "a@example.com", "name": "x", "body": "y"}).status_code == 400
    finally:
        make.state.app.config["WTF_CSRF_ENABLED"] = False
