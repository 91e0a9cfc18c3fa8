"""What reading a file gives, and why it may be refused. Nothing here imports the app: the child starts in a moment."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

MOST_ROWS, MOST_COLUMNS, MOST_CELL = 1_048_576, 200, 20_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
HEADINGS_WITHIN = 20  # rows: above the headings there may be a title
Row = tuple[int, list[str], str]  # its number in the file, its cells, and the code of what is wrong with it or ""


class Unreadable(Exception):
    """The file cannot be read at all; its text is a code of `words.REASONS`, `facts` what the sentence names."""

    def __init__(self, code: str, **facts: Any):
        super().__init__(code)
        self.code, self.facts = code, facts


@dataclass
class Table:
    """Headings and the rows below them, which are read as they are asked for. `about` is told to people."""

    headings: list[str]
    rows: Iterable[Row]
    about: dict[str, Any] = field(default_factory=dict)


def plain(cell: str) -> str:
    """Without the apostrophe that stands before a formula in what was exported; a formula itself stays what it is."""
    return cell[1:] if cell.startswith("'") and is_formula(cell[1:]) else cell


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet may take it for one, also behind spaces of whatever kind."""
    return cell.startswith(FORMULA) or cell.lstrip().startswith(FORMULA)


def named(cells: list[str]) -> list[str]:
    """A name for each column: empty ones get a letter as spreadsheets have it, and what stands twice a number."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    if not cells:
        raise Unreadable("empty")
    if len(cells) > MOST_COLUMNS:
        raise Unreadable("columns", found=len(cells), most=MOST_COLUMNS)
    names: list[str] = []
    for place, cell in enumerate(cells):
        name = "".join(sign if sign.isprintable() else " " for sign in cell)
        wanted = " ".join(name.split())[:100] or letters(place)
        taken = sum(1 for name in names if name == wanted or name.startswith(f"{wanted} ("))
        names.append(f"{wanted} ({taken + 1})" if taken else wanted)
    return names


def letters(place: int) -> str:
    """A, B, … Z, AA, …"""
    first, last = divmod(place, 26)
    return (letters(first - 1) if first else "") + chr(ord("A") + last)


def fitted(rows: Iterable[Row], width: int) -> Iterator[Row]:
    """Each row that is not empty, with as many cells as there are headings; what has more in it, or too much, says so."""
    for number, cells, problem in rows:
        if problem or any(cell.strip() for cell in cells):
            problem = problem or misfit(cells, width)
            fit = [plain(cell)[:MOST_CELL] for cell in cells] + [""] * (width - len(cells))
            yield number, fit[: MOST_COLUMNS if problem else width], problem


def misfit(cells: list[str], width: int) -> str:
    if any(len(cell) > MOST_CELL for cell in cells):
        return "long_cell"
    return "more_cells" if any(cell.strip() for cell in cells[width:]) else ""
