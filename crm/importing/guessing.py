"""What the columns of a file probably are: as last time, as the program that wrote it has them, or by names and values."""

import re
from typing import Any

from .kinds import Field, Importable, Source
from .models import Import

LOOKS = re.compile(r"[\W_]+")
ENOUGH = 0.8  # of the values


def suggested(kind: Importable, one: Import) -> tuple[dict[str, str], str]:
    """{heading: field}, and where that comes from: "before", a program's name, or ""."""
    fields = {field.name: field for field in kind.fields() if field.offered}
    last = one.like_this()
    if last and last.mapping:
        return {heading: name for heading, name in last.mapping.items() if name in fields}, "before"
    source = source_of(kind, one.headings)
    known = source.fields if source else {}
    mapping = {heading: known[heading.lower()] for heading in one.headings if known.get(heading.lower()) in fields}
    by_name(mapping, one.headings, list(fields.values()))
    by_values(mapping, one, list(fields.values()))
    return once(mapping, fields), source.name if source else ""


def usual_match(kind: Importable, one: Import, mapping: dict[str, str]) -> str:
    """What is unique goes before what may be, and of it what the fewest rows lack: a row without it is a new record."""
    here = set(mapping.values())
    keys = [key for key in reversed(kind.keys) if key in here]
    found = min(keys, key=lambda key: lacking(one, mapping, key), default="")
    return found or next((key for key in kind.finders if key in here), "")


def lacking(one: Import, mapping: dict[str, str], field: str) -> int:
    """How many rows have nothing in the column of a field, as far as that was counted."""
    gaps = dict(zip(one.headings, one.about.get("gaps", ()), strict=False))
    return min((gaps.get(heading, 0) for heading, name in mapping.items() if name == field), default=0)


def source_of(kind: Importable, headings: list[str]) -> Source | None:
    here = {heading.lower() for heading in headings}
    return next((source for source in kind.sources if source.signs <= here), None)


def by_name(mapping: dict[str, str], headings: list[str], fields: list[Field]) -> None:
    names = {plain(name): field.name for field in reversed(fields)
             for name in (*field.headings, str(field.label), field.name)}  # fmt: skip
    for heading in headings:
        name = names.get(plain(heading))
        if name and heading not in mapping:
            mapping[heading] = name


def by_values(mapping: dict[str, str], one: Import, fields: list[Field]) -> None:
    """Only fields that nothing else can be, and that no column has yet."""
    samples = dict(zip(one.headings, one.about.get("samples", ()), strict=False))
    for field in fields:
        if field.looks is None or field.name in mapping.values():
            continue
        for heading, values in samples.items():
            if heading not in mapping and values and share(field, values) >= ENOUGH:
                mapping[heading] = field.name
                break


def share(field: Field, values: list[str]) -> float:
    assert field.looks is not None
    return sum(1 for value in values if field.looks(value.strip())) / len(values)


def once(mapping: dict[str, str], fields: dict[str, Field]) -> dict[str, str]:
    """The first column of each field, but for those that take several."""
    found: dict[str, str] = {}
    for heading, name in mapping.items():
        if fields[name].several or name not in found.values():
            found[heading] = name
    return found


def plain(heading: str) -> str:
    return LOOKS.sub(" ", heading.lower()).strip()


def read_mapping(kind: Importable, headings: list[str], sent: Any) -> tuple[dict[str, str], dict[str, str]]:
    """What the form says, in which a column is a number: the mapping, and what does not fit as {field: sentence}."""
    from flask_babel import gettext as _

    fields = {field.name: field for field in kind.fields() if field.offered}
    mapping: dict[str, str] = {}
    errors: dict[str, str] = {}
    for place, heading in enumerate(headings):
        name = sent.get(f"column_{place}") or ""
        if name and name not in fields:
            errors[f"column_{place}"] = _("Choose one of the offered values.")
        elif name and name in mapping.values() and not fields[name].several:
            errors[f"column_{place}"] = _("Two columns cannot both be “%(field)s”.", field=fields[name].label)
        elif name:
            mapping[heading] = name
    if not mapping and not errors:
        errors["column_0"] = _("Say of at least one column what it is.")
    return mapping, errors
