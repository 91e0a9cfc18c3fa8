"""A list as a file: exactly the rows, columns and order that are shown, sent while they are read.

All is read in one transaction that sees one moment. How many rows there are is counted first and stands in the file's name
and in the header Row-Count; when another number was written, the download is broken off, so that nobody takes a part for
the whole.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from threading import BoundedSemaphore
from time import sleep
from typing import Any

from flask import Response, abort, stream_with_context
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from ..db import db, end_reading, now
from ..web import Invalid, Refused
from .asked import Asked
from .columns import Column
from .listing import Listing
from .reading import everything, narrowed, whole_count
from .workbook import MOST_ROWS, workbook

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
AT_ONCE = 4  # in a process: each holds a connection for as long as its reader takes
places = BoundedSemaphore(AT_ONCE)
BOM = "\ufeff"  # without it spreadsheets take UTF-8 for something older


class Broken(RuntimeError):
    """Not as many rows were written as were counted."""


def file_of(listing: Listing, asked: Asked, kind: str) -> Response:
    """Raises Invalid for another kind of file, Refused for more rows than a spreadsheet holds, and TooManyRequests (429)."""
    if kind not in TYPES:
        raise Invalid({"as": _("Choose CSV or Excel.")})
    at_one_moment()
    rows = whole_count(listing, asked)
    if kind == "xlsx" and rows > MOST_ROWS:
        raise Refused(_("A spreadsheet holds %(max)d rows at most. Take CSV, or ask for fewer.", max=MOST_ROWS))
    columns = in_file(listing, asked)
    lines = counted(lines_of(listing, asked, columns), rows)
    head = [column.head for column in columns]
    sent = as_csv(head, lines) if kind == "csv" else workbook(head, lines, str(listing.word))
    name = f"{listing.name}-{now():%Y-%m-%d}-{rows}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Row-Count": str(rows)}
    return in_a_place(sent, TYPES[kind], headers)


def in_a_place(sent: Iterator[Any], type: str, headers: dict[str, str]) -> Response:
    """Sent while it is read. Raises TooManyRequests (429)."""
    place = Place()
    answer = Response(stream_with_context(place.held(sent)), content_type=type, headers=headers)
    answer.call_on_close(place.leave)
    return answer


class Place:
    """One of few at once, until all is sent or its reader is gone. Raises TooManyRequests (429)."""

    def __init__(self) -> None:
        self.taken = places.acquire(blocking=False)
        if not self.taken:
            abort(429)

    def held(self, sent: Iterator[Any]) -> Iterator[Any]:
        try:
            yield from sent
        finally:
            self.leave()

    def leave(self) -> None:
        if self.taken:
            self.taken = False
            places.release()


def at_one_moment() -> None:
    """Begin anew, with one snapshot for all that is read from here on, unless a transaction around this one has begun."""
    end_reading()
    connection = db.session.connection()
    if not connection.in_nested_transaction():
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def in_file(listing: Listing, asked: Asked) -> tuple[Column, ...]:
    ids = narrowed(select(listing.model.id), listing, asked)
    return tuple(one for column in with_units(listing, asked) for one in column.in_file(ids))


def with_units(listing: Listing, asked: Asked) -> tuple[Column, ...]:
    """The columns that are shown; beside amounts of several currencies the currency, which stands in their cells on the page."""
    there = {column.key for column in asked.columns}
    wanted = dict.fromkeys(column.unit for column in asked.columns if column.unit and column.unit not in there)
    known = {column.key: column for column in listing.columns(current_user)} if wanted else {}
    last = {column.unit: at for at, column in enumerate(asked.columns)}
    found = [(at, column) for at, column in enumerate(asked.columns)]
    found += [(last[key], known[key]) for key in wanted]
    return tuple(column for _at, column in sorted(found, key=lambda one: one[0]))


def lines_of(listing: Listing, asked: Asked, columns: tuple[Column, ...]) -> Iterator[list[Any]]:
    for rows in everything(listing, asked):
        known = listing.look_up(rows, columns)
        for row in rows:
            yield [column.plain(row, known) for column in columns]
        sleep(0)  # others wait for this process, too


def counted(lines: Iterator[list[Any]], expected: int) -> Iterator[list[Any]]:
    written = 0
    for line in lines:
        written += 1
        yield line
    if written != expected:
        raise Broken(f"{written} rows were written of {expected}.")


def as_csv(head: list[str], lines: Iterator[list[Any]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    writer.writerow([harmless(word) for word in head])
    for line in lines:
        writer.writerow([harmless(cell) for cell in line])
        if buffer.tell() > 32_768:
            yield taken(buffer)
    yield taken(buffer)


def taken(buffer: io.StringIO) -> bytes:
    written = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return written.encode()


def harmless(cell: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe; numbers and dates stay what they are."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, int | float | Decimal | date):
        return cell
    text = str(cell)
    return f"'{text}" if text.startswith(DANGEROUS) or text.lstrip().startswith(DANGEROUS) else text
