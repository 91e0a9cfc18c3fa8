"""Headers that protect every page, the tokens that every change needs, and how often a stranger may try."""

import re
import socket

import pytest

from crm.extensions import bell, client_address, csrf, limiter
from crm.portal import portal
from crm.portal.visitors import Visitor, bearer_of
from tests import make
from tests.floor import walk, world
from tests.floor.test_routes import cookie_of

pytestmark = pytest.mark.committed


@pytest.fixture
def acme(app):
    return world.build("acme")


read_once: list = []


@pytest.fixture
def pages(app, acme):
    """Every page and part that there is, as whoever may read it: (address, answer). Read once for all tests."""
    if not read_once:
        read_once.extend(read_everything(app, acme))
    return read_once


def read_everything(app, acme):
    cookies = {
        "employee": cookie_of(make.browser(acme.boss), "/acme"),
        "customer": cookie_of(make.browser(acme.customer), "/acme"),
    }
    with make.inside("acme"):
        bearer = bearer_of(Visitor(acme.visitor_key))

    def read(address):
        prefix = {"tenant": "/acme", "widget": f"/w/{acme.tenant.widget_key}", "root": ""}[address.side]
        who = "customer" if address.path.startswith("/help") else "employee"
        headers = (
            {"Authorization": f"Bearer {bearer}"} if prefix.startswith("/w") else {"Cookie": f"rapport={cookies[who]}"}
        )
        query = (
            {"after": 0}
            if address.path.endswith("changes")
            else {"before": 99}
            if address.path.endswith("earlier")
            else {}
        )
        return app.test_client(use_cookies=False).get(
            prefix + address.path, headers=headers, query_string=query, buffered=True
        )

    numbers, keys = walk.numbers_of(acme), walk.keys_of(acme)
    shown, found = {"static"}, []
    for one in walk.addresses(app, walk.ids_of(acme), numbers, keys, walk.tables_of(acme)):
        if one.method == "GET" and not one.socket and one.endpoint not in shown:  # until one of the ids fits
            found.append((one, read(one)))
            shown |= {one.endpoint} if found[-1][1].status_code == 200 else set()
    return found


def test_every_answer_is_protected(pages):
    assert len([answer for _, answer in pages if answer.status_code == 200]) > 40
    for address, answer in pages:
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff", address
        assert headers["Referrer-Policy"] in ("same-origin", "no-referrer"), address
        assert "Permissions-Policy" in headers and len(headers["X-Request-Id"]) == 32, address
        assert headers["Cache-Control"].startswith(("no-store", "private")) or address.side == "root", address
        policy = headers["Content-Security-Policy"]
        mail = address.endpoint == "conversations.page_of_mail"  # in a sandbox without scripts, with styles of its own
        policy = (
            policy.replace("style-src 'unsafe-inline'", "") if mail and "sandbox allow-popups" in policy else policy
        )
        assert "unsafe" not in policy and "default-src 'none'" in policy, address
        assert re.search(r"https?:(?!//localhost)|\*(?!\.)", policy) is None, (address, policy)
        if "sandbox" not in policy:
            assert "frame-ancestors 'none'" in policy or address.side == "widget", address
            assert "base-uri 'none'" in policy and "form-action 'self'" in policy, address


def test_only_kept_files_may_be_kept_by_a_browser(pages):
    kept = {address.endpoint for address, answer in pages if not answer.headers["Cache-Control"].startswith("no-store")}
    assert kept <= {"conversations.attachment", "widget.file", "root.favicon", "notifications.service_worker"}


def test_each_style_carries_the_nonce_of_its_own_answer(pages):
    seen = set()
    for address, answer in pages:
        if answer.mimetype != "text/html":
            continue
        nonces = set(re.findall(r'nonce="([^"]+)"', answer.text))
        assert len(nonces) <= 1 and all(
            f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"] for nonce in nonces
        ), address
        assert len(nonces - seen) == len(nonces), "a nonce is used once"
        seen |= nonces
    assert len(seen) > 20


def test_no_page_holds_what_the_policy_refuses(pages):
    refused = re.compile(rb"<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=|javascript:|\shx-on", re.IGNORECASE)
    for address, answer in pages:
        if answer.mimetype == "text/html":
            written = re.sub(
                rb"<textarea.*?</textarea>|<code.*?</code>|<pre.*?</pre>", b"", answer.data, flags=re.DOTALL
            )
            assert refused.search(written) is None, (address, refused.search(written))


def test_a_frame_may_stand_only_where_the_tenant_allows_it(app, acme, stranger):
    make.tenant("acme", allowed_sites=["https://shop.example.com", "https://*.example.org"])
    policy = stranger.get(f"/w/{acme.tenant.widget_key}/frame").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://shop.example.com https://*.example.org" in policy
    assert "frame-ancestors 'none'" in stranger.get("/acme/sign-in").headers["Content-Security-Policy"]


def test_cookies_are_bound_to_their_workspace(app, acme, stranger):
    answer = stranger.post("/acme/sign-in", data={"email": acme.boss.email, "password": make.PASSWORD})
    [cookie] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("rapport=")]
    assert "Path=/acme" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Domain" not in cookie


def test_static_files_are_kept_for_a_year_only_by_their_hash(stranger, app):
    assert stranger.get("/static/app.js?v=1").headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "immutable" not in stranger.get("/static/app.js").headers.get("Cache-Control", "")


# -- tokens


