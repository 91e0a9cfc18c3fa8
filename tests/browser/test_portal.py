"""The customers' portal: in by a mailed link, and the same live thread as in the chat."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from .conftest import Instance, wait_until
from .steps import serious
from .test_conversation import answer

pytestmark = pytest.mark.browser


def mailed_link(instance: Instance, email: str) -> str:
    wait_until(lambda: any(email in mail for mail in instance.mails()), 60)
    mail = next(mail for mail in reversed(instance.mails()) if email in mail)
    found = re.search(r"http://127\.0\.0\.1:\d+/acme/help/links/[\w-]+", mail.replace("=\n", "").replace("=3D", "="))
    assert found, mail
    return found[0]


def sign_in(page: Page, instance: Instance, email: str) -> None:
    page.goto(f"{instance.url}/acme/help")
    page.get_by_label("E-mail").first.fill(email)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    page.goto(mailed_link(instance, email))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your conversations")).to_be_visible()


def test_a_customer_signs_in_by_mail_begins_talks_live_and_rates(open_browser, employee, instance: Instance):
    anna, page = employee("anna"), open_browser().new_page()
    sign_in(page, instance, "paula@example.com")
    assert serious(page) == []
    page.get_by_role("link", name="Write to us").first.click()
    assert serious(page) == []
    page.get_by_label("Message").fill("My stove does not light")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#messages")).to_contain_text("My stove does not light")

    anna.goto(f"{instance.url}/acme/inbox/queue")
    anna.locator("#rows .row-item", has_text="My stove does not light").get_by_role("link").click()
    anna.get_by_role("button", name="Accept", exact=True).click()
    answer(anna, "Is there gas in it?")
    expect(page.locator("#messages li", has_text="Is there gas in it?")).to_have_count(1)
    page.get_by_label("Your message").fill("There is, I looked")
    page.get_by_role("button", name="Send").click()
    expect(anna.locator("#messages li", has_text="There is, I looked")).to_have_count(1)
    expect(page.locator("#messages li[data-seq]", has_text="There is, I looked")).to_have_count(1)
    assert serious(page) == []

    page.get_by_role("button", name="This is settled: close it").click()
    page.locator('label[for="field-stars-5"]').click()
    page.get_by_role("button", name="Send the rating").click()
    expect(page.locator("#thanks")).to_contain_text("5 of 5 stars")
    expect(anna.locator("#panel")).to_contain_text("5 of 5 stars")
    assert serious(page) == []

    anna.locator("form[action$='/ticket']").evaluate("form => form.submit()")
    look = anna.get_by_role("link", name="Look at it")
    expect(look).to_be_visible()
    page.goto(str(look.get_attribute("href")))
    expect(page.locator("#who")).to_be_in_viewport()
    page.get_by_label("Your message").fill("It is out again")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#messages li[data-seq]", has_text="It is out again")).to_have_count(1)
    expect(anna.locator(".messages li", has_text="It is out again")).to_have_count(1)
    assert serious(page) == []


@pytest.mark.parametrize("late", ["talk|portal[.]", "portal[.]"])
def test_what_is_written_and_chosen_before_the_scripts_came_is_sent(open_browser, instance: Instance, late):
    page = open_browser().new_page()
    sign_in(page, instance, f"early{len(late)}@example.com")
    page.get_by_role("link", name="Write to us").first.click()
    page.get_by_label("Message").fill("My tent leaks")
    held: list[Route] = []
    page.route(re.compile(late), lambda route: held.append(route))
    page.get_by_role("button", name="Send").click(no_wait_after=True)
    page.get_by_label("Your message").fill("Here is a picture")
    if "talk" not in late:
        # Which hears of files, and not of which conversation yet. Playwright's own wait is refused by the page's policy.
        wait_until(lambda: page.evaluate("!!window.Talk"))
    page.locator("#write [type=file]").set_input_files([Path(__file__).parent / "tent.png"])
    for script in held:
        script.continue_()
    expect(page.get_by_role("button", name="Remove tent.png")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    sent = page.locator("#messages li[data-seq]", has_text="Here is a picture")
    expect(sent.get_by_role("img", name="tent.png")).to_be_visible()


@pytest.mark.parametrize("path", ["/help/sign-in", "/help/register"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_way_in_is_accessible_and_fits_a_small_phone(open_browser, instance: Instance, path, scheme):
    page = open_browser(viewport={"width": 320, "height": 640}, color_scheme=scheme).new_page()
    page.goto(f"{instance.url}/acme{path}")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
