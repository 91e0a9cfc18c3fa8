"""vCards: each is a row, under headings of ours. Telephones, tablets and mail programs write them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from .encodings import encoding_of
from .found import Row, Table, Unreadable, fitted

HEADINGS = [
    "Name",
    "E-mail",
    "Other email",
    "Phone",
    "Other phones",
    "Organization",
    "Title",
    "Street",
    "City",
    "Region",
]
HEADINGS += ["Postal code", "Country", "Website", "Birthday", "Categories", "Note", "UID"]
EVERYBODYS = ("mycontacts", "starred")  # Google's own groups, which say nothing of anybody
END = "END:VCARD\n"
MOST_CARD = 1 << 20  # characters
PICTURE = re.compile(r"([\w-]+\.)?(PHOTO|LOGO|SOUND|KEY)[;:]", re.IGNORECASE)


def read(path: Path) -> Table:
    encoding = encoding_of(path)
    rows = cards(path, encoding)
    first = next(rows, None)
    if first is None:
        raise Unreadable("no_cards")
    return Table(list(HEADINGS), fitted(whole(path, encoding), len(HEADINGS)), {"encoding": encoding, "cards": True})


def whole(path: Path, encoding: str) -> Iterator[Row]:
    for number, text in enumerate(cards(path, encoding), start=1):
        yield number, *(row_of(text) if text else ([""], "long_cell"))


def cards(path: Path, encoding: str) -> Iterator[str]:
    """The text of each, also of one that nobody ended; "" for one that is too long."""
    lines, size = list[str](), 0
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        for line in without_pictures(file):
            mark = line.strip().upper()
            if mark == "BEGIN:VCARD" and size:
                yield whole_text([*lines, END], size)
            if mark == "BEGIN:VCARD":
                lines, size = [line], 0
            elif lines:
                size += len(line)
                lines += [line] if size < MOST_CARD else []
            if mark == "END:VCARD" and lines:
                yield whole_text(lines, size)
                lines, size = [], 0
    if size:
        yield whole_text([*lines, END], size)


def without_pictures(file: TextIO) -> Iterator[str]:
    """Its lines, but for those of what nobody reads here and may be megabytes."""
    passing, ended = False, True
    while line := file.readline(MOST_CARD):
        if ended:
            passing = (passing and line[0] in " \t") or PICTURE.match(line) is not None
        ended = line.endswith("\n")
        if not passing:
            yield line


def whole_text(lines: list[str], size: int) -> str:
    return "".join(lines) if size < MOST_CARD else ""


def row_of(text: str) -> tuple[list[str], str]:
    import vobject

    try:
        card = vobject.readOne(text, allowQP=True, ignoreUnreadable=True)
    except (vobject.base.VObjectError, ValueError, IndexError, StopIteration, UnicodeError):
        return [text[:1_000]], "broken_card"
    return cells_of(card), ""


def cells_of(card: Any) -> list[str]:
    home, phones, mails = first(card, "adr"), all_of(card, "tel"), all_of(card, "email")
    address = [joined(getattr(home, part, "")) for part in ("street", "city", "region", "code", "country")]
    work = [joined(first(card, "org"), first_only=True), joined(first(card, "title"))]
    groups = [one for one in flat(first(card, "categories")) if one.lower() not in EVERYBODYS]
    filled = [name_of(card), mails[0], "\n".join(mails[1:]), phones[0], "\n".join(phones[1:])]
    filled += [one_line(cell) for cell in (*work, *address, joined(first(card, "url")), joined(first(card, "bday")))]
    return [*filled, ", ".join(groups), joined(first(card, "note")), joined(first(card, "uid"))]


def all_of(card: Any, name: str) -> list[str]:
    """The one that is preferred goes before, and a fax after the others; at least one, which may be nothing."""
    said = sorted(card.contents.get(name, []), key=rank)
    plain = (str(one.value).strip().removeprefix("tel:").removeprefix("mailto:").partition(";")[0] for one in said)
    return [one for one in plain if one] or [""]


def rank(one: Any) -> tuple[bool, int]:
    """By what 4.0 says (PREF=1), or what those before said (TYPE=pref)."""
    types = ",".join([*one.params.get("TYPE", []), *one.singletonparams]).lower().split(",")
    said = (one.params.get("PREF") or [""])[0]
    return "fax" in types, int(said) if said.isdecimal() else 0 if "pref" in types else 101


def first(card: Any, name: str) -> Any:
    found = sorted(card.contents.get(name, []), key=rank)
    return found[0].value if found else ""


def flat(value: Any) -> list[str]:
    return [str(one).strip() for one in (value if isinstance(value, list | tuple) else [value]) if str(one).strip()]


def one_line(text: str) -> str:
    """Address books write a street in several."""
    return ", ".join(line.strip() for line in text.splitlines() if line.strip())


def name_of(card: Any) -> str:
    """As it is shown, or else put together."""
    shown, parts = one_line(joined(first(card, "fn"))), first(card, "n")
    given = [joined(getattr(parts, part, "")) for part in ("prefix", "given", "additional", "family", "suffix")]
    return shown or " ".join(part for part in given if part)


def joined(value: Any, first_only: bool = False) -> str:
    return ", ".join(flat(value)[: 1 if first_only else None])
