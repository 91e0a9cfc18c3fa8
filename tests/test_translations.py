"""English and German are complete, and whoever reads gets their own: pages, errors, mails, the chat."""

import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.accounts.models import Token
from crm.conversations.models import Conversation, Message
from crm.conversations.models.rating import Rating
from crm.conversations.words import system_line
from crm.customers.models import Customer
from crm.db import db
from crm.locale import LANGUAGES
from crm.mail import Mail
from crm.ops import messages
from crm.portal import ratings
from crm.tenancy import forget_cached_tenant
from tests import make
from tests.portal.steps import Visitor
from tests.reading import assert_english, assert_german, assert_german_words, english_in, german, texts

GERMAN = {"Accept-Language": "de-AT,de;q=0.8,en;q=0.5"}


# -- the catalogs


def test_every_language_has_a_catalog():
    assert ["en", *(path.parts[-3] for path in messages.catalogs())] == LANGUAGES


@pytest.mark.parametrize("path", messages.catalogs(), ids=lambda path: path.parts[-3])
def test_every_text_is_translated(path):
    fresh = messages.updated(path, messages.extracted())
    assert list(messages.problems(fresh)) == []
    assert messages.text_of(fresh) == path.read_text(), "Run: crm messages"


def problems_of(*lines: str) -> list[str]:
    return list(messages.problems(messages.read_po(BytesIO("\n".join(lines).encode()), locale="de")))


def test_what_is_missing_guessed_or_cut_is_found():
    assert problems_of('msgid "Send"', 'msgstr "Senden"') == []
    assert problems_of('msgid "Send"', 'msgstr ""') == ["not translated: Send"]
    assert problems_of("#, fuzzy", 'msgid "Send"', 'msgstr "Sende"') == ["only guessed: Send"]
    assert problems_of('msgid "%(n)s new"', 'msgstr "%(m)s neue"') == ["other placeholders: %(n)s new"]
    one, many = 'msgid "One star"', 'msgid_plural "%(num)s stars"'
    assert problems_of(one, many, 'msgstr[0] "Ein Stern"', 'msgstr[1] "%(num)s Sterne"') == []
    assert problems_of(one, many, 'msgstr[0] "Ein Stern"', 'msgstr[1] "Sterne"') == ["other placeholders: One star"]
    assert problems_of(one, many, 'msgstr[0] "Ein Stern"', 'msgstr[1] ""') == ["not translated: One star"]


def test_german_is_quiet_polite_and_well_set():
    """No exclamation marks, no typewriter quotes, and nobody is called du."""
    wrong = re.compile(r"[!\"']|\.\.\.|\b([Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich)\b")
    assert [text for text in german().values() if wrong.search(text)] == []


# -- what stands on a page


def test_the_search_for_english_finds_it():
    assert english_in('<p>Saved.</p><a title="Close the chat">Mia wrote 3</a>') == ["Close the chat", "Saved."]
    assert english_in("<b>You are number 12 in the queue.</b>") and not english_in("<b>Gespeichert.</b>")


# -- employees


@pytest.fixture
def clara(app) -> FlaskClient:
    """A German owner's browser, with something on every page."""
    owner = make.employee("Clara", "owner", language="de")
    make.conversation()
    make.conversation(assignee=owner)
    make.rating(
        stars=1, feedback="Zu spät", customer=make.customer("Jan", claimed_email="jan@example.com", language="de")
    )
    make.department("Sales")
    return make.browser(owner)


PAGES = ["inbox", "inbox/queue", "inbox/mine", "inbox/team", "inbox/all", "inbox/closed", "inbox/direct", "follow-ups"]
PAGES += [
    "customers",
    "customers?q=nobody",
    "customers/new",
    "employees",
    "employees?deactivated=1",
    "employees/invite",
]
PAGES += ["profile", "settings", "settings/widget", "settings/departments", "settings/mails", "settings/canned-replies"]
PAGES += ["calls/new", "tickets/new", "tasks", "tasks?view=done", "settings/phone"]
PAGES += ["conversations/1", "conversations/2", "conversations/3"]


@pytest.mark.parametrize("path", PAGES)
def test_an_employee_reads_german(clara, path):
    response = clara.get(f"/acme/{path}", headers={"Accept-Language": "en"})
    assert response.status_code == 200
    assert_german(response.text)


