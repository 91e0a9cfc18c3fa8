"""Every page as a person meets it: readable by everybody, in both schemes, on the smallest phone, without errors."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from crm import create_app
from tests.conftest import replaced

from .conftest import PATIENCE_MS, Instance, wait_until, watched
from .places import CUSTOMER, NO_PAGES, PLACES, Place, links, mailed, mailed_links, send
from .steps import ELSEWHERE, SHAPE, TOO_WIDE, serious, stands, until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def addresses(chromium: Browser, instance: Instance, states: dict[str, StorageState | None]) -> dict[str, str]:
    plain = {"locale": "en-GB", "java_script_enabled": False}  # half as much to do for whoever only reads addresses
    context = chromium.new_context(storage_state=states["olivia"], **plain)
    page = context.new_page()
    found = mailed_links(page, instance) | links(page, instance)
    context.close()
    context = chromium.new_context(**plain)
    page = context.new_page()
    page.goto(instance.url + found["link"])
    page.locator("main form button").first.click()
    page.wait_for_url(re.compile("/help$"))
    states["customer"] = context.storage_state()
    context.close()
    context = chromium.new_context(**plain)
    again = context.new_page()
    again.goto(f"{instance.url}/acme/help/sign-in")  # a link opens once, and its page is wanted too
    send(again, "E-mail", CUSTOMER)
    used = found["link"]
    wait_until(lambda: mailed(instance, "/help/links/") != used, 60)
    context.close()
    return found | {"link": mailed(instance, "/help/links/")}


@pytest.fixture
def person(chromium: Browser, states, addresses, instance: Instance) -> Iterator[Callable[..., Page]]:
    """`person("anna", "/acme/inbox")`: the page as that person sees it; options as for Playwright's contexts."""
    opened: list[BrowserContext] = []

    def on(who: str, path: str, **options) -> Page:
        options = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "reduced_motion": "reduce", **options}
        context = chromium.new_context(storage_state=states[who], **options)
        opened.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = watched(context.new_page())
        page.goto(instance.url + path.format(**addresses))
        return page

    yield on
    for context in opened:
        context.close()


@pytest.fixture(scope="module")
def reader(chromium: Browser, states, addresses, instance: Instance) -> Iterator[Callable[..., Page]]:
    """`reader("anna", "/acme/inbox")`: as `person`, but each goes on in the one tab they have: a third of the time."""
    tabs: dict[str, Page] = {}

    def on(who: str, path: str) -> Page:
        if who not in tabs:
            context = chromium.new_context(storage_state=states[who], locale="en-GB", reduced_motion="reduce")
            context.set_default_timeout(PATIENCE_MS)
            tabs[who] = watched(context.new_page())
        page = tabs[who]
        page.set_viewport_size({"width": 1280, "height": 800})
        page.emulate_media(color_scheme="light")
        page.goto(f"{instance.url}/healthz")  # what it still had to say, it says before this one's begins
        page.troubles.clear()  # type: ignore[attr-defined]
        page.goto(instance.url + path.format(**addresses))
        return page

    yield on
    for page in tabs.values():
        page.context.close()


def test_every_page_has_its_place_here(config, tmp_path):
    app = create_app(replaced(config, mail_sink_dir=str(tmp_path)), testing=True)
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages = {endpoint for endpoint in pages if not endpoint.startswith("widget.")}
    assert pages - NO_PAGES == {place.endpoint for place in PLACES if place.endpoint}


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_page_is_for_everybody(reader, place: Place):
    page = reader(place.who, place.path)
    assert page.evaluate("performance.getEntriesByType('navigation')[0].responseStatus") == place.status
    assert page.evaluate(SHAPE) == {"title": True, "main": 1, "h1": 1, "lang": True}
    assert place.who in ("", "customer") or page.evaluate(ELSEWHERE) == []
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert serious(page, "color-contrast") == []  # what else there is does not change
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate(SHAPE)["h1"] == 1  # also after the first parts were loaded again
    expected = f"status of {place.status}"
    assert [trouble for trouble in page.troubles if expected not in trouble] == []


