import html
import re

import pytest

from tests import make


@pytest.mark.parametrize("view", ["queue", "mine", "team", "all", "closed", "direct"])
def test_every_view_says_what_to_do_when_it_is_empty(client, view):
    page = client.get(f"/acme/inbox/{view}")
    assert page.status_code == 200
    assert "empty-title" in page.text


def test_each_view_shows_its_conversations(client, anna):
    make.conversation(body="Waiting one")
    make.conversation(body="My own", assignee=anna)
    make.closed_conversation(body="Long ago")
    shown = {view: client.get(f"/acme/inbox/{view}").text for view in ("queue", "mine", "all", "closed")}
    assert "Waiting one" in shown["queue"] and "My own" not in shown["queue"]
    assert "My own" in shown["mine"] and "Waiting one" not in shown["mine"]
    assert "Waiting one" in shown["all"] and "My own" in shown["all"]
    assert "Let me look." in shown["closed"]


def test_an_unread_message_is_counted_until_it_is_read(client, anna):
    conversation = make.conversation(body="Hello there")
    assert 'class="row-item is-unread"' in client.get("/acme/inbox/queue").text
    client.post(f"/acme/conversations/{conversation.number}/reading", data={"seq": 1})
    assert "is-unread" not in client.get("/acme/inbox/queue").text


def test_a_conversation_opens_with_its_customer_and_earlier_ones(client, anna):
    customer = make.customer("Mia Meier", claimed_email="mia@example.com")
    make.closed_conversation(customer=customer, body="The first time")
    conversation = make.conversation(customer=customer, body="The second time")
    page = client.get(f"/acme/conversations/{conversation.number}").text
    assert "The second time" in page and "mia@example.com" in page and "not proved" in page
    assert "Let me look." in page


def test_the_inbox_takes_few_statements(client, anna, statements):
    for _ in range(5):
        make.conversation(assignee=anna)
    del statements[:]
    client.get("/acme/inbox/mine")
    assert len(statements) <= 8, statements


def test_a_conversation_page_takes_few_statements(client, anna, statements):
    conversation = make.conversation(assignee=anna)
    for _ in range(5):
        make.message(conversation, anna)
    del statements[:]
    client.get(f"/acme/conversations/{conversation.number}")
    assert len(statements) <= 11, statements


def test_canned_replies_are_offered_and_edited(anna):
    lead = make.browser(make.employee("Lena", "lead"))
    lead.post("/acme/settings/canned-replies", data={"shortcut": "/Hello", "body": "Hello, how can I help?"})
    assert "/hello" in make.browser(anna).get("/acme/canned-replies").text
    for bad in (
        {"shortcut": "a b", "body": "x"},
        {"shortcut": "ok", "body": ""},
        {"shortcut": "hello", "body": "twice"},
    ):
        assert lead.post("/acme/settings/canned-replies", data=bad).status_code == 422
    assert (
        make.browser(anna).post("/acme/settings/canned-replies", data={"shortcut": "x", "body": "y"}).status_code == 403
    )


def test_a_canned_reply_is_changed_on_its_page_and_keeps_what_was_typed(app):
    lead = make.browser(make.employee("Lena", "lead"))
    for word in ("bye", "hello"):
        lead.post("/acme/settings/canned-replies", data={"shortcut": word, "body": "Until next time."})
    page = "/acme/settings/canned-replies"
    link = re.search(r'href="/acme(/settings/canned-replies/[\w-]+)">/bye', lead.get(page).text)
    assert link and "Until next time." in lead.get("/acme" + link[1]).text
    refused = lead.post("/acme" + link[1], data={"shortcut": "hello", "body": "A long text <b>"})
    assert refused.status_code == 422 and "A long text &lt;b&gt;" in refused.text
    assert lead.post("/acme" + link[1], data={"shortcut": "bye", "body": "See you."}).status_code == 302
    assert "See you." in lead.get(page).text and "Until next time." in lead.get(page).text


def test_nobody_signed_out_sees_the_inbox(stranger, app):
    make.tenant()
    response = stranger.get("/acme/inbox")
    assert response.status_code == 302 and "/acme/sign-in?next=" in response.location


def test_the_list_stays_beside_the_conversations_opened_from_it(client, anna):
    for line in range(32):
        make.conversation(body=f"Number {line}.", assignee=anna)
    first = client.get("/acme/inbox/mine").text
    assert "?view=" not in first.partition('id="rows"')[2].partition("</ol>")[0]  # the conversation's own list anyway
    after = re.search(r'rel="next" href="\?after=([^"]+)"', first)[1]
    second = client.get(f"/acme/inbox/mine?after={after}").text
    address = html.unescape(re.search(r'class="row-link" href="([^"]+)"', second)[1])
    assert address.endswith(f"?view=mine&after={after}")
    shown = client.get(address).text
    assert "Number 0." in shown and "Number 31." not in shown
    assert f"/inbox/mine/list?open={address.split('?')[0].split('/')[-1]}&amp;after={after}&amp;view=mine" in shown
    assert client.get(address.replace("view=mine", "view=nonsense")).status_code == 422


def test_a_list_of_all_stays_a_list_of_all(client, anna):
    make.conversation(body="Waiting one")
    opened = make.conversation(body="My own", assignee=anna)
    assert f'/conversations/{opened.number}?view=all"' in client.get("/acme/inbox/all").text
    assert "Waiting one" in client.get(f"/acme/conversations/{opened.number}?view=all").text
    assert "Waiting one" not in client.get(f"/acme/conversations/{opened.number}").text


@pytest.mark.parametrize("verb", ["closure", "transfer"])
def test_what_is_done_with_leaves_one_with_the_list_one_works_through(client, anna, verb):
    talk, other = make.conversation(body="Done", assignee=anna), make.conversation(body="Next", assignee=anna)
    form = {"to": f"department:{talk.department_id}"}
    answer = client.post(f"/acme/conversations/{talk.number}/{verb}", data=form)
    assert answer.location.endswith(f"/conversations/{talk.number}?view=mine")
    assert f'/conversations/{other.number}"' in client.get(answer.location).text
    page = {"Referer": f"http://localhost/acme/conversations/{other.number}?view=all"}
    answer = client.post(f"/acme/conversations/{other.number}/{verb}", data=form, headers=page)
    assert answer.location.endswith(f"/conversations/{other.number}?view=all")
