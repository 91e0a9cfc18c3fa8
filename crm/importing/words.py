"""What is said of files and rows that cannot be taken: what it is, and what to do now."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

REASONS = {
    "empty": _l("There is nothing in this file. Choose another one."),
    "no_rows": _l("There are headings in this file and no rows below them."),
    "no_cards": _l("There is no contact in this file."),
    "columns": _l("This file has %(found)s columns; at most %(most)s can be read. Remove those that you do not need."),
    "rows": _l("This file has more than %(most)s rows. Split it into several files."),
    "broken": _l("This file is damaged or not what it says it is. Save it anew as CSV or XLSX."),
    "bomb": _l("This spreadsheet becomes far too large when it is unpacked. Save it anew as CSV."),
    "macros": _l("This spreadsheet holds programs (macros). Save it anew as XLSX or CSV."),
    "old_spreadsheet": _l("This is a spreadsheet of before 2007. Save it anew as XLSX or CSV."),
    "kind": _l("This is no table. Send a CSV, an XLSX or a vCard file."),
    "full": _l("Our disk is full. Tell whoever runs this server; when there is room again, send the file once more."),
    "costly": _l("This file takes too much time or memory to read. Save it anew as CSV, or split it."),
}
ROW_PROBLEMS = {
    "open_quote": _l("A quotation mark is opened here and never closed. Close or remove it."),
    "more_cells": _l(
        "This row has more cells than there are headings. Put quotation marks around what holds a separator."
    ),
    "long_cell": _l("A cell of this row has more than 20,000 characters. Shorten it."),
    "broken_card": _l("This contact is damaged."),
}


def reason(about: dict[str, Any]) -> str:
    """Why a file could not be read."""
    sentence = REASONS.get(about.get("problem", ""), REASONS["broken"])
    return str(sentence) % {name: f"{value:,}" if isinstance(value, int) else value
                            for name, value in about.get("facts", {}).items()}  # fmt: skip


def repeated(label: Any, number: int) -> str:
    return _("%(field)s: row %(number)d has the same. Only the first one counts.", field=label, number=number)


def taken(label: Any) -> str:
    return _("%(field)s: another record has this already.", field=label)


def not_given_up(label: Any, number: int) -> str:
    words = {"field": label, "number": number}
    return _("%(field)s: another record has this, and row %(number)d, which would give it up, was not taken.", **words)


def joined(number: int) -> str:
    return _("It belongs to row %(number)d.", number=number)


def not_joined(number: int) -> str:
    return _("Row %(number)d is of the same one and was not taken.", number=number)


def is_there() -> str:
    return _("This one is there already, and only new ones were to be created.")


def is_not_there() -> str:
    return _("This one is not there yet, and only those that are there were to be updated.")
