"""The lines between the parts: slow, narrow, cut in the middle of a frame, silent, reset."""

import shutil
import subprocess
import time
from collections.abc import Callable

from .faults import fault
from .house import House
from .proxy import Weather

# Between which parts, and how long everybody may take once the line is good again.
LINKS = {"web": 5.0, "postgres": 10.0, "redis": 5.0}


def lasting(house: House) -> float:
    return max(6.0, house.seconds / 3)


def weather_on(link: str, weather: Weather) -> Callable[[House], None]:
    def work(house: House) -> None:
        assert house.proxies
        house.proxies.set(link, weather)
        time.sleep(lasting(house))
        house.proxies.set(link, Weather())

    return work


def reset(link: str) -> Callable[[House], None]:
    """Every connection, three times."""

    def work(house: House) -> None:
        assert house.proxies
        for _ in range(3):
            house.proxies.reset(link)
            time.sleep(0.5)

    return work


def silence(link: str) -> Callable[[House], None]:
    """Nothing arrives and nobody is told; afterwards the old connections are dead, as behind a firewall that forgot them."""

    def work(house: House) -> None:
        assert house.proxies
        house.proxies.set(link, Weather(silent=True))
        time.sleep(lasting(house))
        house.proxies.reset(link)
        house.proxies.set(link, Weather())

    return work


for link, settles in LINKS.items():
    fault(settles, "proxied", name=f"{link}-delay")(weather_on(link, Weather(delay=0.05 if link != "web" else 0.3)))
    fault(settles, "proxied", name=f"{link}-narrow")(weather_on(link, Weather(rate=40_000)))
    fault(settles, "proxied", name=f"{link}-cut")(weather_on(link, Weather(cut_after=20_000)))
    fault(settles, "proxied", name=f"{link}-silent")(silence(link))
    fault(settles, "proxied", name=f"{link}-reset")(reset(link))


# -- the visitors' and employees' machines in a network of their own


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def why_no_namespace() -> str:
    if not shutil.which("ip"):
        return "ip is not on this machine"
    done = subprocess.run(["ip", "netns", "add", "rapport-trial"], capture_output=True, text=True)
    if done.returncode:
        return f"no network namespace: {done.stderr.strip()}"
    run("ip", "netns", "del", "rapport-trial")
    return ""


def why_no_nft() -> str:
    return why_no_namespace() or ("" if shutil.which("nft") else "nft is not on this machine")


def inside(house: House, *command: str) -> str:
    assert house.namespace
    return run("ip", "netns", "exec", house.namespace, *command)


@fault(settles=30.0, house="namespace", why_not=why_no_namespace)
def network_unplugged(house: House) -> None:
    """The cable is out for a while: packets vanish, no connection is told, and a dead peer is noticed within 30 s."""
    inside(house, "ip", "link", "set", "inside", "down")
    time.sleep(max(12.0, house.seconds / 2))
    inside(house, "ip", "link", "set", "inside", "up")
    inside(house, "ip", "route", "replace", "default", "via", house.address[0])


@fault(house="namespace", why_not=why_no_namespace)
def network_sockets_killed(house: House) -> None:
    """Every connection of the people's side ends with an error (`ss -K`), three times."""
    for _ in range(3):
        inside(house, "ss", "-K", "dport", "=", str(house.address[1]))
        time.sleep(0.5)


@fault(house="namespace", why_not=why_no_nft)
def network_packets_dropped(house: House) -> None:
    """A third of all packets, both ways."""
    inside(house, "nft", "add table inet storm; add chain inet storm in { type filter hook input priority 0; }; "
           "add rule inet storm in numgen random mod 3 0 drop")  # fmt: skip
    time.sleep(lasting(house))
    inside(house, "nft", "delete table inet storm")
