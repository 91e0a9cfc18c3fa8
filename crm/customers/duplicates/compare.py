"""How likely two customers are one person: points for what is alike, minus points for what contradicts it."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from .normal import folded, last_digits, name_words, same_given, sound, street_words

ENOUGH, SURE = 60, 85
SLIP = 70  # of a short word in which one letter is another: Ute and Uze, but Leo and Lea, too
SAME_NAME = 45  # the most that names give
TWO_PEOPLE = -80  # of one house or office they may share all the rest


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody, as far as it is compared. `heard` are the words of the name as they sound, in order."""

    id: UUID | None
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    street: str = ""
    postal_code: str = ""
    city: str = ""
    heard: tuple[str, ...] = field(default=())
    words: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, id: UUID | None, name: str | None, emails: Any, phones: Any, *place: str | None) -> "Known":
        street, postal_code, city = (*place, None, None, None)[:3]
        numbers = frozenset(last_digits(phone) for phone in phones if phone)
        addresses = frozenset(email.lower() for email in emails if email)
        words = name_words(name or "")
        return cls(
            id, addresses, numbers, street_words(street or ""), (postal_code or "").replace(" ", ""), folded(city or ""),
            tuple(sorted(map(sound, words))), tuple(sorted(words)),
        )  # fmt: skip


@cache
def fuzz() -> Any:
    """Loaded by whoever compares first: no web server needs its 6 MiB before."""
    from rapidfuzz import fuzz

    return fuzz


@cache
def osa() -> Any:
    from rapidfuzz.distance import OSA

    return OSA


def slips(one: str, other: str) -> int:
    """How many letters are wrong, missing, too many, or two of them swapped."""
    return int(osa().distance(one, other, score_cutoff=1))


def compare(one: Known, other: Known, least: int = 0) -> tuple[int, list[str]]:
    """(points from 0 to 100, what is alike: name, email, phone, address). Who cannot get to `least` even by the same name gets
    (0, []): to compare names takes longest, and most who share a word of them share nothing else."""
    found = {"email": by_email(one, other), "phone": by_phone(one, other), "address": by_place(one, other)}
    if sum(found.values()) + SAME_NAME < least:
        return 0, []
    found = {"name": names_of(one, other), **found}
    points = sum(found.values())
    if found["phone"] and not (one.heard and other.heard):
        points += 25
    return max(0, min(100, points)), [kind for kind, part in found.items() if part > 5]


def names_of(one: Known, other: Known) -> int:
    names = by_name(one.heard, other.heard)
    if names < 0:  # letters that were swapped may make another sound
        names = max(names, by_name(one.words, other.words))
    return names


def by_name(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Points for the names: none where one is missing, far below none where they are two people's."""
    if not one or not other:
        return 0
    alike = fuzz().ratio(" ".join(one), " ".join(other))
    if alike >= 93:
        return SAME_NAME
    both = len(one) > 1 and len(other) > 1
    if alike < 40 and both and not {word[:1] for word in one} & {word[:1] for word in other}:
        return TWO_PEOPLE
    worst = pairs_of_words(one, other)
    if worst >= 82:
        return 38 if both else 20
    if worst >= SLIP:
        return 15
    return TWO_PEOPLE if both else -10


def pairs_of_words(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """How near the words are that fit each other least, when each of the shorter name has found its own. Initials alone prove
    nothing: one pair must be words."""
    fewer, more = (one, list(other)) if len(one) <= len(other) else (other, list(one))
    worst, words = 100.0, False
    for word in sorted(fewer, key=len, reverse=True):
        nearest, match = max((near(word, candidate), candidate) for candidate in more)
        more.remove(match)
        worst, words = min(worst, nearest), words or (len(word) > 2 and len(match) > 2)
    return worst if words else 0.0


def near(one: str, other: str) -> float:
    if one == other:
        return 100.0
    if same_given(one, other):
        return 88.0
    alike, shorter = fuzz().ratio(one, other), min(len(one), len(other))
    if alike < 82 and shorter > 2 and slips(one, other) == 1:
        return 82.0 if shorter > 3 else SLIP
    return float(alike) if alike >= 82 else min(float(alike), SLIP - 1)


def by_email(one: Known, other: Known) -> int:
    if not one.emails or not other.emails:
        return 0
    if one.emails & other.emails:
        return 60
    return max(alike_addresses(a, b, one.heard, other.heard) for a in one.emails for b in other.emails)


def alike_addresses(one: str, other: str, name: tuple[str, ...], other_name: tuple[str, ...]) -> int:
    """A slip of the fingers in the name or in the domain, or the same name at another provider. Addresses that only say their
    people's names say nothing more than the names do."""
    (mine, _, here), (theirs, _, there) = one.partition("@"), other.partition("@")
    if len(mine) < 5 or len(theirs) < 5 or (mine != theirs and here != there):
        return 0
    only_names = says_name(mine, name) and says_name(theirs, other_name)
    if mine != theirs:
        slip = letters(mine) != letters(theirs) and fuzz().ratio(mine, theirs) >= 88
        return 30 if slip and not only_names else 0
    if fuzz().ratio(here, there) >= 85:
        return 40
    return 8 if only_names else 22


def says_name(local: str, name: tuple[str, ...]) -> bool:
    return sorted("".join(sound(word) for word in folded(local).split())) == sorted("".join(name))


def letters(local: str) -> str:
    """Whoever finds their name taken at a provider adds a number."""
    return "".join(sign for sign in local if sign.isalpha())


def by_phone(one: Known, other: Known) -> int:
    return 35 if one.phones & other.phones else 0


def by_place(one: Known, other: Known) -> int:
    same_town = (one.postal_code and one.postal_code == other.postal_code) or (one.city and one.city == other.city)
    if one.street and other.street and same_town and same_street(one.street, other.street):
        return 25
    return 5 if same_town else 0


def same_street(one: str, other: str) -> bool:
    """The same house of a street that may be misspelt."""
    if one == other:
        return True
    houses = ["".join(sign for sign in street if sign.isdecimal()) for street in (one, other)]
    return houses[0] == houses[1] and bool(fuzz().ratio(one, other) >= 80)
