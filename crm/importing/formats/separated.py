"""Files of separated values: whichever separator, line ends and quotes, also broken ones."""

import csv
import io
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from .encodings import encoding_of
from .found import HEADINGS_WITHIN, Row, Table, Unreadable, fitted, named

SEPARATORS = ",;\t|"
MOST_LINE = 1 << 20  # characters
MOST_SHOWN = 1_000  # characters of a line that is broken
MOST_LINES = 200  # of one row: a quote that is open for longer was never meant to be closed
csv.field_size_limit(MOST_LINE * 2)


def read(path: Path) -> Table:
    """Raises Unreadable."""
    encoding = encoding_of(path)
    separator, told = separator_of(path, encoding)
    above = headings_at(
        [cells for _number, cells, _problem in islice(records(path, encoding, separator), HEADINGS_WITHIN)], told
    )
    rows = islice(records(path, encoding, separator), above, None)
    cells = next(rows)[1]
    return Table(names := named(cells), fitted(rows, len(names)), {"encoding": encoding, "separator": separator})


def opened(path: Path, encoding: str) -> io.TextIOWrapper:
    """Every line end becomes a plain one, and what the encoding does not know a replacement character."""
    return path.open(encoding=encoding, errors="replace", newline=None)


def separator_of(path: Path, encoding: str) -> tuple[str, bool]:
    """What separates most alike in the first rows, and whether the file's own first line says so (`sep=;`)."""
    with opened(path, encoding) as file:
        lines = [file.readline(MOST_LINE).rstrip("\n") for _ in range(HEADINGS_WITHIN)]
    if lines[0].lower().startswith("sep=") and len(lines[0]) == 5:
        return lines[0][4], True
    return max(SEPARATORS, key=lambda sign: alike(lines, sign)), False


def alike(lines: list[str], sign: str) -> tuple[int, int]:
    """How many rows have the same number of cells by this separator as most have, and that number."""
    widths = [len(row) for row in csv.reader((line for line in lines if line), delimiter=sign)]
    wide = [width for width in widths if width > 1]
    usual = max(set(wide), key=lambda width: (wide.count(width), width), default=1)
    return (wide.count(usual), usual)


def headings_at(first: list[list[str]], told: bool) -> int:
    """The first row with more than one cell filled, for above there may be a title; else the first that is not empty."""
    filled = [sum(1 for cell in cells if cell.strip()) for cells in first]
    full = [place for place, number in enumerate(filled) if number > 1 and place >= told]
    some = [place for place, number in enumerate(filled) if number and place >= told]
    if not some:
        raise Unreadable("empty")
    return (full or some)[0]


def records(path: Path, encoding: str, separator: str) -> Iterator[Row]:
    """Counted from 1. A quote that nobody closes costs its own line and no other."""
    number = 0
    with opened(path, encoding) as file:
        for lines, problem in chunks(file, separator):
            for cells in [lines] if problem else csv.reader(lines, delimiter=separator):
                number += 1
                yield number, cells, problem


def chunks(file: io.TextIOWrapper, separator: str) -> Iterator[tuple[list[str], str]]:
    """The lines of one row at a time, and what is wrong with it."""
    ahead: deque[str] = deque()
    while line := ahead.popleft() if ahead else file.readline(MOST_LINE):
        if len(line) >= MOST_LINE and not line.endswith("\n"):
            pass_by(file)
            yield [line[:MOST_SHOWN]], "long_cell"
        elif line.count('"') % 2 == 0 or not is_open(line, separator):
            yield [line], ""
        else:
            yield whole(line, file, ahead, separator)


def whole(line: str, file: io.TextIOWrapper, ahead: deque[str], separator: str) -> tuple[list[str], str]:
    """A row of several lines. What was read in vain stands in `ahead` again."""
    lines, size = [line], len(line)
    while len(lines) < MOST_LINES and size < MOST_LINE:
        more = ahead.popleft() if ahead else file.readline(MOST_LINE)
        if not more:
            break
        lines.append(more)
        size += len(more)
        if more.count('"') % 2 and not is_open("".join(lines), separator):
            return lines, ""
    ahead.extendleft(reversed(lines[1:]))
    return [line[:MOST_SHOWN]], "open_quote"


def is_open(text: str, separator: str) -> bool:
    """Whether a quote that begins a cell is not closed; one in the middle of a cell (5" pipe) is a sign like others."""
    try:
        list(csv.reader(io.StringIO(text), delimiter=separator, strict=True))
    except csv.Error as problem:
        return "unexpected end" in str(problem)
    return False


def pass_by(file: io.TextIOWrapper) -> None:
    while (rest := file.readline(MOST_LINE)) and not rest.endswith("\n"):
        continue
