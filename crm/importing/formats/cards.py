"""vCards: each is a row, under headings of ours. Telephones, tablets and mail programs write them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .encodings import encoding_of
from .found import Row, Table, Unreadable, fitted

HEADINGS = ["Name", "E-mail", "Phone", "Other phones", "Organization", "Title", "Street", "City", "Region"]
HEADINGS += ["Postal code", "Country", "Website", "Birthday", "Categories", "Note", "UID"]
MOST_CARD = 1 << 20  # characters; more are pictures and sounds, and those go


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
    """The text of each; "" for one that is too long."""
    lines: list[str] | None = None
    size = 0
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        while line := file.readline(MOST_CARD):
            mark = line.strip().upper()
            if mark == "BEGIN:VCARD":
                lines, size = [], 0
            if lines is not None:
                size += len(line)
                if size < MOST_CARD:
                    lines.append(line)
            if mark == "END:VCARD" and lines is not None:
                yield "".join(lines) if size < MOST_CARD else ""
                lines = None


def row_of(text: str) -> tuple[list[str], str]:
    import vobject

    try:
        card = vobject.readOne(text, allowQP=True, ignoreUnreadable=True)
    except (vobject.base.VObjectError, ValueError, IndexError, StopIteration, UnicodeError):
        return [text[:1_000]], "broken_card"
    return cells_of(card), ""


def cells_of(card: Any) -> list[str]:
    home, phones = first(card, "adr"), [str(one.value).strip() for one in card.contents.get("tel", [])]
    names = [joined(getattr(home, part, "")) for part in ("street", "city", "region", "code", "country")]
    mails = [str(one.value).strip() for one in card.contents.get("email", [])]
    filled = [name_of(card), *(mails[:1] or [""]), *(phones[:1] or [""]), "\n".join(phones[1:])]
    filled += [joined(first(card, "org"), first_only=True), joined(first(card, "title")), *names]
    rest = [joined(first(card, name)) for name in ("url", "bday", "categories", "note", "uid")]
    return filled + rest


def first(card: Any, name: str) -> Any:
    found = card.contents.get(name)
    return found[0].value if found else ""


def name_of(card: Any) -> str:
    """As it is shown, or else put together."""
    shown, parts = joined(first(card, "fn")), first(card, "n")
    given = [joined(getattr(parts, part, "")) for part in ("prefix", "given", "additional", "family", "suffix")]
    return shown or " ".join(part for part in given if part)


def joined(value: Any, first_only: bool = False) -> str:
    if isinstance(value, list | tuple):
        return (
            joined(value[0])
            if first_only and value
            else ", ".join(str(one).strip() for one in value if str(one).strip())
        )
    return str(value or "").strip()