def test_records_and_fragments_are_german(clara):
    with make.inside():
        customer, employee = Customer.first(name="Jan"), Conversation.find(number=2).assignee
    for path in (f"customers/{customer.id}", f"customers/{customer.id}/edit", f"employees/{employee.id}"):
        assert_german(clara.get(f"/acme/{path}").text)
    for path in ("conversations/1/transfer", "conversations/3/panel", "inbox/queue/list"):
        assert_german_words(clara.get(f"/acme/{path}").text)


def test_numbers_places_and_lists_are_written_in_german(clara):
    make.rating(stars=2, by=make.employee("Clara"))
    assert "1,5" in clara.get("/acme/employees").text or "2,0" in clara.get("/acme/employees").text
    settings, form = clara.get("/acme/settings").text, clara.get("/acme/customers/new").text
    assert '<option value="Europe/Vienna">Wien</option>' in settings and "USD – US-Dollar" in settings
    assert form.index(">Oman<") < form.index(">Österreich<") < form.index(">Pakistan<")


def test_changing_the_language_is_answered_in_the_new_one(client):
    form = {"name": "Anna", "language": "de", "time_zone": "Europe/Vienna"}
    page = client.post("/acme/profile", data=form, follow_redirects=True).text
    assert_german(page)
    assert "Gespeichert." in page


def test_a_refusal_is_worded_for_its_reader(clara, client):
    form = {"email": "nonsense", "role": "agent", "department_id": ""}
    page = clara.post("/acme/employees/invite", data=form)
    assert page.status_code == 422 and "Schreiben Sie eine E-Mail-Adresse wie" in page.text
    taken = clara.post("/acme/conversations/3/messages", data={}, headers={"Accept": "application/json"})
    assert taken.json["error"]["title"] == "Etwas passt nicht"
    make.conversation(assignee=make.employee("Clara"))
    assert "Clara has taken this conversation." in client.post("/acme/conversations/4/acceptance").text


def test_whoever_reads_a_line_of_the_systems_reads_it_in_their_language(clara, client):
    assert "Clara ist jetzt im Gespräch." in clara.get("/acme/conversations/2").text
    assert "Clara joined the conversation." in client.get("/acme/conversations/2").text
    with make.inside():
        emptied = Message(kind="system", facts={"event": "accepted", "name": ""})
        assert system_line(emptied) == "Somebody joined the conversation.", "of which names were taken out"


# -- what is pushed


def test_a_pushed_message_carries_no_words_of_its_writers_language(clara, client, pushed):
    with make.inside():
        conversation = Conversation.find(number=2)
    for browser, kind in ((clara, "chat"), (clara, "note"), (client, "chat")):
        assert browser.post("/acme/conversations/2/messages", data=make.message_form("xyz", kind)).status_code < 300
    for topic in (conversation.topic, conversation.customer_topic):
        frames = pushed(topic)
        assert "xyz" in frames
        assert [text for text in texts(frames) if text in german() or text in german().values()] == []
    both = [browser.get("/acme/conversations/2/changes?after=2").text for browser in (clara, client)]
    assert both[0] == both[1]


def test_what_must_be_worded_is_only_announced(clara, pushed):
    with make.inside():
        conversation = Conversation.find(number=2)
    clara.post("/acme/conversations/2/closure")
    frames = pushed(conversation.customer_topic)
    assert '"ask": true' in frames and "geschlossen" not in frames


# -- everybody else


@pytest.mark.parametrize("path", ["/", "/sign-up", "/nowhere", "/acme/sign-in", "/acme/forgotten-password",
                                  "/acme/help/sign-in", "/acme/help/register", "/acme/nowhere",
                                  "/acme/ratings/forged", "/acme/invitations/forged"])  # fmt: skip
def test_strangers_read_the_language_of_their_browser(stranger, anna, path):
    assert_german(stranger.get(path, headers=GERMAN).text)
    assert_english(stranger.get(path, headers={"Accept-Language": "en-GB,en;q=0.9,de;q=0.8"}).text)
    assert_english(stranger.get(path, headers={"Accept-Language": "fr-CA"}).text)


