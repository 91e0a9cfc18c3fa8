"""What the chat keeps on the shop's site: nothing written is lost, and nothing arrives twice."""

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from .conftest import Instance
from .test_conversation import open_chat, write

pytestmark = pytest.mark.browser


def test_what_is_typed_survives_a_reload(visitor):
    shop = visitor()
    open_chat(shop).get_by_role("textbox", name="Message").press_sequentially("Half a sent")
    shop.reload()
    expect(open_chat(shop).get_by_role("textbox", name="Message")).to_have_value("Half a sent")


def test_the_conversation_is_there_the_next_day(playwright: Playwright, tmp_path: Path, instance: Instance):
    """The whole browser was closed in between; only what the shop's own site stores is left."""
    chromium = os.environ.get("RAPPORT_CHROMIUM") or shutil.which("chromium")
    for day in ("Monday", "Tuesday"):
        browser = playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=chromium, args=["--no-sandbox"]
        )
        page = browser.new_page()
        page.goto(instance.shop)
        talk = open_chat(page)
        if day == "Tuesday":
            expect(talk.locator("#messages")).to_contain_text("It is Monday")
        write(talk, f"It is {day}")
        expect(talk.locator("#messages li[data-seq]", has_text=day)).to_have_count(1)
        browser.clear_cookies()
        browser.close()


def test_an_unsent_message_survives_closing_the_tab(visitor, instance: Instance):
    shop = visitor()
    talk = open_chat(shop)
    write(talk, "Now comes the loss")
    expect(talk.locator("#foot")).to_be_visible()
    shop.route(re.compile("/messages$"), lambda route: route.abort())
    talk.get_by_role("textbox", name="Message").fill("Never sent before the tab closed")
    talk.get_by_role("textbox", name="Message").press("Enter")
    expect(talk.locator("#messages li", has_text="Never sent")).to_have_count(1)
    second = shop.context.new_page()
    shop.close()
    second.goto(instance.shop)
    expect(open_chat(second).locator("#messages li[data-seq]", has_text="Never sent")).to_have_count(1)


def test_after_a_long_sleep_the_first_click_still_works(visitor):
    """The bearer ran out while the computer slept; the frame fetches a new one and asks again."""
    shop = visitor()
    talk = open_chat(shop)
    write(talk, "Good night")
    expect(talk.locator("#foot")).to_be_visible()
    refused = []

    def refuse_once(route) -> None:
        if refused:
            return route.continue_()
        refused.append(1)
        return route.fulfill(status=401, json={"error": {"sentence": "Too old"}})

    shop.route(re.compile("/my/conversations$"), refuse_once)
    talk.get_by_role("button", name="All your conversations").click()
    expect(talk.get_by_role("heading", name="Your conversations")).to_be_visible()
    assert refused
