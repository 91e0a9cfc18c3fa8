"""What the browser tests of the chat do again and again."""

import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Frame, Page, expect

from .conftest import Instance

ROOT = Path(__file__).parents[2]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
# Scrolling sideways, of the page or of a box in it that is not meant to.
TOO_WIDE = """() => [...document.querySelectorAll("html, body, main, main *")].filter((box) =>
  box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX + (box.matches("html") ? "auto" : ""))
  && !box.matches("pre, textarea")).map((box) => `${box.tagName}.${box.className}: ${box.scrollWidth} > ${box.clientWidth}`)"""
# What leads out of the workspace: an address that was put together before it was known where the page is.
ELSEWHERE = """() => [...document.querySelectorAll("a[href], form[action]")]
  .map((one) => one.getAttribute("href") || one.getAttribute("action"))
  .filter((address) => /^\\/(?!acme\\b|static\\b|w\\b)/.test(address))"""
SHAPE = """() => ({title: document.title.length > 0, main: document.querySelectorAll("main").length,
  h1: document.querySelectorAll("h1").length, lang: document.documentElement.lang.length > 0})"""


def until(page: Page, true: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something that no locator sees, while the page goes on."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        page.wait_for_timeout(50)


# What a page loads once more when its lines stand: it may have changed since it was drawn.
AGAIN = """() => [...document.querySelectorAll("[data-refresh]")].filter((part) => part.id && (
  ["list", "tickets"].includes(part.dataset.refresh) ||
  (document.getElementById("messages") && ["header", "panel"].includes(part.dataset.refresh)))).map((part) => part.dataset.src)"""
DRAWN = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn())))"


def stands(page: Page) -> None:
    """Wait until the page's lines stand, and what it loads again for that is there."""
    page.wait_for_load_state()
    wanted = page.evaluate(AGAIN)
    until(page, lambda: all(any(url.endswith(part) for url in page.finished) for part in wanted))  # type: ignore[attr-defined]
    page.evaluate(DRAWN)


def frame_of(page: Page) -> Frame:
    until(page, lambda: any("/frame" in frame.url for frame in page.frames))
    return next(frame for frame in page.frames if "/frame" in frame.url)


def serious(place: Page | Frame, *rules: str) -> list[str]:
    """What axe-core calls serious or critical here, by these of its rules or all."""
    if not place.evaluate("'axe' in window"):
        place.evaluate(AXE)
    options = {"iframes": False, "resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found = place.evaluate("options => axe.run(document, options).then((all) => all.violations)", options)
    return [f"{v['id']}: {v['nodes'][0]['target']}" for v in found if v["impact"] in ("serious", "critical")]


def take_up(anna: Page, instance: Instance, body: str) -> None:
    """Anna opens the conversation that begins with `body`, and accepts it."""
    anna.goto(f"{instance.url}/acme/inbox/queue")
    anna.locator("#rows .row-item", has_text=body).get_by_role("link").click()
    anna.get_by_role("button", name="Accept", exact=True).click()
    expect(anna.locator("#composer-body")).to_be_visible()
    anna.wait_for_load_state()