# What Tab can reach, each radio group once, and whether the focus shows when it is there.
MARK = """() => {
  const groups = new Set(), kinds = "a[href], button, input, select, textarea, summary, iframe, [tabindex='0']";
  const shown = (one) => one.checkVisibility({visibilityProperty: true}) && !one.closest("dialog:not([open])");
  window.tabs = new Map();  // by what they are: parts that are loaded again lose marks
  for (const one of document.querySelectorAll(kinds)) {
    if (one.disabled || one.type === "hidden" || !shown(one)) continue;
    if (one.type === "radio" && (groups.has(one.name) || !groups.add(one.name))) continue;
    tabs.set(one, one.type === "radio" ? one.name : `${tabs.size}`);
  }
  return [...tabs.values()];
}"""
HERE = """() => {
  const one = document.activeElement, around = [one, one.nextElementSibling, one.closest("form, label, fieldset")];
  const shows = around.filter(Boolean).some((box) => {
    const style = getComputedStyle(box);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return outlined || (one.matches("input, select, textarea") && style.boxShadow !== "none");
  });
  const what = one.outerHTML.slice(0, 120);
  const same = ([old]) => !old.isConnected && ["tagName", "id", "className", "href"].every((name) => old[name] === one[name]);
  const tab = tabs.get(one) ?? [...tabs].find(same)?.[1];  // a bell that rang meanwhile stands where another was
  return {tab: one.type === "radio" ? one.name : tab, shows: shows || one.matches("body, iframe"), what};
}"""


@pytest.mark.parametrize("path", ["{open}", "/acme/inbox/queue", "/acme/customers", "/acme/settings/widget"])
def test_the_tab_key_reaches_everything_and_shows_where_it_is(person, path):
    page = person("olivia", path)
    stands(page)
    wanted, reached = set(page.evaluate(MARK)), set()
    page.evaluate("document.body.focus()")
    for _ in range(len(wanted) + 5):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        assert here["shows"], here["what"]
        reached.add(here["tab"])
    assert wanted - reached == set()


def test_the_keys_of_the_map_do_what_it_says(person):
    page = person("anna", "/acme/inbox/queue")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    rows = page.locator("#rows a.row-link")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("#conversation-title")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("n")
    expect(page.get_by_role("radio", name="Note")).to_be_checked()
    expect(page.locator("#composer-body")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.get_by_role("radio", name="Reply")).to_be_checked()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url(re.compile("/acme/inbox$"))


def test_the_keys_of_tickets_and_the_palette(person):
    page = person("anna", "/acme/tickets?view=open")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#ticket-title")).to_be_visible()
    page.wait_for_load_state()
    mine = page.get_by_role("button", name="Assign it to me")
    if mine.count():
        page.keyboard.press("a")
        expect(mine).to_have_count(0)
    page.keyboard.press("r")
    expect(page.locator("#composer-body")).to_be_focused()
    page.keyboard.press("Control+k")
    field, chosen = (
        page.get_by_role("combobox", name="Search or do something"),
        page.locator("#palette [aria-selected=true]"),
    )
    expect(field).to_be_focused()
    expect(chosen).to_contain_text("Go to the inbox")
    assert serious(page) == []
    page.keyboard.type("go to the")
    expect(page.locator("#palette-count")).to_contain_text("results")
    second = page.locator("#palette [role=option]").nth(1).inner_text()  # what there is besides hangs on the demo
    page.keyboard.press("ArrowDown")
    expect(chosen).to_have_text(second)
    expect(field).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(page.locator("#composer-body")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("log a call")
    expect(chosen).to_contain_text("Log a call")
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})  # takes a word of an input method, no choice
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Log a call")).to_be_visible()
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator(".topbar")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()