def test_each_error_is_german(clara, stranger):
    agent = make.browser(make.employee("Dora", language="de"))
    refused = {403: agent.get("/acme/settings"), 404: clara.get("/acme/customers/1"), 405: clara.get("/acme/sign-out"),
               409: agent.post("/acme/conversations/2/acceptance"), 413: clara.post("/acme/customers", data=b"x" * 30_000_000),
               422: clara.post("/acme/customers", data={"email": "x"})}  # fmt: skip
    assert {status: response.status_code for status, response in refused.items()} == {s: s for s in refused}
    for response in refused.values():
        assert_german(response.text)
    fragment = agent.get("/acme/settings", headers={"HX-Request": "true"})
    assert_german_words(fragment.text)


@pytest.mark.parametrize(
    "path", ["/help", "/help/new", "/help/profile", "/help/conversations/1", "/help/conversations/2"]
)
def test_a_customer_reads_german_in_the_portal(app, path):
    customer = make.customer("Jan", email="jan@example.com", language="de")
    make.conversation(customer=customer)
    make.rating(stars=4, customer=customer)
    response = make.browser(customer).get(f"/acme{path}")
    assert response.status_code == 200
    assert_german(response.text)


def test_the_chat_speaks_the_language_of_the_site_it_stands_on(anna):
    visitor = Visitor()
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = GERMAN["Accept-Language"]
    state = visitor.client.get(f"{visitor.root}/state").json
    assert (state["close"], state["new"]) == ("Chat schließen", ["eine neue Nachricht", "{n} neue Nachrichten"])
    assert_german(visitor.client.get(f"{visitor.root}/frame").text)
    assert_english(visitor.client.get(f"{visitor.root}/frame?lang=en").text)
    assert_german_words(visitor.enter().view)
    number = visitor.begin()
    for path in (f"/my/conversations/{number}", "/my/conversations", f"/my/conversations/{number}/state"):
        assert_german_words(visitor.get(path).text)
    with make.inside():
        assert Conversation.find(number=number).customer.language == "de"


# -- the tenant's languages


def speak(*languages: str) -> None:
    make.tenant("acme", language=languages[0], languages=list(languages))
    forget_cached_tenant()


def test_customers_choose_among_the_languages_of_the_tenant(stranger, anna):
    speak("en")
    for path in ("/acme/sign-in?lang=de", "/acme/help/sign-in", "/acme/nowhere"):
        assert_english(stranger.get(path, headers=GERMAN).text)
    jan = make.browser(make.customer("Jan", email="jan@example.com", language="de"))
    assert_english(jan.get("/acme/help", headers=GERMAN).text)
    speak("de")
    assert_german(stranger.get("/acme/sign-in", headers={"Accept-Language": "en"}).text)
    assert_english(make.browser(make.employee("Eve", language="en")).get("/acme/inbox").text)


# -- mails


def mails() -> list[Mail]:
    with make.inside():
        return list(db.session.scalars(select(Mail).order_by(Mail.id)).all())


def asked(language: str) -> Mail:
    customer = make.customer("Jan", claimed_email=f"{language}@example.com", language=language)
    closed = make.closed_conversation(customer=customer)
    with make.inside():
        ratings.ask(Rating.find(conversation_id=closed.id))
    return mails()[-1]


def test_a_customer_is_written_to_in_their_language(app):
    mail = asked("de")
    assert mail.subject == "Wie war es mit Anna?" and "Sie haben am" in mail.body
    assert_german(mail.html)
    assert asked("en").subject == "How was it with Anna?"
    assert asked("fr").subject == "How was it with Anna?"
    speak("en")
    assert asked("de").subject == "How was it with Anna?"


def test_a_link_by_mail_is_german_for_a_german_browser(stranger, anna):
    stranger.post("/acme/help/sign-in/link", data={"email": "jan@example.com"}, headers=GERMAN)
    mail = mails()[-1]
    assert mail.subject == "Ihr Link zu Acme"
    assert_german(mail.html)


def test_employees_are_written_to_in_theirs_and_newcomers_in_the_tenants(clara):
    speak("de", "en")
    clara.post("/acme/employees/invite", data={"email": "neu@acme.test", "role": "agent", "department_id": ""})
    with make.inside():
        assert Token.first(purpose="invitation")
    assert mails()[-1].subject == "Clara lädt Sie zu Acme ein"
    assert_german(mails()[-1].html)
