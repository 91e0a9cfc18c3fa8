"""While a page opens its lines for the first time nothing is lost yet, and nobody is told so."""

import pytest
from playwright.sync_api import expect

from .conftest import Instance

pytestmark = pytest.mark.browser
NEVER_OPENS = """
const Socket = WebSocket;
window.WebSocket = class extends EventTarget {
  constructor(url) { super(); this.readyState = 0; if (!url.includes("/conversations/")) return new Socket(url); }
  close() {}
};
document.addEventListener("htmx:ws:after:connection", () => { document.documentElement.dataset.stands = ""; });
"""


def test_nobody_is_told_that_a_line_is_lost_while_the_first_one_opens(employee, instance: Instance):
    anna = employee("anna")
    anna.add_init_script(NEVER_OPENS)
    anna.clock.install()
    anna.goto(f"{instance.url}/acme/conversations/1")
    expect(anna.locator("html[data-stands]")).to_have_count(1)  # the page's own line
    anna.clock.fast_forward(3000)
    assert anna.locator(".connection").inner_text() == ""
    for _ in range(2):
        anna.clock.fast_forward(5000)
    expect(anna.locator(".connection")).to_contain_text("Connecting again")
