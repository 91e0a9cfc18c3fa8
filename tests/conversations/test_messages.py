import uuid

from crm.conversations.models import Conversation
from crm.realtime import Topic
from tests import make


def test_posting_shows_the_same_partial_to_everyone(client, pushed):
    conversation = make.conversation()
    response = client.post(f"/acme/conversations/{conversation.number}/messages", data=make.message_form("Hello"))
    assert response.status_code == 201
    assert response.text in pushed(conversation.topic)
    assert "Hello" in pushed(conversation.customer_topic)


def test_a_repeated_message_is_answered_with_the_first_for_ever(client):
    conversation = make.conversation()
    path, form = f"/acme/conversations/{conversation.number}/messages", make.message_form("Once")
    first = client.post(path, data=form)
    client.post(f"/acme/conversations/{conversation.number}/closure")
    again = client.post(path, data=form)
    assert (again.status_code, again.text) == (201, first.text)
    assert client.get(f"/acme/conversations/{conversation.number}").text.count('bubble-text">Once<') == 1


def test_a_note_never_reaches_the_customer(client, pushed):
    conversation = make.conversation()
    client.post(
        f"/acme/conversations/{conversation.number}/messages", data=make.message_form("Third parcel", kind="note")
    )
    assert "Third parcel" in pushed(conversation.topic)
    assert "Third parcel" not in pushed(conversation.customer_topic)
    with make.inside():
        found = Conversation.find(number=conversation.number)
        assert (found.staff_position, found.customer_position) == (2, 1)


def test_a_page_that_was_away_gets_just_what_it_missed(client, anna):
    conversation = make.conversation(assignee=anna)
    make.message(conversation, anna, "First")
    make.message(conversation, anna, "Second")
    missed = client.get(f"/acme/conversations/{conversation.number}/changes?after=3")
    assert "Second" in missed.text and "First" not in missed.text
    assert missed.headers["X-Position"] == "4"


def test_replying_accepts_a_waiting_conversation(client, anna):
    conversation = make.conversation()
    client.post(f"/acme/conversations/{conversation.number}/messages", data=make.message_form())
    with make.inside():
        found = Conversation.find(number=conversation.number)
        assert (found.status, found.assignee_id) == ("open", anna.id)


def test_bad_messages_are_refused_with_a_sentence_and_change_nothing(client):
    conversation = make.conversation()
    path = f"/acme/conversations/{conversation.number}/messages"
    bad = [
        {"body": ""},
        {"body": "x" * 10_001},
        {"body": "a\x00b"},
        {"kind": "system"},
        {"client_id": "1"},
        {"client_id": ""},
    ]
    for change in bad:
        response = client.post(path, data={**make.message_form(), **change}, headers={"Accept": "application/json"})
        assert response.status_code == 422, change
        assert response.json["error"]["sentence"]
    lone = {**make.message_form(), "body": "\ud800"}
    assert client.post(path, json=lone).status_code == 422
    with make.inside():
        assert Conversation.find(number=conversation.number).staff_position == 1


def test_right_to_left_text_is_kept_as_it_is(client):
    conversation = make.conversation()
    body = "שלום \u202eabc"
    response = client.post(f"/acme/conversations/{conversation.number}/messages", data=make.message_form(body))
    assert response.status_code == 201 and body in response.text


def test_nobody_puts_a_message_over_somebody_elses_by_its_id(client, anna):
    """Pages know a message by its client_id: of two with one id, the later would be shown instead."""
    mia, form = make.customer(), make.message_form("We pay it back", client_id=uuid.uuid4())
    conversation = make.conversation(customer=mia, assignee=anna)
    path = f"/acme/conversations/{conversation.number}"
    client.post(f"{path}/messages", data=form)
    theirs, forged = f"/acme/help/conversations/{conversation.number}/messages", {**form, "body": "We pay nothing"}
    first, again = (make.browser(mia).post(theirs, data=forged) for _ in range(2))
    assert (first.status_code, again.text) == (201, first.text)
    page = client.get(path).text
    assert "We pay it back" in page and page.count('bubble-text">We pay nothing<') == 1
    assert page.count(f'id="message-{form["client_id"]}"') == 1


def test_what_was_taken_back_or_changed_stands_in_no_list_either(client, anna, pushed):
    mia = make.customer()
    conversation = make.conversation(customer=mia, assignee=anna, body="Question")
    path = f"/acme/conversations/{conversation.number}"
    message = make.message(conversation, anna, "The password is 4711")
    lists = [(client, "/acme/inbox/mine/list"), (make.browser(mia), "/acme/help")]
    assert all("is 4711" in reader.get(page).text for reader, page in lists)
    client.patch(f"{path}/messages/{message.id}", data={"body": "The password is 0815"})
    assert '"refresh": ["list"]' in pushed(Topic(anna.tenant_id, "inbox", anna.tenant_id))
    assert all("is 4711" not in reader.get(page).text and "is 0815" in reader.get(page).text for reader, page in lists)
    client.delete(f"{path}/messages/{message.id}")
    assert all("is 0815" not in reader.get(page).text and "Question" in reader.get(page).text for reader, page in lists)
