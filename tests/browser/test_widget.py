"""The chat on a real shop page: another site than the product, third-party cookies blocked."""

import gzip
import re

import pytest
from playwright.sync_api import Error, Frame, Page, expect

from .conftest import Instance
from .steps import ROOT, frame_of, serious, take_up, until
from .test_conversation import answer, open_chat, write

pytestmark = pytest.mark.browser
TEST_ORDER = "Is my order on its way?"


def test_little_is_loaded_before_the_first_click(open_browser, instance: Instance):
    page, loaded = open_browser().new_page(), []
    page.on("response", lambda r: loaded.append(r) if r.url.startswith(instance.url) else None)
    page.goto(instance.shop)
    expect(page.get_by_role("button", name="Open the chat")).to_be_visible()
    page.wait_for_timeout(500)
    assert sorted(re.sub(r".*/", "", response.url) for response in loaded) == ["state", "widget.js"]
    assert sum(len(gzip.compress(response.body())) for response in loaded) <= 15 * 1024


def test_no_cookie_is_set_on_either_site(visitor):
    shop = visitor()
    write(open_chat(shop), "Do you take cookies?")
    assert shop.context.cookies() == []
    with pytest.raises(Error, match="Access is denied"):  # the browser of these tests blocks third parties
        frame_of(shop).evaluate("localStorage.length")


def test_by_keyboard_alone(visitor):
    shop = visitor()
    button = shop.get_by_role("button", name="Open the chat")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.focus()
    shop.keyboard.press("Enter")
    frame = frame_of(shop)
    until(shop, lambda: frame.evaluate("document.activeElement?.id") == "body")
    shop.keyboard.type("Typed without a mouse")
    shop.keyboard.press("Enter")
    expect(frame.locator("#messages li")).to_have_count(1)
    until(shop, lambda: frame.evaluate("document.activeElement?.id") == "body")
    shop.keyboard.press("Escape")
    expect(shop.locator("iframe")).to_be_hidden()
    focused = "document.activeElement.shadowRoot.activeElement.getAttribute('aria-label')"
    assert "Open the chat" in shop.evaluate(focused)
    assert shop.troubles == []


