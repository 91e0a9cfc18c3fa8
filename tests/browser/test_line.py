"""A laptop that slept, a network that went away in mid-send, a server that was restarted: nothing is lost, nothing stands
twice, the page says what is going on, and nobody has to load it again. For the employee's page and the chat alike."""

import os
import re
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from .conftest import PASSWORD, Instance, wait_until
from .line import Line
from .steps import ROOT, take_up, until
from .test_conversation import answer, open_chat, write

pytestmark = pytest.mark.browser
LATE = 60_000
ASLEEP = 60_000


@pytest.fixture
def line(instance: Instance) -> Iterator[Line]:
    opened = Line(instance.url)
    yield opened
    opened.close()


@dataclass
class Talk:
    """One conversation from both sides, each reached through the line."""

    anna: Page
    shop: Page
    chat: FrameLocator
    line: Line

    @property
    def strips(self):
        return self.anna.locator(".connection"), self.chat.locator("#connection")

    def sends(self, name: str) -> None:
        """Both write; what they see at once is their own message, on its way."""
        field = self.anna.locator("#composer-body")
        field.fill(f"{name} of Anna")
        field.press("Control+Enter")
        write(self.chat, f"{name} of the visitor")
        for side, body in ((self.anna, f"{name} of Anna"), (self.chat, f"{name} of the visitor")):
            expect(side.locator("#messages li", has_text=body)).to_have_attribute(
                "data-state", re.compile("sending|fail")
            )

    def stands(self, *bodies: str) -> None:
        """Each of these once, in one order, for both, and at the server."""
        for side in (self.anna, self.chat):
            for body in bodies:
                expect(side.locator("#messages li[data-seq]", has_text=body)).to_have_count(1, timeout=LATE)
                expect(side.locator("#messages li", has_text=body)).to_have_count(1)
            seqs = side.locator("#messages").evaluate("list => [...list.children].map((item) => +item.dataset.seq)")
            assert seqs == sorted(seqs)
        for strip in self.strips:
            expect(strip).to_be_empty(timeout=LATE)
        path = f"{self.anna.url}/changes?after=0"
        kept = re.findall(r'<p class="bubble-text">(.*?)</p>', self.anna.request.get(path).text())
        assert [kept.count(body) for body in bodies] == [1] * len(bodies)


