"""Every route as somebody of another workspace: what is not theirs does not exist, and nothing of it changes."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.portal.visitors import Visitor, bearer_of
from tests import make
from tests.floor import walk, world
from tests.floor.walk import UPGRADE, Address, addresses, form_of, ids_of, keys_of, numbers_of, snapshot, tables_of
from tests.floor.world import World

pytestmark = pytest.mark.committed

# What a foreign address may be answered with. 410: a key that opens nothing, said without looking into the other workspace.
NOTHING_HERE = {302, 303, 401, 403, 404, 405, 410, 422}
# Anybody may ask these of any workspace; they answer the same to everybody and write rows of their own.
OPEN_TO_ALL = {
    "accounts.create_session",
    "accounts.ask_for_reset",
    "portal.sign_in_with_password",
    "portal.ask_for_link",
}
OPEN_TO_ALL |= {"portal.make_account"}
QUERIES = {"changes": {"after": 0}, "earlier": {"before": 99}, "contrast": {"accent": "#000000"}}


@pytest.fixture
def acme(app):
    """Its numbers begin where globex's will never come."""
    with make.inside("acme") as tenant:
        from crm.numbers import Counter

        Counter(name="conversations", value=1_000).save()
        Counter(name="tickets", value=2_000).save()
    assert tenant
    return world.build("acme")


@pytest.fixture
def globex(app):
    return world.build("globex")


def cookie_of(client: FlaskClient, path: str) -> str:
    return next(cookie.value for cookie in client._cookies.values() if cookie.path == path)


def signed_in(person: Any, slug: str) -> Callable[[Address], str]:
    """`cookie(address)`: a session for each endpoint, because some of them end it."""

    @cache
    def begun(endpoint: str) -> str:
        return cookie_of(make.browser(person), f"/{slug}") if person else ""

    return lambda address: begun(address.endpoint)


def ask(app: Any, address: Address, prefix: str, cookie: str, form: dict[str, Any], bearer: str = "") -> Any:
    client = app.test_client(use_cookies=False)
    headers = {"Cookie": f"rapport={cookie}"} if cookie else {}
    headers |= {"Authorization": f"Bearer {bearer}"} if bearer else {}
    headers |= UPGRADE if address.socket else {}
    target = prefix + (address.path if prefix or address.path != "/" else "/start")
    query = QUERIES.get(address.endpoint.rpartition(".")[2])
    sent = {"query_string": query} if address.method == "GET" else {"data": form}
    return client.open(target, method=address.method, headers=headers, buffered=True, **sent)


def check(answer: Any, address: Address, canary: str, named: bool) -> None:
    whole = answer.data + str(answer.headers).encode()
    assert canary.encode() not in whole, f"{address} tells of the other workspace"
    assert answer.status_code < 500, f"{address}: {answer.status_code}"
    if named:
        assert answer.status_code in NOTHING_HERE, f"{address}: {answer.status_code}"


def test_the_walk_would_see_a_leak(app, acme, globex):
    """The same addresses, asked by the owner of the workspace itself, are full of its word."""
    seen, cookie = set(), signed_in(acme.boss, "acme")
    for address in addresses(app, ids_of(acme), numbers_of(acme), keys_of(acme), tables_of(acme)):
        if address.method == "GET" and address.side == "tenant" and not address.socket:
            answer = ask(app, address, "/acme", cookie(address), {})
            seen |= {address.endpoint} if acme.canary.encode() in answer.data else set()
    assert len(seen) >= 20, " ".join(sorted(seen))
    assert {table for meant in walk.MEANT.values() for table in meant.split()} <= {*tables_of(acme).values()}
    theirs = app.test_client(use_cookies=False)
    portal = theirs.get("/acme/help", headers={"Cookie": f"rapport={cookie_of(make.browser(acme.customer), '/acme')}"})
    key = {"Authorization": f"Bearer {bearer(acme)}"}
    widget = theirs.get(f"/w/{acme.tenant.widget_key}/my/conversations/{acme.conversation.number}", headers=key)
    assert acme.canary in portal.text and acme.canary in widget.text