def test_an_answer_leaves_open_what_the_visitor_is_filling_in(visitor, employee, instance: Instance):
    anna, frame = employee("anna"), open_chat(visitor())
    write(frame, "I have to leave soon.")
    frame.get_by_text("Answer me by e-mail when I am gone").click()
    frame.get_by_label("E-mail").fill("half-typed@")
    take_up(anna, instance, "I have to leave soon.")
    answer(anna, "One moment.")
    expect(frame.locator("#who")).to_contain_text("You talk with")
    expect(frame.get_by_label("E-mail")).to_have_value("half-typed@")
    expect(frame.get_by_role("button", name="Save")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_every_view_is_accessible(visitor, employee, instance: Instance, width):
    anna = employee("anna")
    shop = visitor(viewport={"width": width, "height": 640}, reduced_motion="reduce")

    def barriers(place: Page | Frame) -> list[str]:
        """In both schemes; what there is beside colours does not change with them."""
        found = serious(place)
        shop.emulate_media(color_scheme="dark")
        until(shop, lambda: place.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"))
        found += serious(place, "color-contrast")
        shop.emulate_media(color_scheme="light")
        return found

    assert barriers(shop) == []
    talk, body = open_chat(shop), f"Accessible at {width}?"
    frame = frame_of(shop)
    assert barriers(frame) == []
    write(talk, body)
    expect(frame.locator("#foot")).to_be_visible()
    assert barriers(frame) == []
    take_up(anna, instance, body)
    answer(anna, "Let us see.")
    expect(talk.locator("#messages")).to_contain_text("Let us see.")
    assert barriers(frame) == []
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    talk.get_by_role("button", name="End the conversation").click()
    expect(talk.get_by_text("How was it?")).to_be_visible()
    assert barriers(frame) == []
    talk.locator("label[for=star-4]").click()
    talk.get_by_role("button", name="Send the rating").click()
    expect(talk.locator("#thanks")).to_be_focused()
    assert barriers(frame) == []
    talk.get_by_role("button", name="Start a new conversation").click()
    talk.get_by_role("button", name="Your earlier conversations").click()
    expect(talk.get_by_role("heading", name="Your conversations")).to_be_visible()
    assert barriers(frame) == []
    assert shop.troubles == []


def test_stars_can_be_chosen_by_arrow_keys(visitor, employee, instance: Instance):
    anna, shop = employee("anna"), visitor()
    talk = open_chat(shop)
    write(talk, "Stars by keyboard")
    take_up(anna, instance, "Stars by keyboard")
    answer(anna, "Of course.")
    expect(talk.locator("#messages")).to_contain_text("Of course.")
    anna.get_by_role("button", name="Close", exact=True).first.click()
    first = talk.get_by_role("radio", name=re.compile("1 star:"))
    first.focus()
    shop.keyboard.press("Space")
    for _ in range(3):
        shop.keyboard.press("ArrowRight")
    frame = frame_of(shop)
    for _ in range(8):  # past the reasons
        shop.keyboard.press("Tab")
        if frame.evaluate("document.activeElement.id") == "feedback":
            break
    shop.keyboard.type("Well done")
    shop.keyboard.press("Tab")
    shop.keyboard.press("Enter")
    expect(talk.get_by_text("4 of 5 stars")).to_be_attached()
    expect(anna.locator("#panel")).to_contain_text("Well done")


def test_stars_given_while_the_employees_page_loads_are_on_it(visitor, employee, instance: Instance):
    anna, talk, held = employee("anna"), open_chat(visitor()), []
    write(talk, "Stars between two pages")
    take_up(anna, instance, "Stars between two pages")
    answer(anna, "Of course.")
    talk.get_by_role("button", name="End the conversation").click()
    talk.locator("label[for=star-4]").click()
    anna.route(re.compile("hx-ws"), lambda route: held.append(route))  # drawn, and deaf as yet
    anna.reload(wait_until="commit")
    expect(anna.locator("#panel")).to_contain_text("No ratings yet")
    talk.get_by_label("What should we know?").fill("Given in between")
    talk.get_by_role("button", name="Send the rating").click()
    expect(talk.locator("#thanks")).to_be_attached()
    for route in held:
        route.continue_()
    expect(anna.locator("#panel")).to_contain_text("Given in between")


def test_a_picture_is_sent_and_seen_by_both(visitor, employee, instance: Instance):
    anna, shop = employee("anna"), visitor()
    talk = open_chat(shop)
    write(talk, "Here is a picture")
    expect(talk.locator("#foot")).to_be_visible()
    picture = {"name": "tent.png", "mimeType": "image/png", "buffer": (ROOT / "tests/browser/tent.png").read_bytes()}
    talk.locator("#write [type=file]").set_input_files([picture])
    talk.get_by_role("textbox", name="Message").fill("The hole in the tent")
    talk.get_by_role("button", name="Send").click()
    seen = "img => img.complete && img.naturalWidth > 0"
    expect(talk.locator("#messages img")).to_be_visible()
    until(shop, lambda: talk.locator("#messages img").evaluate(seen))
    take_up(anna, instance, "The hole in the tent")
    until(anna, lambda: anna.locator("#messages img").evaluate(seen))
    svg = {"name": "tent.svg", "mimeType": "image/svg+xml", "buffer": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}
    talk.locator("#write [type=file]").set_input_files([svg])
    talk.get_by_role("button", name="Send").click()
    expect(talk.locator("[data-state=failed] [data-sentence]")).to_contain_text("We cannot take")


def test_an_answer_shows_on_the_button_of_a_closed_chat_and_in_every_tab(visitor, employee, instance: Instance):
    anna, shop = employee("anna"), visitor()
    talk = open_chat(shop)
    write(talk, TEST_ORDER)
    take_up(anna, instance, TEST_ORDER)
    other = shop.context.new_page()
    other.goto(instance.shop)
    elsewhere = open_chat(other)
    frame_of(shop).locator("#close").click()
    answer(anna, "It left this morning.")
    expect(shop.get_by_role("button", name="Open the chat with Acme Outdoor, one new message")).to_be_visible()
    expect(elsewhere.locator("#messages")).to_contain_text("It left this morning.")
    expect(open_chat(shop).locator("#messages")).to_contain_text("It left this morning.")


def test_it_works_on_a_page_with_a_strict_policy_of_its_own(open_browser, instance: Instance):
    browser = open_browser()
    browser.grant_permissions(["local-network-access"])  # a page that the test makes up counts as one of the internet
    page = browser.new_page()
    tag = re.search(r"<script src=[^>]+widget.js[^>]+></script>", page.request.get(instance.shop).text())[0]
    policy = f"default-src 'none'; script-src {instance.url}; connect-src {instance.url}; frame-src {instance.url}"
    html = f"<!doctype html><title>Strict</title><style>*{{all:unset!important}}</style><h1>Strict</h1>{tag}"
    page.route(instance.shop + "/strict", lambda route: route.fulfill(
        body=html, content_type="text/html", headers={"Content-Security-Policy": policy}))  # fmt: skip
    refused: list[str] = []
    page.on(
        "console", lambda m: refused.append(m.text) if "Content Security" in m.text and "<style" not in m.text else None
    )
    page.goto(instance.shop + "/strict")
    write(open_chat(page), "Strict, but fair")
    assert [text for text in refused if "inline style" not in text] == []
    assert page.locator("#rapport-chat .button").bounding_box()["width"] == 56


def test_a_known_user_is_greeted_as_themselves_on_another_device(visitor, employee, instance: Instance):
    employee("anna")
    first = visitor()
    first.goto(f"{instance.shop}/?signed-in=yes")
    write(open_chat(first), "It is me, Carla")
    second = visitor()
    second.goto(f"{instance.shop}/?signed-in=yes")
    expect(open_chat(second).locator("#messages")).to_contain_text("It is me, Carla")
    second.goto(instance.shop)
    expect(open_chat(second).locator("#messages")).not_to_contain_text("It is me, Carla")


def test_somebody_blocked_loses_everything_within_seconds(visitor, employee, instance: Instance):
    lena, shop = employee("lena"), visitor()
    talk = open_chat(shop)
    write(talk, "Buy cheap watches")
    lena.goto(f"{instance.url}/acme/inbox/queue")
    lena.locator("#rows .row-item", has_text="Buy cheap watches").get_by_role("link").click()
    lena.wait_for_url(re.compile(r"/conversations/\d+"))
    token = lena.locator('[name="csrf_token"]').first.get_attribute("value") or ""
    frame_of(shop).evaluate(
        "document.addEventListener('htmx:ws:close', (event) => { window.endedBy = event.detail.code; }, true)"
    )
    assert lena.request.post(f"{lena.url}/spam", form={"csrf_token": token}).ok
    until(shop, lambda: frame_of(shop).evaluate("window.endedBy") == 4003)
    expect(talk.locator("#connection")).to_contain_text("You cannot write to us here")


def test_the_chat_speaks_the_language_of_the_page(visitor, instance: Instance):
    shop = visitor(locale="de-DE")
    shop.get_by_role("button", name=re.compile("Chat")).click()
    frame = frame_of(shop)
    expect(frame.locator("#body")).to_have_attribute("placeholder", re.compile("Nachricht"))


def test_those_who_wait_see_themselves_move_up(visitor, employee, instance: Instance):
    anna = employee("anna")
    anna.wait_for_timeout(500)
    bodies = ["Waiting since noon", "Waiting since one"]
    waiting = [open_chat(visitor()) for _ in bodies]
    for talk, body in zip(waiting, bodies, strict=True):
        write(talk, body)
        expect(talk.locator("#wait")).to_be_visible()
    place = lambda: int(re.search(r"number (\d+)", waiting[1].locator("#wait").inner_text())[1])  # noqa: E731
    expect(waiting[1].locator("#wait")).to_contain_text(re.compile(r"number \d+"))
    before = place()
    take_up(anna, instance, bodies[0])
    until(anna, lambda: "next" in waiting[1].locator("#wait").inner_text() or place() == before - 1)
    expect(waiting[0].locator("#wait")).to_have_count(0)
    expect(waiting[0].locator("#who")).to_contain_text("You talk with Anna Keller")


def test_the_focus_stays_when_somebody_accepts_and_stands_at_the_stars_in_the_end(
    visitor, employee, instance: Instance
):
    anna, shop = employee("anna"), visitor()
    talk = open_chat(shop)
    write(talk, "Heard, not seen")
    expect(talk.locator("#messages li[data-seq]")).to_match_aria_snapshot("- listitem:\n  - paragraph: You")
    end = talk.get_by_role("button", name="End the conversation")
    end.focus()
    take_up(anna, instance, "Heard, not seen")
    answer(anna, "Read aloud.")
    expect(talk.locator("#who")).to_contain_text("You talk with Anna Keller")
    expect(end).to_be_focused()
    shop.keyboard.press("Enter")
    expect(talk.get_by_role("group", name="How was it?")).to_be_focused()
    talk.get_by_label("What should we know?").focus()
    state = """url => Live.request("GET", url).then((answer) => htmx.swap(
        {sourceElement: document.body, target: document.body, swap: "none", text: answer.responseText}))"""
    frame_of(shop).evaluate(state, talk.locator("#messages").get_attribute("data-state-of"))
    expect(talk.get_by_label("What should we know?")).to_be_focused()
