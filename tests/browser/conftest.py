"""A whole instance as `bin/up` starts it, with the demo, and Chromium in front of it.

The product is opened as 127.0.0.1 and the demo shop as localhost: really two sites, with third-party cookies blocked.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    Request,
    StorageState,
    expect,
    sync_playwright,
)

from crm.ops.folder import free_port

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"
CHROMIUM = os.environ.get("RAPPORT_CHROMIUM") or shutil.which("chromium")
# What Playwright turns off itself (a second list replaces its own); then the pages of Chromium's own address bar: they took
# half of what a private window costs, and nobody types there.
TURNED_OFF = """AvoidUnnecessaryBeforeUnloadCheckSync DestroyProfileOnBrowserClose HttpsUpgrades
HttpsFirstBalancedModeAutoEnable LensOverlay MediaRouter PaintHolding ThirdPartyStoragePartitioning
AvoidCorsURLLoaderRestartOnRedirect TcpPortRandomizationWin OptimizationHints NetworkTimeServiceQuerying AimEnabled
PreconnectToSearch WebUIOmniboxPopup WebUIOmniboxAimPopup PreloadTopChromeWebUI"""
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-quic", "--no-first-run"]
ARGUMENTS += [f"--disable-features={','.join(TURNED_OFF.split())}"]
PATIENCE_MS = 30_000  # with what comes at once, but not on every machine
expect.set_options(timeout=PATIENCE_MS)
OWN_SERVERS = ("DATABASE_URL", "OWNER_DATABASE_URL", "BACKUP_DATABASE_URL", "REDIS_URL", "SMTP_URL")


@dataclass(frozen=True)
class Instance:
    """`url` is the product, `shop` the demo shop; both without a trailing slash."""

    url: str
    shop: str
    data: Path

    def mails(self) -> list[str]:
        """Every mail that was sent so far, oldest first, as raw text."""
        kept = sorted(self.data.rglob("*.eml"), key=lambda path: path.stat().st_mtime)
        return [path.read_text(errors="replace") for path in kept]


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    data = open_folder(tmp_path_factory)
    port = free_port()
    shop_port = free_port({port})
    environment = instance_environment(data)
    command = [sys.executable, "-m", "crm", "up", "--port", str(port), "--shop-port", str(shop_port)]
    log = data.with_suffix(".log")
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        wait_until(lambda: "is ready" in log.read_text() or process.poll() is not None, 280, log.read_text)
        assert process.poll() is None, log.read_text()
        yield Instance(f"http://127.0.0.1:{port}", f"http://localhost:{shop_port}", data)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=120)
        assert "Traceback" not in log.read_text()


def instance_environment(data: Path) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in OWN_SERVERS} | {"RAPPORT_DATA": str(data)}


def open_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that the system user of the embedded PostgreSQL can reach, also when root runs the tests."""
    folder = Path("/tmp") / f"rapport-browser-{os.getpid()}"  # pytest's own folders are closed to other users
    shutil.rmtree(folder, ignore_errors=True)
    del factory
    return folder


def wait_until(true: Callable[[], object], seconds: float = 30, why: Callable[[], str] = lambda: "") -> None:
    """Wait for something outside of any page. Raises AssertionError with `why()` when it does not come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds} s in vain: {why()}"
        time.sleep(0.1)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One browser for all tests; contexts of it are different people."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def open_browser(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """`open_browser()`: a private window, as another person's browser; options as for Playwright's contexts. Private
    windows of Chromium refuse the cookies and the storage of third parties."""
    opened: list[BrowserContext] = []

    def on(**options) -> BrowserContext:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE_MS)
        opened.append(context)
        return context

    yield on
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def signed_in() -> dict[tuple[str, str], StorageState]:
    """Whose cookies are known, by first name and workspace."""
    return {}


@pytest.fixture
def employee(open_browser, instance: Instance, signed_in) -> Callable[..., Page]:
    """`employee("anna")`: that person's signed-in page in a browser of their own, which knows them from the test before."""

    def on(name: str, tenant: str = "acme", **options) -> Page:
        page = watched(open_browser(storage_state=signed_in.get((name, tenant)), **options).new_page())
        if (name, tenant) not in signed_in:
            signed_in[name, tenant] = sign_in(page.context, instance, name, tenant)
        page.goto(f"{instance.url}/{tenant}/inbox")
        if "/sign-in" in page.url:  # a test has ended that session
            signed_in[name, tenant] = sign_in(page.context, instance, name, tenant)
            page.goto(f"{instance.url}/{tenant}/inbox")
        return page

    return on


@pytest.fixture(scope="session")
def states(chromium: Browser, instance: Instance) -> dict[str, StorageState | None]:
    """Who is signed in, by first name; "customer" is signed in to the help pages by `addresses`."""
    known: dict[str, StorageState | None] = {"": None}
    for name in ("anna", "lena", "olivia"):
        context = chromium.new_context()
        known[name] = sign_in(context, instance, name)
        context.close()
    return known


def sign_in(context: BrowserContext, instance: Instance, name: str, tenant: str = "acme") -> StorageState:
    """As the page's form would, without drawing any page: other tests sign in by hand."""
    there = f"{instance.url}/{tenant}/sign-in"
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', context.request.get(there).text())
    assert token
    form = {"csrf_token": token[1], "email": f"{name}@{tenant}.test", "password": PASSWORD}
    answer = context.request.post(there, form=form, max_redirects=0)
    assert answer.status in (302, 303), (name, answer.status)
    return context.storage_state()


@pytest.fixture
def visitor(open_browser, instance: Instance) -> Callable[..., Page]:
    """`visitor()`: the shop's page in a browser of its own."""

    def on(**options) -> Page:
        page = watched(open_browser(**options).new_page())
        page.goto(instance.shop)
        return page

    return on


def opens(request: Request, page: Page) -> bool:
    return request.is_navigation_request() and request.frame == page.main_frame


def watched(page: Page) -> Page:
    """Fail loudly on scripts that break: an error on the console is a defect, a refused style too. `page.finished`: the
    addresses that were loaded since the page was."""
    page.troubles = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.troubles.append(str(error)))  # type: ignore[attr-defined]
    page.on("console", lambda m: page.troubles.append(m.text) if m.type == "error" else None)  # type: ignore[attr-defined]
    page.finished = []  # type: ignore[attr-defined]
    page.on("requestfinished", lambda request: page.finished.append(request.url))  # type: ignore[attr-defined]
    page.on("request", lambda request: page.finished.clear() if opens(request, page) else None)  # type: ignore[attr-defined]
    return page
