"""The list of faults: small functions that break something and heal it, one file per kind."""

from collections.abc import Callable
from dataclasses import dataclass

from .house import House


@dataclass(frozen=True)
class Fault:
    """`break_and_heal` returns when nothing is broken any more; `settles` is how long everybody may then take.

    `house` is the kind of stack it needs. `why_not` says why this machine cannot have it, or nothing.
    """

    name: str
    break_and_heal: Callable[[House], None]
    settles: float
    house: str
    why_not: Callable[[], str]


FAULTS: dict[str, Fault] = {}


def fault(settles: float = 5.0, house: str = "", why_not: Callable[[], str] = lambda: "",
          name: str = "") -> Callable[[Callable[[House], None]], Callable[[House], None]]:  # fmt: skip
    def decorate(work: Callable[[House], None]) -> Callable[[House], None]:
        called = name or work.__name__.replace("_", "-")
        FAULTS[called] = Fault(called, work, settles, house, why_not)
        return work

    return decorate


@fault()
def none(house: House) -> None:
    """Nothing breaks: what the bench itself loses must be nothing."""
