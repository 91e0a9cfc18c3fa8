"""The kinds of things that employees are told, one group per file. What happens in features to the left is their events'.

A kind whose event does not exist yet is not offered. A file that adds one names the event, says whom it concerns and in
which words they are told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

WAYS = ("app", "mail", "push", "sound")


@dataclass(frozen=True)
class Kind:
    """`word` is how the preferences name it; `says(told)` is the sentence for its reader.

    `sound` is the signal by which open pages hear it: that of the feature it comes from, or our own. `ways` are those that
    one can choose from; a feature that mails by itself leaves out the mail. `page` is where it leads when what it is about
    has no page of its own; one thing told may name another, as its fact `path`.
    """

    name: str
    word: Any
    icon: str
    says: Callable[[Any], str]
    sound: str = "notified"
    ways: tuple[str, ...] = WAYS
    page: str = "/notifications"


kinds: dict[str, Kind] = {}


def kind(name: str, word: Any, icon: str, **facts: Any) -> Callable[[Any], Any]:
    """Register a kind by the function that words it."""

    def decorate(says: Callable[[Any], str]) -> Callable[[Any], str]:
        kinds[name] = Kind(name, word, icon, says, **facts)
        return says

    return decorate
