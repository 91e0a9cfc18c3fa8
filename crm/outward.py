"""Connections to servers that somebody named: to public addresses alone, and to the very one that was looked at."""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


class Private(OSError):
    """The name leads to machines that only we can reach."""


def reach(host: str, port: int, seconds: float, private: bool = False) -> socket.socket:
    """A connection to one of the host's addresses; the name is not asked a second time. Raises OSError, Private among them."""
    return socket.create_connection((look_up(host, port, private), port), timeout=seconds)


def look_up(host: str, port: int, private: bool = False) -> str:
    """An address of the host that may be reached. Raises OSError, Private among them."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError("This is no name of a server.") from None
    allowed = [place for *_, place in found if private or is_public(ip_address(str(place[0]).partition("%")[0]))]
    if not allowed:
        raise Private("It stands in a private network.")
    return str(allowed[0][0])


def is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if any(address in network for network in TRANSLATED):
            return False
    return address.is_global and not address.is_multicast
