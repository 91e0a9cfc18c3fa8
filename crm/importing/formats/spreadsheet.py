"""Spreadsheets (.xlsx): the first sheet with something in it, its values as people see them; formulas by what they gave."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from .found import HEADINGS_WITHIN, MOST_COLUMNS, Row, Table, Unreadable, fitted, named
from .separated import headings_at

MOST_UNPACKED, MOST_PARTS, MOST_RATIO = 1 << 30, 2_000, 300  # bytes, files, times its packed size
BROKEN = KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile, OSError, EOFError, IndexError


def read(path: Path) -> Table:
    """Raises Unreadable."""
    refuse_bombs(path)
    from openpyxl import load_workbook

    # By a name openpyxl takes only what is called .xlsx. It stays open: its rows are read as they are asked for.
    packed = path.open("rb")
    try:
        book = load_workbook(packed, read_only=True, data_only=True, keep_links=False)
        sheet = next((one for one in book.worksheets if has_something(one)), None)
    except BROKEN as broken:
        raise Unreadable("broken") from broken
    if sheet is None:
        raise Unreadable("empty")
    above = headings_at([cells for _number, cells, _problem in islice(rows_of(sheet), HEADINGS_WITHIN)], False)
    rows = islice(rows_of(sheet), above, None)
    names = named(next(rows)[1])
    about = {"sheet": sheet.title, "other_sheets": len(book.worksheets) - 1}
    return Table(names, fitted(rows, len(names)), about)


def refuse_bombs(path: Path) -> None:
    """By what the archive says of itself; what it hides from us the limits of the process hold (see child.py)."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as broken:
        raise Unreadable("broken") from broken
    unpacked, size = sum(part.file_size for part in parts), max(path.stat().st_size, 1)
    if unpacked > MOST_UNPACKED or len(parts) > MOST_PARTS or (unpacked > 50 << 20 and unpacked / size > MOST_RATIO):
        raise Unreadable("bomb")
    if any("vbaproject" in part.filename.lower() for part in parts):
        raise Unreadable("macros")


def has_something(sheet: Any) -> bool:
    """Its size as the file claims it is not believed."""
    sheet.reset_dimensions()
    first = sheet.iter_rows(max_row=HEADINGS_WITHIN, max_col=MOST_COLUMNS + 1, values_only=True)
    return any(value is not None for row in first for value in row)


def rows_of(sheet: Any) -> Iterator[Row]:
    """A column more than is taken is read, so that too many are noticed."""
    rows = sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True)
    for number, cells in enumerate(rows, start=1):
        yield number, [shown(value) for value in cells], ""


def shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date | time) else spoken(value)


def spoken(value: Any) -> str:
    return str(value) if not isinstance(value, timedelta) else str(value).removesuffix(":00")
