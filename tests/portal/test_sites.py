"""On which sites the chat may stand, and that it needs no cookie there."""

import pytest

from tests import make

from .steps import Visitor, allow


def test_the_frame_neither_reads_nor_sets_a_cookie(anna):
    browser = make.browser(anna)
    with make.inside():
        pass
    response = browser.get(Visitor().root + "/frame")
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers and "Cookie" not in response.headers.get("Vary", "")
    assert "csrf" not in response.text


def test_only_allowed_sites_may_frame_the_chat(app):
    allow("acme", "https://shop.example.com", "https://*.example.org")
    policy = Visitor().client.get(Visitor().root + "/frame").headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' https://shop.example.com https://*.example.org")


def test_without_allowed_sites_only_the_product_itself_may_frame_it(app):
    policy = Visitor().client.get(Visitor().root + "/frame").headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self'")


@pytest.mark.parametrize("site", ["https://evil.test; script-src *", "https://a b", "javascript:alert(1)", "*"])
def test_a_site_that_is_none_never_reaches_a_header(app, site):
    allow("acme", site, "https://shop.example.com")
    policy = Visitor().client.get(Visitor().root + "/frame").headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' https://shop.example.com")


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://shop.example.com", True), ("https://a.b.example.org", True), ("https://example.org", False),
     ("http://shop.example.com", False), ("https://shop.example.com.evil.test", False), ("null", False),
     ("https://evilexample.org", False), ("https://x.example.org:8443", False)],
)  # fmt: skip
def test_only_allowed_sites_read_the_button_state_and_begin_sessions(app, origin, allowed):
    allow("acme", "https://shop.example.com", "https://*.example.org")
    someone = Visitor()
    state = someone.client.get(f"{someone.root}/state", headers={"Origin": origin})
    assert state.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    assert "Origin" in state.headers["Vary"]
    assert someone.exchange(site=origin).status_code == (200 if allowed else 401)


def test_an_unknown_widget_key_is_not_found(app):
    for path in ("frame", "state", "home"):
        assert Visitor().client.get(f"/w/wk_unknown/{path}").status_code == 404
