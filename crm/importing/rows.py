"""The file of plain rows that reading made: a batch from a place in it, and which rows repeat one before."""

from array import array
from collections.abc import Iterator
from pathlib import Path

from .formats.found import Row
from .formats.lines import row_of

BATCH = 1_000
MASK = (1 << 63) - 1


def batch(path: Path, position: int, size: int = BATCH) -> tuple[list[Row], int]:
    """The next rows, and where those after them begin; none at the end."""
    rows: list[Row] = []
    with path.open("rb") as file:
        file.seek(position)
        for line in file:
            rows.append(row_of(line))
            position += len(line)
            if len(rows) >= size:
                break
    return rows, position


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
    before, several = 0, set()
    for one in sorted(hashes):
        if one and one == before:
            several.add(one)
        before = one
    found: dict[int, int] = {}
    for one, number in zip(hashes, numbers, strict=True):
        if one in several:
            found.setdefault(one, number)
    return found


def hash_of(cell: str) -> int:
    """0 for nothing. Python's own: it is the same within a process, and need not be elsewhere."""
    plain = cell.strip().lower()
    return (hash(plain) & MASK) or 1 if plain else 0
