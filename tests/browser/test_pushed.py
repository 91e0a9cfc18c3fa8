"""Whatever happens: the page as it was, with what was pushed to it, is the page as it is loaded afresh, in a real DOM.

The inbox, a conversation and its customer's side stay open while one thing after the other happens through others; after
each, every page is loaded again beside it and compared, element by element.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .conftest import PASSWORD, PATIENCE_MS, Instance
from .steps import ROOT, frame_of
from .test_conversation import open_chat, write
from .test_portal import sign_in as sign_in_to_help
from .world import Side, World, send, viewer

pytestmark = pytest.mark.browser

INBOX, CONVERSATION, CUSTOMER = "main, .rail", "#conversation, .rail", "#who, #view, #talk"
TENT = b64encode((ROOT / "tests/browser/tent.png").read_bytes()).decode()
LONG = "Long words " * 200 + "https://example.com/?a=1&b=<2>"


def become(availability: str) -> Callable[[World], None]:
    def happen(world: World) -> None:
        for page in (world.lena, world.boris, world.sides["inbox"].open):
            send(page, "POST", "/acme/profile/availability", {"availability": availability})

    return happen


def want_a_mail(world: World) -> None:
    world.customer("/contact", name="Nell", email="nell@example.com", leave="1")


def type_and_write(world: World) -> None:
    frame_of(world.sides["chat"].fresh).locator("#body").press_sequentially("Hm")
    expect(world.sides["conversation"].open.locator("#typing")).not_to_be_empty()
    world.talk("Typed before it was sent")


def edit(world: World) -> None:
    world.post(body="Teh")
    world.change("PATCH", body="The")


def delete(world: World) -> None:
    world.post(body="Wrong")
    world.change("DELETE")


def give_to_a_colleague(world: World) -> None:
    world.staff("POST", "/transfer", to=f"employee:{viewer(world.boris)}", note="Yours")


def give_to_another_department(world: World) -> None:
    world.staff("POST", "/transfer", to=world.departments()[-1])


def answer_and_be_left(world: World) -> None:
    world.post(body="Anything else?")
    world.customer("/closure")


def finish_follow_up(world: World) -> None:
    form = world.sides["conversation"].open.locator(".follow-up form").get_attribute("action")
    send(world.boris, "POST", str(form), {})


def rename(world: World) -> None:
    page = world.sides["conversation"].open.locator("#panel-title a").get_attribute("href")
    send(world.lena, "POST", str(page), {"name": "Renamed while looked at", "note": ""})


STAFF, CUSTOMERS = {"conversation"}, {"chat", "help"}
TALK, ALL = STAFF | CUSTOMERS, STAFF | CUSTOMERS | {"inbox"}


@dataclass(frozen=True)
class Case:
    """What happens in conversations of `status`, which then are as it `leaves` them, changes at least the pages `changed`."""

    name: str
    status: str
    happen: Callable[[World], Any]
    changed: set[str]
    leaves: str = ""

    def __str__(self) -> str:
        return self.name


CASES = [
    Case("the customer writes while nobody has it", "queued", lambda w: w.talk("Is anybody there?"), ALL),
    Case("nobody could answer any more", "queued", become("away"), {"chat"}),
    Case("somebody could answer again", "queued", become("available"), {"chat"}),
    Case("the customer wants a mail", "queued", want_a_mail, ALL),
    Case("it is accepted", "queued", lambda w: w.staff("POST", "/acceptance"), ALL, "open"),
    Case("the first answer", "open", lambda w: w.post(body="Here I am"), ALL),
    Case("the customer writes", "open", lambda w: w.talk("  Two\nlines & <b>signs</b> "), ALL),
    Case("the customer types", "open", type_and_write, ALL),
    Case("a long answer with a link", "open", lambda w: w.post(body=LONG), ALL),
    Case("a file from an employee", "open", lambda w: w.post(body="", file=TENT), ALL),
    Case("a file from the customer", "open", lambda w: w.talk("A picture", TENT), ALL),
    Case("a note", "open", lambda w: w.post(body="Between us", kind="note"), STAFF),
    Case("an answer is edited", "open", edit, TALK),
    Case("an answer is deleted", "open", delete, TALK),
    Case("a colleague gets it", "open", give_to_a_colleague, ALL),
    Case("another department gets it", "open", give_to_another_department, ALL, "queued"),
    Case("it is closed", "open", lambda w: w.staff("POST", "/closure"), ALL, "closed"),
    Case("it is rated badly", "closed", lambda w: w.customer("/rating", stars=2, feedback="Slow"), TALK),
    Case("the bad rating is looked into", "closed", finish_follow_up, STAFF),
    Case("the customer goes on", "closed", lambda w: w.customer("/reopening"), ALL, "open"),
    Case("the customer ends it", "open", answer_and_be_left, ALL, "closed"),
    Case("it is rated well", "closed", lambda w: w.customer("/rating", stars=5, feedback=""), TALK),
    Case("it is opened again", "closed", lambda w: w.staff("POST", "/reopening"), ALL, "open"),
    Case("the customer's name changes", "open", rename, {"inbox", "conversation"}),
]


@pytest.fixture(scope="module")
def people(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """`people()`: a page of somebody else, open as long as this file's tests run."""
    opened: list[BrowserContext] = []

    def on() -> Page:
        opened.append(chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900}))
        opened[-1].set_default_timeout(PATIENCE_MS)
        return opened[-1].new_page()

    yield on
    for context in opened:
        context.close()


