"""Who may open a socket, and who loses it."""

import socket
import struct
import time

import pytest
import websocket

from crm.accounts.models import Employee
from tests import make
from tests.live.server import Browser

pytestmark = [pytest.mark.committed, pytest.mark.live]
SOON = 7.0  # a second where nobody else is at work, and long before the next heartbeat


def status(browser, path, **options):
    """Of the answer that refuses the upgrade, and its body."""
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        browser.listen(path, **options)
    return refusal.value.status_code


def test_only_pages_of_this_server_open_sockets(server, house):
    port = server.port
    foreign = [None, "null", "", "http://evil.example", f"http://127.0.0.1:{port}.evil.example", "file://", "chrome-extension://x",
               f"http://127.0.0.1.evil.example:{port}", f"https://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}",
               "http://127.0.0.1", f"http://evil@127.0.0.1:{port}", f"HTTP://127.0.0.1:{port}/", f"http://localhost:{port}"]  # fmt: skip
    for origin in foreign:
        if origin != "":
            assert status(house.browser, "/live", origin=origin) == 403, origin
    for path in ("/live", house.path):
        house.browser.listen(path).close()


def test_a_socket_needs_a_session_of_this_very_workspace(server, house):
    other = Browser.of(server, make.employee("Carla", "owner", "liveother"), "liveother")
    stranger = Browser(server, house.slug, "")
    foreign = Browser(server, house.slug, other.cookie)
    customer = Browser.of(server, make.customer(slug=house.slug), house.slug)
    for browser in (stranger, foreign, customer):
        assert status(browser, "/live") == 401
        assert status(browser, house.path) == 401
    assert status(other, house.path) == 404
    assert status(house.browser, "/conversations/99999/live") == 404
    assert status(house.browser, "/conversations/99999999999/live") == 404


def test_a_customer_hears_only_their_own_conversation(server, house):
    mine = make.customer("Somebody else", house.slug)
    browser = Browser.of(server, mine, house.slug)
    assert status(browser, f"/help/conversations/{house.number}/live") == 404
    own = make.conversation(house.slug, customer=mine)
    line = browser.listen(f"/help/conversations/{own.number}/live")
    house.browser.say(house.number, "For the other one")
    house.browser.say(own.number, "A note", kind="note")
    house.browser.say(own.number, "For you")
    heard = str(line.frames_to(lambda frame: "For you" in frame.get("content", "")))
    assert "For the other one" not in heard and "A note" not in heard


def test_an_ordinary_request_for_a_socket_is_refused(house):
    code, body = house.browser.ask("GET", "/live")
    assert code == 400 and "Traceback" not in body


def test_who_is_gone_before_the_answer_is_no_defect(server, house):
    """A network that resets connections makes hundreds of these."""
    before = server.logged().count("Traceback")
    request = (f"GET /{house.slug}/live HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.url}\r\n"
               f"Cookie: rapport={house.browser.cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n").encode()  # fmt: skip
    for _ in range(40):
        gone = socket.create_connection(("127.0.0.1", server.port))
        gone.sendall(request)
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close with a reset
        gone.close()
    assert house.browser.listen("/live").alive()
    assert server.logged().count("Traceback") == before


def test_frames_of_one_workspace_never_reach_another(server, house):
    slug = house.slug + "other"
    carla = Browser.of(server, make.employee("Carla", "owner", slug), slug)
    twin = make.conversation(slug, number=house.number)
    lines = [carla.listen("/live"), carla.listen(f"/conversations/{twin.number}/live")]
    own = house.boss.listen(house.path)
    house.browser.say(house.number, "Only ours")
    house.browser.send(f"/conversations/{house.number}/closure")
    own.wait_for(lambda frame: "Only ours" in frame.get("content", ""))
    heard = [frame for line in lines for frame in line.frames(0.5)]
    assert "Only ours" not in str(heard) and {key for frame in heard for key in frame} <= {
        "alive",
        "position",
        "refresh",
    }


def ends_soon(line) -> bool:
    return line.ended(SOON) == (4003, "access ended")


def test_signing_out_ends_every_socket_of_that_browser_and_no_other(server, house):
    lines = [house.browser.listen("/live") for _ in range(4)] + [house.browser.listen(house.path)]
    other = Browser.of(server, house.anna, house.slug).listen("/live")
    time.sleep(1.2)
    assert house.browser.send("/sign-out") in (302, 303)
    assert all(ends_soon(line) for line in lines)
    assert other.alive()


def test_a_deactivated_employee_hears_nothing_more(server, house):
    lines = [house.browser.listen("/live") for _ in range(4)]
    boss = house.boss.listen("/live")
    time.sleep(1.2)
    assert house.boss.send(f"/employees/{house.anna.id}/deactivation") in (302, 303)
    assert all(ends_soon(line) for line in lines)
    assert boss.alive() and status(house.browser, "/live") == 401


def test_a_socket_opened_a_moment_before_the_revocation_ends_too(server, house):
    """The first sockets of a workspace, before anybody has looked at its access for the first time."""
    lines = [house.browser.listen("/live") for _ in range(3)]
    with make.inside(house.slug):
        Employee.find(id=house.anna.id).end_sessions()
    assert all(ends_soon(line) for line in lines)


def test_a_blocked_customer_hears_nothing_more(server, house):
    customer = make.customer("Troll", house.slug)
    own = make.conversation(house.slug, customer=customer)
    line = Browser.of(server, customer, house.slug).listen(f"/help/conversations/{own.number}/live")
    time.sleep(1.2)
    assert house.boss.send(f"/conversations/{own.number}/spam") in (302, 303)
    assert ends_soon(line)