def shop_page(page: Page, instance: Instance, line: Line) -> None:
    """The shop, with its chat reached through the line."""
    page.context.grant_permissions(
        ["local-network-access"]
    )  # a page that the test makes up counts as one of the internet
    html = page.request.get(instance.shop).text().replace(instance.url, line.url)
    page.context.route(instance.shop + "/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(instance.shop + "/")


@pytest.fixture
def talk(visitor, employee, instance: Instance, line: Line) -> Talk:
    anna, shop = employee("anna"), visitor()
    for page in (anna, shop):
        page.context.clock.install()
    shop_page(shop, instance, line)
    chat = open_chat(shop)
    body = f"Hello on port {line.url.rpartition(':')[2]}"
    write(chat, body)
    take_up(anna, Instance(line.url, instance.shop, instance.data), body)
    answer(anna, "Good morning")
    expect(chat.locator("#messages li[data-seq]", has_text="Good morning")).to_have_count(1)
    return Talk(anna, shop, chat, line)


def test_a_laptop_that_slept_catches_up_by_itself(talk: Talk, employee, instance: Instance):
    talk.line.fall_silent()
    talk.sends("Before sleep")
    lena = employee("lena")
    number = talk.anna.url.rpartition("/")[2]
    lena.goto(f"{instance.url}/acme/conversations/{number}")
    answer(lena, "Meanwhile from Lena")
    for page in (talk.anna, talk.shop):
        page.context.clock.fast_forward(ASLEEP)
    for strip in talk.strips:
        expect(strip).to_contain_text("Connecting again")
    talk.line.heal()
    for page in (talk.anna, talk.shop):
        page.context.clock.fast_forward(ASLEEP)
    told = talk.anna.locator("#messages li", has_text="Before sleep of Anna")
    expect(told).to_contain_text("has answered meanwhile: “Meanwhile from Lena”", timeout=LATE)
    told.get_by_role("button", name="Try again").click()
    talk.stands("Good morning", "Meanwhile from Lena", "Before sleep of Anna", "Before sleep of the visitor")


def test_a_network_that_goes_away_in_mid_send_neither_loses_nor_doubles(talk: Talk):
    for side, body in ((talk.anna, "Taken, and the answer lost"), (talk.chat, "The answer to the visitor lost")):
        before = talk.line.lost
        talk.line.lose_answer(b"/messages HTTP/1.1")
        if side is talk.anna:
            answer(talk.anna, body)
        else:
            write(talk.chat, body)
        wait_until(lambda before=before: talk.line.lost > before)
    for page in (talk.anna, talk.shop):
        page.context.set_offline(True)
    talk.line.cut()
    talk.sends("In the tunnel")
    for strip in talk.strips:
        expect(strip).to_contain_text("offline")
    talk.line.heal()
    for page in (talk.anna, talk.shop):
        page.context.set_offline(False)
    lost = ("Taken, and the answer lost", "The answer to the visitor lost")
    talk.stands(*lost, "In the tunnel of Anna", "In the tunnel of the visitor")


def test_a_server_restarted_under_an_open_inbox(talk: Talk, instance: Instance):
    talk.line.cut()
    before = web_master(instance)
    os.kill(before, signal.SIGKILL)
    talk.sends("While it was down")
    for strip in talk.strips:
        expect(strip).to_contain_text("Connecting again")
    wait_until(lambda: web_master(instance) not in (0, before) and answers(f"{instance.url}/healthz"), 60)
    talk.line.heal()
    talk.stands("While it was down of Anna", "While it was down of the visitor")
    write(talk.chat, "And on we go")
    talk.stands("And on we go")


def answers(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(url, timeout=20) as response:
        return bool(response.status == 200)
    return False


def web_master(instance: Instance) -> int:
    """The process id of the web server that the others descend from, 0 while there is none."""
    found: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words, around = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if b"gunicorn" in words and b"tied" not in words and f"FILES_DIR={instance.data}".encode() in around:
            found[int(entry.name)] = parent
    return next((pid for pid, parent in found.items() if parent not in found), 0)


def test_what_was_not_sent_outlives_the_tab_and_the_session(employee, visitor, instance: Instance):
    """With its file; and it goes out as soon as its writer has signed in again."""
    anna, chat = employee("anna"), open_chat(visitor())
    write(chat, "Where is my invoice?")
    take_up(anna, instance, "Where is my invoice?")
    there = anna.url
    anna.route(re.compile("/messages$"), lambda route: route.abort())
    tent = {"name": "tent.png", "mimeType": "image/png", "buffer": (ROOT / "tests/browser/tent.png").read_bytes()}
    anna.locator("#composer [type=file]").set_input_files([tent])
    answer(anna, "Here it is, with a picture")
    anna.locator("#composer-body").fill("And half a sent")
    again = anna.context.new_page()
    anna.close()
    again.context.clear_cookies()
    again.goto(there)
    sign_in(again)
    sent = again.locator("#messages li[data-seq]", has_text="Here it is, with a picture")
    expect(sent.locator("img")).to_be_visible()
    expect(again.locator("#composer-body")).to_have_value("And half a sent")
    expect(chat.locator("#messages li", has_text="Here it is, with a picture").locator("img")).to_be_visible()
    assert again.evaluate("Live.shelf.with('readonly', (kept) => kept.count())") == 0


def sign_in(page: Page) -> None:
    page.get_by_role("textbox", name="E-mail").fill("anna@acme.test")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/conversations/"))


def test_somebody_signed_out_under_an_open_page_is_told_and_comes_back_to_it(employee, visitor, instance: Instance):
    anna, chat = employee("anna"), open_chat(visitor())
    write(chat, "Are you still there?")
    take_up(anna, instance, "Are you still there?")
    other = anna.context.new_page()
    other.goto(f"{instance.url}/acme/profile")
    form = {"csrf_token": other.locator('[name="csrf_token"]').first.get_attribute("value") or ""}
    assert other.request.post(f"{instance.url}/acme/sign-out", form=form).ok
    expect(anna.locator(".connection")).to_contain_text("You are signed out", timeout=LATE)
    answer(anna, "I am, just a moment")
    anna.get_by_role("link", name="Sign in again").click()
    sign_in(anna)
    expect(anna.locator("#messages li[data-seq]", has_text="I am, just a moment")).to_have_count(1)
    expect(chat.locator("#messages li", has_text="I am, just a moment")).to_have_count(1)


def test_a_message_goes_out_while_its_writer_is_elsewhere_and_one_refused_is_shown(
    employee, visitor, instance: Instance
):
    anna, chat = employee("anna"), open_chat(visitor())
    write(chat, "Do you repair stoves?")
    take_up(anna, instance, "Do you repair stoves?")
    number = anna.url.rpartition("/")[2]
    anna.context.route(re.compile("/messages$"), lambda route: route.abort())
    answer(anna, "We do, every Friday")
    anna.goto(f"{instance.url}/acme/customers")
    expect(anna.locator(".connection")).to_contain_text("is not sent yet")
    anna.context.unroute_all()
    expect(chat.locator("#messages li", has_text="We do, every Friday")).to_have_count(1, timeout=LATE)
    expect(anna.locator(".connection")).to_be_empty()
    anna.context.route(re.compile("/messages$"), lambda route: route.fulfill(
        status=422, json={"error": {"sentence": "We cannot take this."}}))  # fmt: skip
    anna.goto(f"{instance.url}/acme/conversations/{number}")
    answer(anna, "Something refused")
    failed = anna.locator("#messages li", has_text="Something refused")
    expect(failed).to_contain_text("We cannot take this.")
    failed.get_by_role("button", name="Take it back").click()
    expect(failed).to_have_count(0)
    expect(anna.locator("#composer-body")).to_have_value("Something refused")


# One's own message is on its way while another's arrives that was taken after it; then an edit, and late what it replaced.
CROSSED = """async () => {
  const list = document.getElementById("messages"), last = [...list.querySelectorAll("[data-kind=chat]")].at(-1);
  const made = (id, seq, at, text) => {
    const item = last.cloneNode(true);
    Object.assign(item.dataset, {seq, at});
    item.id = id;
    item.querySelector(".bubble-text").textContent = text;
    return item;
  };
  const mine = made("message-mine", 0, 0, "on its way");
  delete mine.dataset.seq;
  list.append(mine);
  const crossed = [["message-other", 1002, 1002, "other"], ["message-mine", 1001, 1001, "mine"]];
  crossed.push(["message-other", 1002, 1004, "edited"], ["message-other", 1002, 1003, "older"]);
  for (const one of crossed) await Live.swap(list, made(...one).outerHTML);
  return [...list.children].slice(-2).map((item) => item.querySelector(".bubble-text").textContent);
}"""


def test_what_crosses_on_its_way_stands_in_order_and_nothing_older_replaces_something_newer(
    employee, instance: Instance
):
    anna = employee("anna")
    anna.goto(f"{instance.url}/acme/inbox/mine")
    anna.locator("#rows a").first.click()
    expect(anna.locator("#messages [data-kind=chat]").first).to_be_attached()
    assert anna.evaluate(CROSSED) == ["mine", "edited"]


def test_a_chat_opened_while_the_server_is_away_comes_when_it_is_back(visitor, instance: Instance, line: Line):
    shop = visitor()
    shop_page(shop, instance, line)
    button = shop.get_by_role("button", name=re.compile("Open the chat"))
    expect(button).to_be_visible()
    line.cut()
    button.click()
    expect(shop.get_by_text("Connecting")).to_be_visible()
    until(shop, lambda: any("chrome-error" in frame.url for frame in shop.frames))
    line.heal()
    expect(shop.frame_locator("iframe").get_by_role("textbox", name="Message")).to_be_visible(timeout=LATE)
