"""Talks of many messages, lists of many talks, and what waits in the composer while one looks elsewhere."""

import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect

from .conftest import Instance
from .steps import frame_of, take_up, until
from .test_conversation import open_chat, write
from .world import send

pytestmark = pytest.mark.browser
TOP = """(box) => [...box.querySelectorAll('#messages > li')].find((one) =>
  one.getBoundingClientRect().bottom > box.getBoundingClientRect().top).innerText"""


def talk_long(anna: Page, lines: int) -> None:
    expect(anna.locator("#messages")).to_contain_text("joined the conversation")
    for line in range(lines):
        fields = {"body": f"Line {line}.", "kind": "chat", "client_id": str(uuid.uuid4())}
        send(anna, "POST", anna.url + "/messages", fields)
    anna.reload()


def go_to_the_beginning(place: Page | Frame, log: str) -> None:
    """Ask for earlier messages until there are none, and see that what was read does not move."""
    for shown in (60, 72):
        place.locator(log).evaluate("(box) => box.scrollTo(0, 0)")
        first = place.locator("#messages > li").first
        seq = first.get_attribute("data-seq")
        place.get_by_text("Show earlier messages").click()
        expect(place.locator("#messages > li")).to_have_count(shown)
        expect(place.locator(f'#messages > li[data-seq="{seq}"]')).to_be_in_viewport()
    expect(place.locator(".log-earlier")).to_have_count(0)
    assert place.evaluate("new Set([...document.querySelectorAll('#messages > li')].map((one) => one.id)).size") == 72


def test_earlier_messages_come_in_above_what_one_reads(visitor, employee, instance: Instance):
    anna, shop = employee("anna"), visitor()
    write(open_chat(shop), "My lamp blinks three times.")
    take_up(anna, instance, "My lamp blinks three times.")
    talk_long(anna, 70)
    expect(anna.locator("#messages > li")).to_have_count(30)
    go_to_the_beginning(anna, ".conversation-log")
    expect(anna.locator(".new-below")).to_be_hidden()

    # what comes in while one reads there is announced, and moves nothing
    reading = anna.locator(".conversation-log").evaluate(TOP)
    write(open_chat(shop), "Are you still there?")
    expect(anna.locator(".new-below")).to_be_visible()
    assert anna.locator(".conversation-log").evaluate(TOP) == reading

    # the customer's chat, opened anew
    shop.reload()
    expect(open_chat(shop).locator("#messages > li")).to_have_count(30)
    chat = frame_of(shop)
    chat.locator("main#talk").evaluate("(box) => box.scrollTo(0, 0)")
    seq = chat.locator("#messages > li").first.get_attribute("data-seq")
    chat.get_by_text("Show earlier messages").click()
    expect(chat.locator("#messages > li")).to_have_count(60)
    expect(chat.locator(f'#messages > li[data-seq="{seq}"]')).to_be_in_viewport()
    assert anna.troubles == [] and shop.troubles == []


def test_a_note_that_waits_stays_a_note_and_keeps_its_files(visitor, employee, instance: Instance):
    anna = employee("anna")
    write(open_chat(visitor()), "My kettle is dented.")
    take_up(anna, instance, "My kettle is dented.")
    anna.locator("[data-key=n]").click()
    anna.locator("#composer-body").fill("Third dented kettle this week")
    anna.locator("#composer [type=file]").set_input_files(Path(__file__).parent / "tent.png")
    talk = anna.url
    anna.goto(f"{instance.url}/acme/inbox/queue")
    anna.goto(talk)
    expect(anna.locator("#composer-body")).to_have_value("Third dented kettle this week")
    expect(anna.locator("#composer [value=note]")).to_be_checked()
    expect(anna.locator(".composer-files")).to_contain_text("tent.png")
    anna.get_by_role("button", name="Add note").click()
    expect(anna.locator("#messages li[data-kind=note] img")).to_be_visible()
    anna.reload()
    expect(anna.locator("#composer [value=chat]")).to_be_checked()
    expect(anna.locator(".composer-files")).to_be_hidden()
    assert anna.troubles == []