@pytest.mark.parametrize("who", ["owner", "customer", "stranger"])
def test_foreign_ids_open_nothing_in_ones_own_workspace(app, acme, globex, servers, who):
    person = {"owner": globex.boss, "customer": globex.customer, "stranger": None}[who]
    before, form = snapshot(servers.superuser_database_url, acme.tenant.id), form_of(acme)
    cookie = signed_in(person, "globex")
    ids = ids_of(acme) if who == "owner" else ids_of(acme)[:5]
    for address in addresses(app, ids, numbers_of(acme), keys_of(acme), tables_of(acme)):
        if address.side == "tenant":
            check(ask(app, address, "/globex", cookie(address), form), address, acme.canary, address.named)
    assert snapshot(servers.superuser_database_url, acme.tenant.id) == before


@pytest.mark.parametrize("who", ["owner", "customer", "stranger"])
def test_a_cookie_of_one_workspace_opens_nothing_in_another(app, acme, globex, servers, who):
    person = {"owner": globex.boss, "customer": globex.customer, "stranger": None}[who]
    cookie = signed_in(person, "globex")
    before, form = snapshot(servers.superuser_database_url, acme.tenant.id), form_of(acme)
    for address in addresses(app, ids_of(acme)[:4], numbers_of(acme), keys_of(globex)):
        if address.side == "tenant" and address.endpoint not in OPEN_TO_ALL:
            check(ask(app, address, "/acme", cookie(address), form), address, acme.canary, address.named)
    assert snapshot(servers.superuser_database_url, acme.tenant.id) == before


def test_ones_own_conversation_takes_no_foreign_second_id(app, acme, globex, servers):
    """A number of one's own in the path, an id of the other workspace beside it or in the body."""
    before, form = snapshot(servers.superuser_database_url, acme.tenant.id), form_of(acme)
    cookie = signed_in(globex.boss, "globex")
    for to in (f"employee:{acme.agent.id}", f"department:{acme.department.id}"):
        for address in addresses(app, ids_of(acme), numbers_of(globex), [], tables_of(acme)):
            if address.side == "tenant" and "/conversations/" in address.path and address.method != "GET":
                answer = ask(app, address, "/globex", cookie(address), {**form, "to": to})
                check(answer, address, acme.canary, named="/messages/" in address.path)
    assert snapshot(servers.superuser_database_url, acme.tenant.id) == before


def bearer(world: World) -> str:
    with make.inside(world.slug):
        return bearer_of(Visitor(world.visitor_key))


def test_the_widget_of_one_workspace_knows_nothing_of_another(app, acme, globex, servers):
    before, form = snapshot(servers.superuser_database_url, acme.tenant.id), form_of(acme)
    # Whose widget, with whose bearer, numbers and file links.
    ours, theirs = bearer(globex), bearer(acme)
    cases = [(globex, ours, acme), (globex, theirs, acme), (acme, ours, globex), (acme, "", globex)]
    for place, key, filled in cases:
        for address in addresses(app, [], numbers_of(filled), keys_of(filled)):
            if address.side == "widget" and not address.socket:
                answer = ask(app, address, f"/w/{place.tenant.widget_key}", "", form, key)
                check(answer, address, acme.canary, address.named)
    assert snapshot(servers.superuser_database_url, acme.tenant.id) == before


def test_pages_of_the_server_itself_tell_of_no_workspace(app, acme):
    for address in addresses(app, [], [], []):
        if address.side == "root":
            check(ask(app, address, "", "", walk.form_of(acme)), address, acme.canary, named=False)


def test_a_page_is_not_found_on_the_wrong_side(app, acme):
    """A tenant's page without a tenant, the server's own below one, and each with a widget's key."""
    cookie = cookie_of(make.browser(acme.boss), "/acme")
    for address in addresses(app, ids_of(acme)[:1], numbers_of(acme)[:1], keys_of(acme)[:1]):
        prefixes = {"tenant": ["", f"/w/{acme.tenant.widget_key}"], "widget": ["", "/acme"], "root": ["/acme"]}[
            address.side
        ]
        for prefix in prefixes:
            if (prefix + address.path).rstrip("/") and address.endpoint != "static" and not address.socket:
                answer = ask(app, address, prefix, cookie, form_of(acme))
                assert acme.canary.encode() not in answer.data and answer.status_code < 500, address