def test_a_key_means_the_open_conversation_and_not_the_queue(person):
    page = person("olivia", "{open}")
    title = page.locator("#conversation-title").inner_text()
    stands(page)
    page.keyboard.press("a")
    expect(page.get_by_role("dialog", name="Transfer this conversation")).to_be_visible()
    assert page.locator("#conversation-title").inner_text() == title
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.locator("#composer")).to_contain_text("This conversation is closed.")
    page.get_by_role("button", name="Reopen").first.click()
    expect(page.locator("#composer-body")).to_be_visible()


def ask(customer: Page, instance: Instance, body: str) -> None:
    customer.goto(f"{instance.url}/acme/help/new")
    customer.locator("main textarea").fill(body)
    customer.locator("main form .btn-primary").first.click()
    expect(customer.locator("#messages")).to_contain_text(body)


def test_news_wait_while_the_list_is_pointed_at_and_stand_in_the_title(person, instance: Instance):
    page, customer = person("anna", "/acme/inbox/queue"), person("customer", "/acme/help")
    stands(page)
    page.locator("#rows .row-item").first.hover()
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true})")
    for number in (1, 2):
        ask(customer, instance, f"Question {number} from the bar")
    bar = page.locator("#new-rows")
    expect(bar).to_contain_text(re.compile("[2-9] new"))
    assert "Question 2 from the bar" not in page.locator("#rows").inner_text()
    expect(page).to_have_title(re.compile(r"^\([2-9]\) "))
    bar.click()
    expect(page.locator("#rows")).to_contain_text("Question 2 from the bar")
    expect(bar).to_be_hidden()
    until(page, lambda: int(page.locator("#badge-inbox").inner_text() or 0) >= 4)


def test_an_open_menu_stays_when_its_part_is_loaded_again(person, instance: Instance):
    page = person("olivia", "{open}")
    page.get_by_role("button", name="Transfer").click()
    field = page.get_by_role("dialog").locator("textarea")
    field.fill("Half a sentence")
    page.clock.install()
    page.evaluate("Rapport.refresh(['header'])")
    page.clock.run_for(2500)
    expect(field).to_have_value("Half a sentence")


def test_the_composer_shuts_when_the_customer_closes_and_keeps_the_draft(person, instance: Instance):
    customer = person("customer", "/acme/help")
    ask(customer, instance, "One thing only")
    page = person("anna", "/acme/inbox/all")
    page.locator("#rows .row-item", has_text="One thing only").get_by_role("link").click()
    page.wait_for_url(re.compile(r"/conversations/\d+"))
    stands(page)
    page.locator("#composer-body").fill("Half an answer")
    customer.locator("form[action$='/closure'] button").click()
    expect(page.locator("#composer")).to_contain_text("This conversation is closed.")
    page.get_by_role("button", name="Reopen").first.click()
    expect(page.locator("#composer-body")).to_have_value("Half an answer")
    assert page.troubles == [] and customer.troubles == []


def test_whoever_has_no_javascript_signs_in_and_writes(person, instance: Instance):
    page = person("", "/acme/sign-in", java_script_enabled=False)
    page.get_by_label("E-mail").fill("boris@acme.test")
    page.get_by_label("Password", exact=True).fill("wrong and wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    customer = person("customer", "/acme/help/new", java_script_enabled=False)
    customer.locator("main textarea").fill("Sent without a script")
    customer.locator("main form .btn-primary").first.click()
    expect(customer.locator("#messages")).to_contain_text("Sent without a script")


def test_a_due_time_is_written_by_the_clock_by_which_it_is_read(person):
    page = person("anna", "/acme/tickets/4", timezone_id="Asia/Tokyo")
    page.get_by_label("Due").first.fill("2030-01-02T10:00")
    page.get_by_role("heading", level=1).click()
    expect(page.locator("#ticket-header time").first).to_contain_text("2030, 10:00")
    expect(page.get_by_label("Due").first).to_have_value("2030-01-02T10:00")
