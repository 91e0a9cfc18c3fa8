"""Rows between which a value changes hands are tied together before anything is tried, so that they come in one batch."""

from array import array
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import any_, select

from ..db import db
from ..tenancy import current_tenant
from .deciding import ANEW, array_of
from .kinds import Importable
from .preparing import Reading
from .rows import TIE, hash_of, write_anew

AT_ONCE = 2_000


def tie(path: Path, reading: Reading, match: str) -> None:
    """Have them stand behind the first of them, each tied to the one before it; what was tied for other columns is loose again.

    Nothing hangs together where all rows are found by the only column that is nobody else's.
    """
    others = [key for key in reading.kind.keys if key in reading.keys and key != match]
    own, pairs, tied = array("q"), list[tuple[int, int]](), False
    with path.open("rb") as file:
        while lines := list(islice(file, AT_ONCE)):
            tied = tied or any(line.startswith(TIE) for line in lines)
            if match in reading.keys and others and reading.together is None:
                pairs += taken_in(lines, own, reading, match, others)
    leaders = led(pairs, own)
    if leaders or tied:
        write_anew(path, leaders)


def taken_in(lines: list[bytes], own: "array[int]", reading: Reading, match: str, others: list[str]) -> Iterator[Any]:
    """(place of a row, hash of what finds the record whose value it takes); what finds each row's own goes into `own`."""
    start, rows = len(own), [reading.keys_of(line) for line in lines]
    own.extend(hash_of(str(row.get(match) or "")) for row in rows)
    for key in others:
        places = {row[key]: start + place for place, row in enumerate(rows) if row.get(key)}
        for value, whose in who_has(reading.kind, key, list(places), match):
            whose = hash_of(str(whose or ""))
            if whose not in (0, own[places[value]]):
                yield places[value], whose


def who_has(kind: Importable, key: str, values: list[Any], said: str = "id") -> list[Any]:
    """(value, the column `said` of the record that has it)"""
    if not values:
        return []
    table = kind.table
    mine = table.c.tenant_id == current_tenant.id, *kind.narrowed()
    query = select(table.c[key], table.c[said]).where(*mine, table.c[key] == any_(array_of(values, table.c[key].type)))
    return list(db.session.execute(query, execution_options=ANEW))


def led(pairs: list[tuple[int, int]], own: "array[int]") -> dict[int, int]:
    """{place of a row: place of the first one that it hangs together with}, of those that do with any."""
    wanted = {whose for _place, whose in pairs}
    at = {one: place for place, one in enumerate(own) if one in wanted}
    above: dict[int, int] = {}
    for place, whose in pairs:
        if whose in at:
            one, other = sorted((first(above, place), first(above, at[whose])))
            above[other] = one
    return {place: first(above, place) for place in list(above)}


def first(above: dict[int, int], place: int) -> int:
    while (up := above.setdefault(place, place)) != place:
        above[place] = above[up]
        place = up
    return place
