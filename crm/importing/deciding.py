"""What becomes of each row of a batch: new, a change of a record that is there, nothing, or refused with a sentence."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import String, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import UserDefinedType

from ..db import db, uuid7
from ..names import plain
from ..tenancy import current_tenant
from ..web import Unfit
from . import words
from .kinds import Field, Importable, Link
from .preparing import Prepared, Reading
from .rows import hash_of
from .swapping import refuse_taken

SEVERAL = object()
# Thousands of values are looked up in an index, or in a hash of them; a plan for any values compares each row with each value.
ANEW = {"planned_anew": True}


class Deciding:
    """For the rows of one import, batch by batch."""

    def __init__(self, reading: Reading, mode: str, match: str, repeats: dict[str, dict[int, int]]):
        self.reading, self.mode, self.match, self.repeats = reading, mode, match, repeats
        self.kind: Importable = reading.kind
        self.columns = {name: one.column for name, one in reading.fields.items() if one.column}
        self.all_columns = {one.name: one.column for one in self.kind.fields() if one.column}

    def decide(self, rows: list[Prepared]) -> None:
        self.refuse_repeats(rows)
        self.find(rows)
        for row in waiting(rows):
            if row.found is None and self.mode != "update":
                row.record_id = uuid7()
        for one in self.reading.fields.values():
            if one.link:
                self.follow(one, one.link, rows)
        for row in waiting(rows):
            self.settle(row)
        self.kind.judge(waiting(rows), self.reading.keys)
        while self.refuse_orphans(rows) or refuse_taken(rows, self.reading.fields):
            pass
        self.read_extras([row for row in waiting(rows) if row.found])
        for row in waiting(rows):
            row.outcome = "created" if row.found is None else "updated" if self.compare(row) else "unchanged"
        for row in rows:
            if row.head and row.head.outcome in ("refused", "left_out"):
                row.end(row.head.outcome, words.not_joined(row.head.number))

    def refuse_repeats(self, rows: list[Prepared]) -> None:
        """Of rows with the same key the first one counts, wherever in the file it stands."""
        for key in self.reading.keys:
            before, here = self.repeats.get(key), dict[Any, int]()
            for row in waiting(rows):
                value = row.facts.get(key)
                if value is None or value == "":
                    continue
                first = here.setdefault(value, row.number)
                if before:
                    first = min(first, before.get(hash_of(str(value)), first))
                if first != row.number:
                    row.end("refused", words.repeated(self.reading.fields[key].label, first))

    def find(self, rows: list[Prepared]) -> None:
        """The records that the rows mean, and those that have a value of theirs already; locked until the batch is in."""
        known: dict[str, dict[Any, Any]] = {}
        for key in sorted(self.reading.keys):
            wanted = sorted({row.facts[key] for row in waiting(rows) if row.facts.get(key)})
            known[key] = {}
            for found in self.locked(key, wanted):
                known[key][found[key]] = SEVERAL if found[key] in known[key] else found
        for row in waiting(rows):
            owners = {key: known[key].get(row.facts.get(key)) for key in self.reading.keys}
            if SEVERAL in owners.values():
                row.end("refused", _("Several are called “%(value)s”.", value=row.facts[self.match]))
                continue
            row.found = owners.get(self.match)
            if self.match and not row.facts.get(self.match):
                row.found = next((owner for owner in owners.values() if owner), None)
            own = row.found["id"] if row.found else None
            for key, owner in owners.items():
                if owner and owner["id"] != own:
                    row.takes[key] = owner["id"]
        refuse_taken(rows, self.reading.fields)

    def locked(self, key: str, wanted: list[Any]) -> list[dict[str, Any]]:
        if not wanted:
            return []
        table = self.kind.table
        names = {"id", *self.kind.keys, *self.columns.values(), *self.kind.fixed()}
        query = select(*(table.c[name] for name in sorted(names))).where(
            table.c.tenant_id == current_tenant.id,
            table.c[key] == any_(array_of(wanted, table.c[key].type)),
            *self.kind.narrowed(),
        )
        query = query.order_by(table.c.id).with_for_update(key_share=True)
        return [dict(found) for found in db.session.execute(query, execution_options=ANEW).mappings()]

    def follow(self, one: Field, link: Link, rows: list[Prepared]) -> None:
        """Instead of what a cell says stands the id of what it means."""
        wanted = {row.facts[one.name] for row in waiting(rows) if row.facts.get(one.name)}
        known = ids_of(link, wanted)
        if link.table is self.kind.table:
            for row in waiting(rows):
                if row.found is None and row.record_id:
                    for name, way in link.ways:
                        loose = name == "plain_name"
                        key = name, way(str(row.facts.get("name" if loose else name) or ""))
                        known[key] = SEVERAL if loose and key in known else known.get(key, row.record_id)
        for row in waiting(rows):
            if cell := row.facts.get(one.name):
                keys = [(name, way(cell)) for name, way in link.ways]
                row.facts[one.name] = next((known[key] for key in keys if key[1] and key in known), None)
                if row.facts[one.name] is None:
                    row.end("refused", f"{one.label}: {str(link.sentence) % {'value': cell}}")
                elif row.facts[one.name] is SEVERAL:
                    row.end("refused", f"{one.label}: {_('Several are called “%(value)s”.', value=cell)}")

    def refuse_orphans(self, rows: list[Prepared]) -> bool:
        """Who names a row of the same file that was refused is refused, too; whether anybody was."""
        own = [one for one in self.reading.fields.values() if one.link and one.link.table is self.kind.table]
        gone = {row.record_id for row in rows if row.outcome in ("refused", "left_out") and row.record_id}
        refused = False
        while own and gone:
            left = [row for row in waiting(rows) if any(row.facts.get(one.name) in gone for one in own)]
            gone = {row.record_id for row in left if row.record_id}
            for row in left:
                row.end("refused", _("It names a row of this file that was refused."))
            refused = refused or bool(left)
        return refused

    def settle(self, row: Prepared) -> None:
        if row.found is not None and self.mode == "create":
            row.end("left_out", words.is_there())
        elif row.found is None and self.mode == "update":
            row.end("left_out", words.is_not_there())
        else:
            try:
                self.kind.complete(row.facts if row.found is None else row.found | row.facts, row.found is None)
            except Unfit as unfit:
                row.end("refused", str(unfit))

    def stored(self, row: Prepared) -> dict[str, Any]:
        """{column: value}, also of what no cell said and the kind added; where a cell was empty stands the usual value."""
        columns = self.all_columns
        return {columns[name]: fact for name, fact in row.facts.items() if fact is not None and name in columns}

    def read_extras(self, rows: list[Prepared]) -> None:
        for name, one in self.reading.fields.items():
            if one.extra:
                before = one.extra.read([row.found["id"] for row in rows if row.found])
                for row in rows:
                    assert row.found
                    row.found[f"extra {name}"] = before.get(row.found["id"])

    def compare(self, row: Prepared) -> bool:
        """Whether the record would be another; `changes` says in what."""
        assert row.found
        row.record_id = row.found["id"]
        for name, one in self.reading.fields.items():
            if name not in row.facts or not (one.column or one.extra):
                continue
            before = row.found[one.column] if one.column else row.found[f"extra {name}"]
            if one.join:
                row.facts[name] = one.join(before, row.facts[name])
            if (before or None) != (row.facts[name] or None) and (before, row.facts[name]) not in (
                (0, None),
                (None, 0),
            ):
                row.changes[name] = [written(before), written(row.facts[name])]
        return bool(row.changes)


def waiting(rows: Iterable[Prepared]) -> list[Prepared]:
    return [row for row in rows if not row.outcome]


def ids_of(link: Link, wanted: set[str]) -> dict[tuple[str, str], Any]:
    """{(column, value): id, or SEVERAL}"""
    known: dict[tuple[str, str], Any] = {}
    for name, way in (*link.by, ("plain_name", plain)):
        values = sorted({way(value) for value in wanted} - {""})
        for id, title, value in called(link, name, values):
            ways = [("name", title), ("plain_name", plain(title))] if name == "plain_name" else [(name, value)]
            for key in ways:
                known[key] = SEVERAL if key in known else id
    return known


def called(link: Link, name: str, values: list[str]) -> Iterable[Any]:
    """(id, name, value) of those with one of the values in a column."""
    if not values:
        return ()
    table = link.table
    query = select(table.c.id, table.c.name, table.c[name]).where(table.c.tenant_id == current_tenant.id)
    return db.session.execute(query.where(table.c[name] == any_(array_of(values))), execution_options=ANEW)


class Texts(UserDefinedType[Any]):
    """Texts as PostgreSQL writes them in one: psycopg would look at each value of a list anew."""

    cache_ok = render_bind_cast = True

    def get_col_spec(self, **_: Any) -> str:
        return "TEXT[]"

    def bind_processor(self, dialect: Any) -> Any:
        return lambda values: '{"' + '","'.join(map(quoted, values)) + '"}' if values else "{}"


def quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def array_of(values: list[Any], kind: Any = None) -> Any:
    texts = kind is None or isinstance(kind, String)
    return bindparam(None, values, type_=Texts() if texts else ARRAY(kind))


def written(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, UUID | Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime) else value
