"""From cells to facts, by the same kinds as the forms: no statement is sent here."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ..web import Unfit
from . import words
from .formats.found import Row
from .formats.lines import row_of
from .kinds import Field, Importable
from .models import Import

MOST_KNOWN, UNKNOWN = 500, object()


@dataclass(slots=True)
class Prepared:
    """A row on its way. `outcome` and `sentence` say what became of it; `changes` is {field: [before, after]}. `head` is the
    row whose record it is a part of; `takes` is {key: the record that has what this row is to have}."""

    number: int
    facts: dict[str, Any] = field(default_factory=dict)
    outcome: str = ""
    sentence: str = ""
    record_id: UUID | None = None
    found: dict[str, Any] | None = None
    changes: dict[str, list[Any]] = field(default_factory=dict)
    head: "Prepared | None" = None
    takes: dict[str, Any] = field(default_factory=dict)

    def end(self, outcome: str, sentence: str) -> None:
        self.outcome, self.sentence = outcome, sentence

    def join(self, head: "Prepared") -> None:
        """Be a part of the record of another row: what becomes of that one becomes of this one."""
        self.head = head
        self.end("joined", words.joined(head.number))


class Reading:
    """How the rows of one import are read."""

    def __init__(self, one_import: Import, kind: Importable):
        mapping = one_import.mapping or {}
        places: dict[str, list[int]] = {}
        for place, heading in enumerate(one_import.headings):
            if heading in mapping:
                places.setdefault(mapping[heading], []).append(place)
        self.kind, self.clears = kind, one_import.clears
        fields = kind.fields()
        self.columns = [(one, places[one.name]) for one in fields if one.name in places]
        self.fields = {one.name: one for one in fields if one.name in places or not one.offered}
        self.known: dict[str, dict[str, Any]] = {name: {} for name in self.fields}
        wanted = (*kind.keys, *(name for name in kind.finders if name == one_import.match))
        self.keys = {key: places[key][0] for key in wanted if key in places}

    def prepare(self, rows: Iterable[Row]) -> list[Prepared]:
        prepared = [self.prepare_one(*row) for row in rows]
        self.kind.gather(prepared)
        return prepared

    @property
    def together(self) -> int | None:
        """The column whose rows with the same value are one record."""
        return self.keys.get(self.kind.together)

    def keys_of(self, line: bytes) -> dict[str, Any]:
        """What a row says of the columns that find records; what cannot be read is left out."""
        _number, cells, problem = row_of(line)
        found: dict[str, Any] = {}
        for key, place in self.keys.items() if not problem else ():
            with suppress(Unfit):
                found[key] = self.fields[key].kind(cells[place])
        return found

    def prepare_one(self, number: int, cells: list[str], problem: str) -> Prepared:
        row = Prepared(number)
        if problem:
            if self.together is not None:
                row.facts[self.kind.together] = cells[self.together].strip()
            row.end("refused", str(words.ROW_PROBLEMS[problem]))
            return row
        wrong = []
        for one, places in self.columns:
            raw = cells[places[0]] if len(places) == 1 else "\n".join(cells[place] for place in places)
            try:
                self.read(row.facts, one, raw)
            except Unfit as unfit:
                wrong.append(f"{one.label}: {unfit}")
        self.finish(row, wrong)
        return row

    def read(self, facts: dict[str, Any], one: Field, raw: str) -> None:
        """What was read before is known: countries, cities and stages repeat."""
        if raw and (known := self.known[one.name].get(raw, UNKNOWN)) is not UNKNOWN:
            facts[one.name] = known
        elif raw.strip():
            facts[one.name] = value = one.kind(raw)
            if len(self.known[one.name]) < MOST_KNOWN:
                self.known[one.name][raw] = value
        elif self.clears:
            facts[one.name] = None if one.link else one.kind("")

    def finish(self, row: Prepared, wrong: list[str]) -> None:
        try:
            if not wrong:
                self.kind.shape(row.facts)
        except Unfit as unfit:
            wrong.append(str(unfit))
        if wrong:
            row.end("refused", " ".join(wrong))
