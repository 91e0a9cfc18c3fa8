"""How likely two companies are one, and what two must share one of to be compared at all."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from .compare import fuzz, same_street, slips
from .normal import folded, last_digits, sound, street_words

# What stands behind names and says nothing of whom they name.
LEGAL = frozenset(
    "gmbh ggmbh mbh ag kg kgaa ohg gbr ug haftungsbeschrankt ek ev eg se co cie inc incorporated llc llp lp ltd limited plc corp"
    " corporation company sa sas sarl srl spa snc bv nv vof oy oyj ab as asa aps kft zrt sro doo dba pty the und and et y u"
    " aktiengesellschaft kommanditgesellschaft".split()
)
WRITTEN_OUT = re.compile(
    r"\b(gesellschaft (mit beschrankter haftung|burgerlichen rechts)|eingetragener? kauf(mann|frau))\b"
)
# Sisters are called so: same domain, same house, and yet another company.
SISTERS = frozenset(map(sound, "holding vertrieb vertriebs service services verwaltung verwaltungs beteiligung beteiligungs international"
                        " filiale branch".split()))  # fmt: skip
MAILBOXES = frozenset(
    "gmail.com googlemail.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de yahoo.com yahoo.de outlook.com outlook.de"
    " hotmail.com hotmail.de live.com icloud.com me.com aol.com posteo.de mailbox.org proton.me protonmail.com".split()
)
SAME_NAME, PART_OF_IT, UNLIKE = 60, 30, -20


@dataclass(frozen=True, slots=True)
class Firm:
    """What is known of a company, as far as it is compared. `heard` are the words of its name as they sound, without legal forms;
    `numbers` those that are numbers: shop 12 is not shop 13."""

    id: UUID | None
    heard: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    domains: frozenset[str] = frozenset()
    phone: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    parent_id: UUID | None = None

    @classmethod
    def of(cls, id: UUID | None, name: str | None, hosts: Any, phone: str | None, *place: str | None,
           parent_id: UUID | None = None) -> "Firm":  # fmt: skip
        street, postal_code, city = (*place, None, None, None)[:3]
        words = core(name or "")
        domains = frozenset(host for host in map(host_of, hosts) if host and host not in MAILBOXES)
        return cls(
            id, tuple(map(sound, words)), tuple(word for word in words if word.isdecimal()), domains,
            last_digits(phone or ""), street_words(street or ""), (postal_code or "").replace(" ", ""), folded(city or ""),
            parent_id,
        )  # fmt: skip

    @property
    def towns(self) -> set[str]:
        return {place for place in (self.postal_code, self.city) if place}


def core(name: str) -> list[str]:
    """The words of a name without its legal form; without any left, all of them. G.m.b.H. is one word."""
    words = re.sub(r"\b(\w) (?=\w\b)", r"\1", WRITTEN_OUT.sub("", folded(name))).split()
    return [word for word in words if word not in LEGAL] or words


def host_of(address: str | None) -> str:
    """Of a domain or of a site's address."""
    host = re.sub(r"^[a-z]+://", "", (address or "").strip().lower()).split("/")[0].split(":")[0]
    return host.removeprefix("www.")


def label_of(domain: str) -> str:
    """What a company chose of its domain: the same name under another ending is often the same company."""
    parts = domain.split(".")[:-1]
    if len(parts) > 1 and len(parts[-1]) <= 3:
        parts.pop()
    return parts[-1] if parts and len(parts[-1]) > 3 else ""


def keys_of(one: Firm) -> set[str]:
    return {key for key in found(one) if key}


def found(one: Firm) -> Iterator[str]:
    whole = "".join(one.heard)
    if len(whole) > 1:
        yield f"n:{whole}"
        yield f"b:{whole[:6]}"
        yield from (f"w:{word}:{town}" for word in one.heard if len(word) > 3 for town in one.towns)
    for domain in one.domains:
        yield f"d:{domain}"
        yield f"l:{label_of(domain)}" if label_of(domain) else ""
    yield f"p:{one.phone}" if len(one.phone) > 5 else ""
    if one.street:
        yield from (f"a:{town}:{one.street}" for town in one.towns)


def compare(one: Firm, other: Firm, least: int = 0) -> tuple[int, list[str]]:
    """(points from 0 to 100, what is alike: name, domain, phone, address). Whoever stands above another is another one."""
    if one.id and other.id and (one.parent_id == other.id or other.parent_id == one.id):
        return 0, []
    parts = {"domain": by_domain(one, other), "phone": 30 if one.phone and one.phone == other.phone else 0}
    parts["address"] = by_place(one, other)
    if sum(parts.values()) + SAME_NAME < least:
        return 0, []
    parts = {"name": by_name(one, other), **parts}
    return max(0, min(100, sum(parts.values()))), [kind for kind, points in parts.items() if points > 5]


def by_name(one: Firm, other: Firm) -> int:
    if not one.heard or not other.heard:
        return 0
    if sorted(one.numbers) != sorted(other.numbers) or SISTERS & set(one.heard) != SISTERS & set(other.heard):
        return UNLIKE
    mine, theirs = " ".join(one.heard), " ".join(other.heard)
    if mine.replace(" ", "") == theirs.replace(" ", ""):
        return SAME_NAME
    alike = max(fuzz().ratio(mine, theirs), fuzz().token_sort_ratio(mine, theirs))
    if alike >= 90:
        return 50
    shorter, longer = sorted((one.heard, other.heard), key=len)
    return PART_OF_IT if alike >= 80 or is_part(shorter, longer) else UNLIKE


def is_part(shorter: tuple[str, ...], longer: tuple[str, ...]) -> bool:
    """Whether every word of a name is one of the other's, however a letter of a long one is wrong."""
    if max(map(len, shorter)) < 3:
        return False
    return all(
        word in longer or (len(word) > 3 and any(slips(word, theirs) == 1 for theirs in longer)) for word in shorter
    )


def by_domain(one: Firm, other: Firm) -> int:
    if not one.domains or not other.domains:
        return 0
    if one.domains & other.domains:
        return 45
    labels = {label_of(domain) for domain in one.domains} & {label_of(domain) for domain in other.domains} - {""}
    if not labels:
        return -10
    return 10 if all(says_name(label, one) and says_name(label, other) for label in labels) else 20


def says_name(label: str, one: Firm) -> bool:
    """Whether it says nothing more than the name does: namesakes of two towns have such domains under two endings."""
    return "".join(map(sound, core(label))) == "".join(one.heard)


def by_place(one: Firm, other: Firm) -> int:
    if not one.towns or not other.towns:
        return 0
    if not one.towns & other.towns:
        return -15
    if not one.street or not other.street:
        return 5
    if not same_street(one.street, other.street):
        return -5
    return 30 if one.postal_code == other.postal_code or not (one.postal_code and other.postal_code) else 5
