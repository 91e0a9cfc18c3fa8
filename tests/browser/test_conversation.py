"""The main job end to end: a customer opens a chat, an employee answers live, the customer rates it."""

import re

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from .conftest import Instance, wait_until
from .steps import frame_of
from .world import strike

pytestmark = pytest.mark.browser


def open_chat(page: Page) -> FrameLocator:
    """The chat's frame; after a reload it is open as it was left."""
    button = page.get_by_role("button", name=re.compile("(Open|Close) the chat"))
    if button.get_attribute("aria-expanded") == "false":
        button.click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("textbox", name="Message")).to_be_visible()
    frame_of(page).wait_for_load_state()  # its scripts are there
    return frame


def write(frame: FrameLocator, body: str) -> None:
    field = frame.get_by_role("textbox", name="Message")
    field.fill(body)
    field.press("Enter")
    expect(frame.locator("#messages li", has_text=body)).to_have_count(1)


def answer(page: Page, body: str) -> None:
    field = page.locator("#composer-body")
    expect(field).to_be_visible()
    page.wait_for_load_state()  # its scripts are there
    field.fill(body)
    field.press("Control+Enter")
    expect(page.locator("#messages li", has_text=body)).to_have_count(1)


def test_a_customer_chats_an_employee_answers_and_the_stars_arrive(visitor, employee, instance: Instance):
    anna, shop = employee("anna"), visitor()
    anna.goto(f"{instance.url}/acme/inbox/queue")
    frame = open_chat(shop)
    write(frame, "My tent has a hole in it.")

    # the queue changes live, and the employee picks it
    row = anna.locator("#rows .row-item", has_text="My tent has a hole in it.")
    expect(row).to_be_visible()
    row.get_by_role("link").click()
    anna.get_by_role("button", name="Accept", exact=True).click()
    expect(frame.locator("#messages")).to_contain_text("Anna Keller joined the conversation")

    # both sides, at once, each message once; a note stays inside
    answer(anna, "I am sorry. Can you send a picture?")
    expect(frame.locator("#messages li", has_text="Can you send a picture?")).to_have_count(1)
    anna.keyboard.press("Escape")
    anna.keyboard.press("n")
    answer(anna, "Third torn tent this week")
    write(frame, "It is on its way.")
    expect(anna.locator("#messages li", has_text="It is on its way.")).to_have_count(1)
    expect(frame.locator("#messages")).not_to_contain_text("Third torn tent")

    # the conversation survives a reload and a new tab
    shop.reload()
    frame = open_chat(shop)
    expect(frame.locator("#messages")).to_contain_text("My tent has a hole in it.")
    expect(frame.locator("#messages")).not_to_contain_text("Third torn tent")
    second = shop.context.new_page()
    second.goto(instance.shop)
    expect(open_chat(second).locator("#messages")).to_contain_text("It is on its way.")
    second.close()

    # closing, stars, and the stars on the employee's screen at once
    anna.get_by_role("button", name="Close", exact=True).first.click()
    expect(frame.get_by_text("How was it?")).to_be_visible()
    frame.locator('input[name="stars"][value="5"]').check(force=True)
    frame.get_by_label("What should we know?").fill("Quick and kind")
    frame.get_by_role("button", name="Send the rating").click()
    expect(anna.locator("#panel")).to_contain_text("Quick and kind")
    assert anna.troubles == [] and shop.troubles == []


def test_two_accept_at_once_and_the_second_is_told_who_has_it(visitor, employee, instance: Instance):
    frame = open_chat(visitor())
    write(frame, "Who is faster?")
    anna, lena = employee("anna"), employee("lena")
    for page in (anna, lena):
        page.goto(f"{instance.url}/acme/inbox/queue")
        page.locator("#rows .row-item", has_text="Who is faster?").get_by_role("link").click()
        page.wait_for_url(re.compile(r"/conversations/\d+"))
    lena.locator("form[action$='/acceptance'] button").last.wait_for()
    path = anna.url
    lena.request.post(f"{path}/acceptance", form={"csrf_token": token(lena)})
    late = anna.request.post(f"{path}/acceptance", form={"csrf_token": token(anna)})
    assert late.status == 409
    assert "Lena Vogt has taken this conversation" in late.text()


def token(page: Page) -> str:
    return page.locator('[name="csrf_token"]').first.get_attribute("value") or ""


def test_a_visitor_without_rating_gets_one_mail_whose_page_works_without_javascript(
    visitor, employee, open_browser, instance: Instance
):
    olivia, anna = employee("olivia"), employee("anna")
    olivia.goto(f"{instance.url}/acme/settings")
    olivia.get_by_label("Ask for a rating by e-mail after").fill("0")
    with olivia.expect_response(lambda answer: answer.request.method == "POST"):
        olivia.get_by_role("button", name="Save").first.click()

    shop = visitor()
    frame = open_chat(shop)
    write(frame, "Please write me a mail.")
    anna.goto(f"{instance.url}/acme/inbox/queue")
    anna.locator("#rows .row-item", has_text="Please write me a mail.").get_by_role("link").click()
    answer(anna, "With pleasure.")
    frame.get_by_text("Answer me by e-mail when I am gone").click()
    frame.get_by_label("E-mail").fill("mailed@example.com")
    frame.get_by_role("button", name="Save").click()
    expect(frame.locator("#contact")).to_have_count(0)  # it is known now
    expect(anna.locator("#messages")).to_contain_text("With pleasure.")
    shop.close()
    anna.get_by_role("button", name="Close", exact=True).first.click()

    def is_asked() -> bool:
        strike(instance, "ask_by_mail")
        return any("mailed@example.com" in mail for mail in instance.mails())

    wait_until(is_asked, 90)
    mail = next(mail for mail in instance.mails() if "mailed@example.com" in mail)
    link = re.search(r"http://127\.0\.0\.1:\d+/acme/ratings/\S+", mail.replace("=\n", "").replace("=3D", "="))
    assert link, mail
    plain = open_browser(java_script_enabled=False).new_page()
    plain.goto(link[0])
    plain.locator('label[for^="field-stars"]').nth(3).click()
    plain.get_by_role("button", name=re.compile("Send")).click()
    expect(plain.get_by_role("heading").first).to_contain_text(re.compile("Thank", re.I))
