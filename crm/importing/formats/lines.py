"""How a plain row stands in its file: a line with tabs between number, problem and cells, quick to take apart."""

import re

from .found import Row

MARKS = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
SIGNS = {mark: sign for sign, mark in MARKS.items()}
MARKED, SIGNED = re.compile(r"\\[\\tnr]"), re.compile(r"[\\\t\n\r]")


def line_of(row: Row) -> str:
    number, cells, problem = row
    text = "\t".join(cells)
    if text.count("\t") >= len(cells) or "\\" in text or "\n" in text or "\r" in text:
        text = "\t".join(SIGNED.sub(lambda found: MARKS[found[0]], cell) for cell in cells)
    return f"{number}\t{problem}\t{text}\n"


def row_of(line: bytes) -> Row:
    number, problem, *cells = line[:-1].decode().split("\t")
    if b"\\" in line:
        cells = [MARKED.sub(lambda found: SIGNS[found[0]], cell) if "\\" in cell else cell for cell in cells]
    return int(number), cells, problem