def changing(app):
    every = list(walk.addresses(app, ["01900000-0000-7000-8000-000000000000"], [1], ["key"]))
    return [address for address in every if address.method != "GET" and not address.socket]


KEYED = ("ratings.", "recoveries.", "cases.", "phone.", "payments.", "pay.")


def test_every_change_needs_its_token(app, acme, monkeypatch):
    """But those that carry no cookie's power: the widget's bearer, the mailed link's own key, the signature of a
    telephone exchange or a server of payment."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    cookie, tried = cookie_of(make.browser(acme.boss), "/acme"), 0
    for address in changing(app):
        if address.side == "widget" or address.endpoint.startswith(KEYED):
            continue
        path = ("" if address.side == "root" else "/acme") + address.path
        answer = app.test_client(use_cookies=False).open(
            path, method=address.method, headers={"Cookie": f"rapport={cookie}"}
        )
        assert answer.status_code == 400 and "Load it again" in answer.text, address
        tried += 1
    assert tried > 50 and {f"{one.name}." for one in csrf._exempt_blueprints} == {"widget.", *KEYED}


def test_a_page_brings_the_token_that_its_forms_need(app, acme, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    client = make.browser(acme.boss)
    token = re.search(r'X-CSRFToken[\\"&#34;: ]+([\w.-]{20,})', client.get("/acme/inbox").text)[1]
    path = f"/acme/conversations/{acme.waiting.number}/messages"
    assert client.post(path, data=make.message_form(), headers={"X-CSRFToken": token}).status_code == 201
    assert client.post(path, data=make.message_form(), headers={"X-CSRFToken": token[:-1]}).status_code == 400
    other = make.browser(acme.agent)
    other.get("/acme/inbox")
    assert other.post(path, data=make.message_form(), headers={"X-CSRFToken": token}).status_code == 400, (
        "another session's"
    )


def test_the_widget_takes_no_cookie_for_a_bearer(app, acme):
    """So a foreign page that sends the visitor's cookies can do nothing with it."""
    client = make.browser(acme.boss)
    cookie = {"Cookie": f"rapport={cookie_of(client, '/acme')}"}
    answer = app.test_client(use_cookies=False).get(f"/w/{acme.tenant.widget_key}/my/conversations", headers=cookie)
    assert answer.status_code == 401


# -- how often

# Ending a session must always be possible, and without one it does nothing.
FREE = {"accounts.end_session", "portal.sign_out"}


def limits_of(app, endpoint):
    return limiter.limit_manager.resolve_limits(app, endpoint, endpoint.split(".")[0])[1]


def test_every_route_that_strangers_can_post_to_has_a_limit_of_its_own(app):
    """Employees' routes ask for a permission first, and the portal's for a customer."""
    unlimited = set()
    for address in changing(app):
        guarded = hasattr(app.view_functions[address.endpoint], "permission")
        blueprint, _, name = address.endpoint.partition(".")
        guarded = guarded or (blueprint == "portal" and name not in portal.OPEN)
        if not guarded and not limits_of(app, address.endpoint):
            unlimited.add(address.endpoint)
    assert unlimited == FREE


def test_an_address_of_the_new_kind_counts_with_its_whole_network(app):
    """Else each guess would come from a new one of the 2^64 that every household has."""
    counted = set()
    for address in (
        "2001:db8:1:2::1",
        "2001:db8:1:2:ffff::9",
        "2001:db8:1:3::1",
        "192.0.2.1",
        "192.0.2.2",
        "::ffff:192.0.2.1",
    ):
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            counted.add(client_address())
    assert counted == {"2001:db8:1:2::/64", "2001:db8:1:3::/64", "192.0.2.1", "192.0.2.2"}


def test_reading_a_strangers_page_for_ever_is_slowed_down(app, acme, monkeypatch):
    """But never the pages of people at work, who may be many behind one address."""
    monkeypatch.setattr(limiter, "enabled", True)
    client, employee = app.test_client(), make.browser(acme.boss)
    monkeypatch.setattr(limiter.limiter, "hit", lambda *_, **__: False)
    assert client.get("/acme/sign-in").status_code == 429 and client.get("/start").status_code == 429
    assert employee.get("/acme/inbox").status_code == 200 and client.get("/static/app.js").status_code == 200
    assert client.get("/healthz").status_code == 200 and client.get("/readyz").status_code == 200


def test_people_at_work_are_not_counted_while_redis_is_dead(app, acme, monkeypatch):
    """Each process then counts by itself; an office behind one address must not be taken for a guesser."""
    monkeypatch.setattr(limiter, "enabled", True)
    monkeypatch.setattr(limiter, "_storage_dead", True)
    at_work = make.browser(acme.boss)
    assert {at_work.get("/acme/canned-replies").status_code for _ in range(320)} == {200}
    monkeypatch.setattr(limiter, "_storage_dead", False)


def test_a_dead_redis_costs_a_request_its_short_time_once(app, acme, monkeypatch):
    from crm.extensions import connect

    client = make.browser(acme.boss)
    monkeypatch.setattr(bell, "dead_until", 0.0)
    monkeypatch.setattr(bell, "quiet", 300.0)  # however long the machine takes for three
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes the connection, and never says a word
        monkeypatch.setattr(bell, "client", connect(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0"))
        for _ in range(3):
            path = f"/acme/conversations/{acme.waiting.number}/messages"
            assert client.post(path, data=make.message_form()).status_code == 201
        deaf.settimeout(0)
        deaf.accept()[0].close()
        with pytest.raises(BlockingIOError):
            deaf.accept()
