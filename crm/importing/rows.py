"""The file of plain rows that reading made: a batch from a place in it, and which rows repeat one before."""

from array import array
from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

from .formats.found import Row
from .formats.lines import row_of

BATCH = 2_000
PARTS = 16
MASK = (1 << 63) - 1
TIE = b"+"  # before the number of a row that stays in one batch with the row before it
MOST_TIED = 20_000


def batch(path: Path, position: int, size: int = BATCH, together: int | None = None) -> tuple[list[Row], int]:
    """The next rows, and where those after them begin; none at the end. It ends where no record of several rows is cut."""
    rows: list[Row] = []
    with path.open("rb") as file:
        file.seek(position)
        for line in file:
            row = row_of(line)
            if len(rows) >= size and not goes_on(rows, row, together, 2 * size) and not tied(line, rows):
                break
            rows.append(row)
            position += len(line)
    return rows, position


def goes_on(rows: list[Row], after: Row, together: int | None, most: int) -> bool:
    if together is None or len(rows) >= most:
        return False
    return hash_of(rows[-1][1][together]) == hash_of(after[1][together]) != 0


def tied(line: bytes, rows: list[Row]) -> bool:
    return line.startswith(TIE) and len(rows) < MOST_TIED


def bring_together(path: Path, place: int) -> None:
    """Rows with the same value in a column stand behind the first of them from now on."""
    hashes, starts, position = array("q"), array("q"), 0
    with path.open("rb") as file:
        for line in file:
            hashes.append(hash_of(row_of(line)[1][place]))
            starts.append(position)
            position += len(line)
    leaders = led(hashes)
    if any(after < before for before, after in pairwise(leaders)):
        write_in_order(path, sorted(range(len(leaders)), key=leaders.__getitem__), starts)


def write_anew(path: Path, leaders: dict[int, int]) -> None:
    """Rows stand behind their leaders and are tied to them, and all others are loose."""
    starts, position = array("q"), 0
    with path.open("rb") as file:
        for line in file:
            starts.append(position)
            position += len(line)
    order = sorted(range(len(starts)), key=lambda place: leaders.get(place, place))
    write_in_order(path, order, starts, {place for place, leader in leaders.items() if place != leader})


def write_in_order(path: Path, order: list[int], starts: "array[int]", ties: Collection[int] = ()) -> None:
    partly = path.with_name(f"{path.name}.{uuid4().hex}")
    with path.open("rb") as file, partly.open("wb") as into:
        for place in order:
            file.seek(starts[place])
            into.write((TIE if place in ties else b"") + file.readline().removeprefix(TIE))
    partly.rename(path)


def led(hashes: "array[int]") -> "array[int]":
    """Of each row the first one with the same value."""
    leaders = array("q", range(len(hashes)))
    for before, after in pairwise(sorted(range(len(hashes)), key=hashes.__getitem__)):
        if hashes[before] == hashes[after] != 0:
            leaders[after] = leaders[before]
    return leaders


def all_rows(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        for line in file:
            yield row_of(line)


def repeats(path: Path, places: dict[str, int]) -> dict[str, dict[int, int]]:
    """{key: {hash of a value: number of the first row with it}} of values that stand in several rows.

    A million rows take 16 MB and a few seconds.
    """
    hashes = {key: array("q") for key in places}
    numbers = array("q")
    for number, cells, problem in all_rows(path):
        numbers.append(number)
        for key, place in places.items():
            hashes[key].append(hash_of(cells[place]) if not problem else 0)
    return {key: firsts(found, numbers) for key, found in hashes.items()}


def firsts(hashes: "array[int]", numbers: "array[int]") -> dict[int, int]:
    """Sorted in parts: as Python's numbers a million of them take 40 MB."""
    several = set()
    for part in range(PARTS):
        before = 0
        for one in sorted(one for one in hashes if one % PARTS == part):
            if one and one == before:
                several.add(one)
            before = one
    found: dict[int, int] = {}
    for one, number in zip(hashes, numbers, strict=True):
        if one in several:
            found[one] = min(found.get(one, number), number)
    return found


def hash_of(cell: str) -> int:
    """0 for nothing. Python's own: it is the same within a process, and need not be elsewhere."""
    plain = cell.strip().lower()
    return (hash(plain) & MASK) or 1 if plain else 0
