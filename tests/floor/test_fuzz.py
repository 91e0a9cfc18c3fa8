"""Every form and query of every route with whatever comes: no answer is a 5xx, and no sentence is missing."""

import ast
import random
from pathlib import Path

import pytest

from crm.portal.visitors import Visitor, bearer_of
from tests import make
from tests.floor import walk, world
from tests.floor.test_input import ODD, STRINGS
from tests.floor.test_routes import cookie_of

pytestmark = pytest.mark.committed
CRM = Path(__file__).parents[2] / "crm"
DRAWN = {"catalog.receipt_pdf", "portal.receipt_pdf"}  # by a process for each, which reads nothing that was asked
READERS = {"read", "read_query", "files", "filled", "read_facts"}


def field_names() -> list[str]:
    """Every name that some route reads from a form, a JSON body or a query."""
    found = {"after", "lang", "next", "stars", "csrf_token"}
    for path in CRM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in READERS:
                found |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return sorted(found)


@pytest.fixture
def acme(app):
    return world.build("acme")


@pytest.fixture
def ask(app, acme):
    """`ask(address, **how)` as whoever may: the owner, the customer, or the holder of a bearer."""
    cookies: dict[str, str] = {}
    with make.inside("acme"):
        bearer = bearer_of(Visitor(acme.visitor_key))

    def answer(address, **how):
        who = "customer" if address.path.startswith("/help") else "boss"
        if address.endpoint not in cookies:
            cookies[address.endpoint] = cookie_of(make.browser(getattr(acme, who)), "/acme")
        prefix = {"tenant": "/acme", "widget": f"/w/{acme.tenant.widget_key}", "root": ""}[address.side]
        headers = {"Authorization": f"Bearer {bearer}"} if address.side == "widget" else {}
        headers |= {"Cookie": f"rapport={cookies[address.endpoint]}"} if address.side == "tenant" else {}
        return app.test_client(use_cookies=False).open(
            prefix + address.path, method=address.method, headers=headers, **how
        )

    return answer


def mine(app, acme):
    """Each address once, with ids that lead somewhere."""
    ids = {"customers": acme.customer.id, "employees": acme.agent.id, "departments": acme.department.id}
    ids |= {"invitations": acme.invitation.id, "sessions": acme.session_id, "canned-replies": acme.canned.id}
    ids |= {"follow-ups": acme.follow_up.id, "attachments": acme.attachment_id, "messages": acme.reply.id}
    for address in walk.addresses(app, list(ids.values()), [acme.conversation.number], ["key"]):
        noun = next((name for name, id in ids.items() if str(id) in address.path), None)
        if not address.socket and address.endpoint != "static" and (noun is None or f"/{noun}/" in address.path):
            yield address


def test_every_form_survives_every_value(app, acme, ask):
    names, tried = field_names(), 0
    assert len(names) > 30
    for n, address in enumerate(mine(app, acme)):
        share = STRINGS[n % 3 :: 3]  # a third for each, all of them for all
        for value in share if address.endpoint not in DRAWN else share[:1]:
            whole = dict.fromkeys(
                names if len(value) < 5_000 else names[n % 40 :: 40], value
            )  # all were refused as too much
            how = {"query_string": whole} if address.method == "GET" and len(value) < 5_000 else {"data": whole}
            if "\ud800" not in value:
                answer = ask(address, **how)
                assert answer.status_code < 500, (address, value[:40])
                tried += 1
    assert tried > 700


def test_every_form_survives_values_of_every_type(app, acme, ask):
    """As JSON, where a list, an object or a number may stand for a text. The seed is fixed: a failure comes again."""
    chance, names = random.Random(7), field_names()
    for address in mine(app, acme):
        if address.method == "GET":
            continue
        good = walk.form_of(acme)
        for _ in range(8):
            broken = {name: chance.choice(ODD) for name in names if chance.random() < 0.3}
            answer = ask(address, json={**good, **broken})
            assert answer.status_code < 500, (address, {name: str(value)[:40] for name, value in broken.items()})
            if answer.status_code == 422:
                assert answer.json and answer.json["error"]["sentence"], (address, answer.mimetype, answer.text[:200])