@pytest.fixture(scope="module")
def world(people: Callable[[], Page], instance: Instance) -> World:
    def employee(name: str, path: str) -> Page:
        page = people()
        page.goto(f"{instance.url}/acme/sign-in?next={path}")
        page.get_by_label("E-mail").fill(f"{name}@acme.test")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(path))
        return page

    inbox, lena, boris = (
        employee("olivia", "/inbox/all"),
        employee("lena", "/customers"),
        employee("boris", "/customers"),
    )
    (chat, in_chat), (help, in_help) = chat_of(people(), instance), help_of(people(), instance)
    conversation = inbox.context.new_page()
    conversation.goto(f"{instance.url}/acme/conversations/{in_chat}")
    beside = {page: page.context.new_page() for page in (inbox, conversation, chat, help)}
    beside[chat].goto(instance.shop)
    open_chat(beside[chat])
    roots = {"inbox": (inbox, INBOX), "conversation": (conversation, CONVERSATION)}
    roots |= {"chat": (chat, CUSTOMER), "help": (help, CUSTOMER)}
    sides = {name: Side(name, page, beside[page], root) for name, (page, root) in roots.items()}
    return World(instance, lena, boris, sides, {"chat": in_chat, "help": in_help})


def chat_of(page: Page, instance: Instance) -> tuple[Page, int]:
    page.goto(instance.shop)
    write(open_chat(page), "From the shop")
    messages = page.frame_locator("iframe").locator("#messages[data-changes]")
    return page, int(messages.get_attribute("data-number") or 0)


def help_of(page: Page, instance: Instance) -> tuple[Page, int]:
    sign_in_to_help(page, instance, "nora@example.com")
    page.goto(f"{instance.url}/acme/help/new")
    page.locator("main textarea").fill("From the help pages")
    page.locator("main form .btn-primary").first.click()
    expect(page.locator("#messages")).to_contain_text("From the help pages")
    return page, int(page.url.rpartition("/")[2])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_page_with_its_pushes_is_the_page_loaded_afresh(world: World, case: Case):
    if world.state != case.status:
        world.be(case.status)
        world.settle()
    before = {name: side.lines() for name, side in world.sides.items()}
    case.happen(world)
    world.state = case.leaves or case.status
    differences = world.settle()
    for side in world.sides.values() if differences else ():
        side.open.reload()  # the next case begins with what is true
    assert not differences, "\n".join(differences)
    assert {name for name, side in world.sides.items() if side.lines() != before[name]} >= case.changed
