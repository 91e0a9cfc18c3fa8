"""Pages that stay open while things happen through others, and the same pages loaded afresh beside them."""

import difflib
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import psycopg
from playwright.sync_api import Frame, Page, expect

from crm.ops.folder import DataFolder
from crm.ops.plan import PASSWORDS
from crm.ops.postgres import Postgres

from .conftest import Instance
from .steps import frame_of

# What a page holds, a line per element, without what each page has of its own: tokens, addresses that are signed anew,
# marks of the scripts, and how long ago something was. What stands in a field is its writer's.
LINES = """(root) => {
  const own = new RegExp("^(hx-headers|style|tabindex|title|open|aria-describedby" +
    "|data-(seen|stuck|shown|count|focused|told|read|htmx|settled|done|loaded))");
  const lines = [], say = (depth, text) => lines.push(" ".repeat(depth) + text);
  const walk = (node, depth) => {
    if (node.nodeType === Node.TEXT_NODE && node.data.trim()) say(depth, node.data.trim().replace(/\\s+/g, " "));
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    if (node.matches("[name=csrf_token], [name=client_id], [name=position], template, script")) return;
    const classes = [...node.classList].filter((name) => !/^htmx|is-open/.test(name)).sort().join(" ");
    const facts = [...node.attributes].filter((one) => !own.test(one.name)).map((one) =>
      `${one.name}=${one.name === "class" ? classes : one.value.replace(/(\\/files\\/)[^"]+/, "$1…")}`);
    say(depth, node.localName + " " + facts.sort().join(" "));
    if (!node.matches("time, textarea")) node.childNodes.forEach((child) => walk(child, depth + 1));
  };
  document.querySelectorAll(root).forEach((one) => walk(one, 0));
  return lines;
}"""
SEND = """async ([method, address, fields, file]) => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const content = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
  if (file) body.append("files", new File([content], "tent.png", {type: "image/png"}));
  return (await Live.request(method, address, {body})).status;
}"""
MESSAGE = """
SELECT messages.id FROM messages JOIN conversations ON conversations.id = messages.conversation_id
WHERE conversations.number = %s AND messages.client_id = %s
"""


def send(page: Page | Frame, method: str, address: str, fields: dict[str, Any], file: str = "") -> None:
    """As a script of this page would, without showing anything on it. `file`: a PNG in base64."""
    status = page.evaluate(SEND, [method, address, fields, file])
    assert status < 400, f"{method} {address}: {status}"


@dataclass
class Side:
    """A page that stays open, the same page in another tab, and which part of both is compared."""

    name: str
    open: Page
    fresh: Page
    root: str

    def place(self, page: Page) -> Page | Frame:
        return frame_of(page) if self.name == "chat" else page

    def lines(self) -> list[str]:
        return list(self.place(self.open).evaluate(LINES, self.root))

    def load(self) -> None:
        self.fresh.goto(self.open.url, wait_until="commit")

    def loaded(self) -> None:
        self.fresh.wait_for_load_state()
        if self.name == "chat":
            chat = self.fresh.frame_locator("iframe")
            expect(chat.locator("#messages")).to_be_attached()
            if chat.locator("#messages").get_attribute("data-number") == "":  # what is over is not where one goes on
                chat.get_by_role("button", name="Your earlier conversations").click()
                chat.locator(".list button").first.click()
                expect(chat.locator("#foot")).to_be_attached()

    def difference(self) -> list[str]:
        now = self.place(self.fresh).evaluate(LINES, self.root)
        return [
            f"{self.name}: {line}" for line in difflib.unified_diff(now, self.lines(), "fresh", "pushed", "", "", 2, "")
        ]


@dataclass
class World:
    """Two conversations, one from the chat on a site and one from the help pages; Olivia looks, Lena and Boris act."""

    instance: Instance
    lena: Page
    boris: Page
    sides: dict[str, Side]
    numbers: dict[str, int]
    state: str = "queued"
    posted: list[str] = field(default_factory=list)

    def staff(self, method: str, path: str, file: str = "", **fields: Any) -> None:
        """Lena does it to both conversations."""
        for number in self.numbers.values():
            send(self.lena, method, f"/acme/conversations/{number}{path}", fields, file)

    def customer(self, path: str, file: str = "", **fields: Any) -> None:
        """Each customer does it to theirs."""
        chat = frame_of(self.sides["chat"].open)
        base = chat.evaluate("document.body.dataset.root")
        send(chat, "POST", f"{base}/my/conversations/{self.numbers['chat']}{path}", fields, file)
        help = self.sides["help"].open
        send(help, "POST", f"/acme/help/conversations/{self.numbers['help']}{path}", fields, file)

    def post(self, kind: str = "chat", **fields: Any) -> None:
        self.posted.append(str(uuid.uuid4()))
        self.staff("POST", "/messages", client_id=self.posted[-1], kind=kind, **fields)

    def talk(self, body: str, file: str = "") -> None:
        self.customer("/messages", file, body=body, client_id=str(uuid.uuid4()))

    def change(self, method: str, **fields: Any) -> None:
        """What Lena said last, in both conversations."""
        for number in self.numbers.values():
            id = message_id(self.instance, number, self.posted[-1])
            send(self.lena, method, f"/acme/conversations/{number}/messages/{id}", fields)

    def be(self, status: str) -> None:
        """Bring both conversations into this state, by whichever way leads there."""
        if self.state == "closed" and status != "closed":
            self.staff("POST", "/reopening")
        if status == "open" and self.state != "open":
            self.staff("POST", "/transfer", to=f"employee:{viewer(self.lena)}")
        elif status == "queued" and self.state != "queued":
            self.staff("POST", "/transfer", to=self.departments()[0])
        elif status == "closed" and self.state != "closed":
            self.post(body="Goodbye")
            self.staff("POST", "/closure")
        self.state = status

    def departments(self) -> list[str]:
        path = f"{self.instance.url}/acme/conversations/{self.numbers['chat']}/transfer"
        return re.findall(r'"(department:[^"]+)"', self.lena.request.get(path).text())

    def settle(self) -> list[str]:
        """Load every page again beside itself and wait until both are the same; returns how they differ if they stay so."""
        differences: list[str] = []
        for _ in range(4):  # in less than the half minute after which a page looks again by itself
            for side in self.sides.values():
                side.load()
            for side in self.sides.values():
                side.loaded()
            end = time.monotonic() + 6
            while time.monotonic() < end:
                differences = [line for side in self.sides.values() for line in side.difference()]
                if not differences:
                    return []
                self.lena.wait_for_timeout(100)
        return differences


def viewer(page: Page) -> str:
    return str(page.locator("body").get_attribute("data-viewer"))


def message_id(instance: Instance, number: int, client_id: str) -> str:
    """As a program would know it that changes what it posted: no page offers to."""
    with psycopg.connect(database_of(instance, "backup")) as database:
        row = database.execute(MESSAGE, (number, client_id)).fetchone()
    assert row
    return str(row[0])


def strike(instance: Instance, entry: str) -> None:
    """The hour of this entry of the clock has come."""
    with psycopg.connect(database_of(instance, "owner")) as database:
        database.execute("UPDATE clock SET due = now() WHERE name = %s", [entry])


def database_of(instance: Instance, role: str) -> str:
    folder = DataFolder(instance.data)
    passwords = {role: folder.secret(f"database-{role}") for role in PASSWORDS}
    return Postgres(instance.data / "postgres", folder.read("run/ports.json")["postgres"], passwords).url(role)
