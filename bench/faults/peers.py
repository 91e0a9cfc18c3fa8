"""Peers that misbehave: mail servers that hang, trickle and hang up; readers that never read; lines that are half open."""

import socket
import time
from contextlib import ExitStack

from ..wire import Socket
from .faults import fault
from .house import House


def manner(house: House, name: str, seconds: float) -> None:
    """The mail server behaves like this for a third of the run."""
    house.mail.manner, house.mail.seconds = name, seconds
    time.sleep(max(6.0, house.seconds / 3))
    house.mail.manner = ""


@fault()
def mail_server_hangs(house: House) -> None:
    manner(house, "hang", 25.0)


@fault()
def mail_server_is_slow(house: House) -> None:
    manner(house, "slow", 4.0)


@fault()
def mail_server_hangs_up_after_the_dot(house: House) -> None:
    """Whether it took the mail nobody knows: a notice must not be sent again."""
    manner(house, "reset", 0.0)


@fault()
def readers_that_never_read(house: House) -> None:
    """Twenty employees' pages of busy conversations, whose receive buffers are small and never emptied."""
    with ExitStack() as held:
        for number in range(20):
            held.callback(lazy_reader(house, number).close)
        time.sleep(max(20.0, house.seconds / 2))


def lazy_reader(house: House, number: int) -> socket.socket:
    tenant = house.people["tenants"][number % 2]
    visitor = tenant["visitors"][number]
    employee = tenant["employees"][visitor["employee"]]
    path = f"/{tenant['slug']}/conversations/{visitor['number']}/live"
    one = Socket(house.address, path, {"Cookie": employee["headers"]["Cookie"]})
    one.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    return one.sock


@fault()
def half_open_lines(house: House) -> None:
    """Two hundred connections that say nothing, or half of a request, and stay."""
    with ExitStack() as held:
        for number in range(200):
            sock = socket.create_connection(house.address, timeout=5)
            held.callback(sock.close)
            if number % 2:
                sock.sendall(b"POST /acme/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf")
        time.sleep(max(8.0, house.seconds / 3))