def test_a_list_stands_where_it_was_when_one_opens_what_is_far_down(employee, instance: Instance):
    lena = employee("lena", viewport={"width": 1280, "height": 500})
    lena.goto(f"{instance.url}/acme/inbox/closed")
    last = lena.locator("#rows a").last
    last.scroll_into_view_if_needed()
    stands = lena.locator(".rows-pane").evaluate("(pane) => pane.scrollTop")
    assert stands > 0
    last.click()
    expect(lena.locator("#messages")).to_be_visible()
    until(lena, lambda: lena.locator(".rows-pane").evaluate("(pane) => pane.scrollTop") == stands)
    expect(lena.locator("#rows a[aria-current]")).to_be_in_viewport()
    lena.goto(f"{instance.url}/acme/customers")
    lena.goto(f"{instance.url}/acme/inbox/closed")
    until(lena, lambda: lena.locator(".rows-pane").evaluate("(pane) => pane.scrollTop") == 0)
    assert lena.troubles == []


def test_a_row_under_the_pointer_tells_what_is_unread_and_the_bar_only_what_would_move(
    visitor, employee, instance: Instance
):
    shop = visitor()
    write(open_chat(shop), "My axe is blunt.")
    lena = employee("lena")
    lena.goto(f"{instance.url}/acme/inbox/queue")
    row = lena.locator("#rows .row-item", has_text="My axe is blunt.")
    row.hover()
    write(open_chat(shop), "And its handle is loose.")
    row = lena.locator("#rows .row-item", has_text="And its handle is loose.")
    expect(row.locator(".count")).to_contain_text("2")
    expect(lena.locator("#new-rows")).to_be_hidden()
    write(open_chat(visitor()), "My rope is short.")
    expect(lena.locator("#new-rows")).to_have_text("1 new")
    expect(lena.locator("#rows .row-item", has_text="My rope is short.")).to_have_count(0)
    lena.mouse.move(900, 400)
    expect(lena.locator("#rows .row-item", has_text="My rope is short.")).to_have_count(1)
    expect(lena.locator("#new-rows")).to_be_hidden()
    assert lena.troubles == []


def test_on_a_phone_fingers_find_the_replies_and_names_are_whole(visitor, employee, instance: Instance):
    write(open_chat(visitor()), "My compass points south.")
    anna = employee("anna", viewport={"width": 390, "height": 844})
    take_up(anna, instance, "My compass points south.")
    expect(anna.locator("#messages")).to_contain_text("joined the conversation")
    anna.locator("#composer-body").fill("/")
    expect(anna.locator("#canned li").first).to_be_visible()
    touched = anna.locator("#canned li, .composer-kind label span").all()
    assert min(place.bounding_box()["height"] for place in touched) >= 44
    anna.locator("#composer-body").fill("")
    anna.locator(".conversation-actions summary").click()
    anna.get_by_role("button", name="Transfer").click()
    expect(anna.locator("#transfer .pick").first).to_be_visible()
    assert anna.locator(".pick-name").evaluate_all(
        "(names) => names.every((one) => one.scrollWidth <= one.clientWidth)"
    )


def test_between_colleagues_each_finds_the_other_on_the_left(employee, instance: Instance):
    anna, boris = employee("anna"), employee("boris")
    anna.goto(f"{instance.url}/acme/employees")
    anna.get_by_role("link", name="Boris Adler").first.click()
    anna.get_by_role("button", name="Write").click()
    anna.locator("#composer-body").fill("Lunch at one?")
    anna.keyboard.press("Control+Enter")
    boris.goto(f"{instance.url}/acme/inbox/direct")
    boris.locator("#rows a").first.click()
    for page, side in ((anna, "right"), (boris, "left")):
        message, log = page.locator("#messages > li", has_text="Lunch at one?"), page.locator("#messages")
        expect(message).to_have_attribute("data-seq", "1")
        box, around = message.bounding_box(), log.bounding_box()
        middle = box["x"] + box["width"] / 2 - around["x"] - around["width"] / 2
        assert (middle > 0) == (side == "right")
    expect(boris.locator("#messages .message-state")).to_be_hidden()
    assert anna.troubles == [] and boris.troubles == []
