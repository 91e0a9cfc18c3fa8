"""What can be imported: a feature says so with one small file, `importable.py`."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from sqlalchemy import FromClause, Table, literal_column, select

from ..names import PLAIN, plain
from ..web import Kind

if TYPE_CHECKING:
    from .preparing import Prepared

importables: dict[str, "Importable"] = {}
guards: list[Callable[["Importable"], None]] = []  # each raises Refused when nothing can be written of a kind right now


@dataclass(frozen=True)
class Link:
    """Cells that name rows of `table`: by one of the columns `by`, the first that knows the cell, or by their name as it stands,
    or else in any capitals and however it is spaced, for which the table has a column `plain_name`. `where` narrows the table,
    which then is none that a file's own rows become rows of: a customer named as a colleague is not that colleague.

    Beside a column stands how a cell is written there. `sentence` says that nobody is called %(value)s.
    """

    table: FromClause
    by: tuple[tuple[str, Callable[[str], str]], ...]
    sentence: Any
    where: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        if self.where:
            names = dict.fromkeys(("tenant_id", "id", "name", "plain_name", *(name for name, _way in self.by)))
            narrowed = select(*(self.table.c[name] for name in names)).where(*self.where).subquery()
            object.__setattr__(self, "table", narrowed)
            object.__setattr__(self, "where", ())

    @property
    def ways(self) -> tuple[tuple[str, Callable[[str], str]], ...]:
        return *self.by, ("name", str), ("plain_name", plain)


def by_heart(table: Table, *conditions: Any) -> FromClause:
    """Rows of a table that has few of them, with their `plain_name`."""
    plain_name: list[Any] = [] if "plain_name" in table.c else [literal_column(PLAIN).label("plain_name")]
    return select(table, *plain_name).where(*conditions).subquery()


class Extra:
    """Values of a record that stand in a table of their own. One field, any number of records in a few statements."""

    def read(self, ids: list[UUID]) -> dict[UUID, Any]:
        """What they have now, as JSON takes it; those that have nothing may be missing."""
        raise NotImplementedError

    def write(self, values: dict[UUID, Any]) -> None:
        """This is what they have from now on; None is nothing."""
        raise NotImplementedError

    def taken_back(self, present: Any, before: Any, after: Any) -> Any:
        """What one has when a change from `before` to `after` is taken back: what came since stays."""
        return before


def grown(before: Any, value: Any) -> Any:
    """What a record has after a file brought more of something."""
    return [*(before or []), *(one for one in value or [] if one not in (before or []))]


@dataclass(frozen=True)
class Field:
    """One thing that a column can be. `kind` reads a cell as it reads a form's field (see crm/web.py).

    `column` is where it stands in the table, "" for nowhere: an `extra`, or something that `shape` makes use of.
    `headings` are others that mean it, in small letters. `several` takes many columns, joined by line ends. `looks` says
    whether a cell can be nothing else. `join` makes of what a record has and what a cell says what it has then. What is not
    `offered` is no column's: `shape` fills it. What is `rare` is offered for files of which a column is called so. `seen`
    leaves of a value what the signed-in employee may see.
    """

    name: str
    label: Any
    kind: Kind
    column: str = ""
    headings: tuple[str, ...] = ()
    link: Link | None = None
    extra: Extra | None = None
    several: bool = False
    looks: Callable[[str], bool] | None = None
    join: Callable[[Any, Any], Any] | None = None
    offered: bool = True
    rare: bool = False
    seen: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Source:
    """A program whose export is known: {heading in small letters: field}. `signs` are headings that only it has."""

    name: str
    signs: frozenset[str]
    fields: dict[str, str]


@dataclass(slots=True)
class Written:
    """A record that a batch made or changed: `changes` is {field: [before, after]} of a changed one, `facts` {field: value}."""

    id: UUID
    created: bool
    changes: dict[str, list[Any]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def now_has(self, name: str) -> tuple[bool, Any]:
        """Whether a field is another now, and what it is."""
        if self.created:
            return name in self.facts, self.facts.get(name)
        return name in self.changes, self.changes.get(name, (None, None))[1]


class Importable:
    """A kind of record. `table` is where it stands, `noun` begins the names of its events.

    `keys` are the columns, each unique in the workspace, by which a row finds its record; `finders` others by which it may.
    `parts` are tables that go with a record and say something of it: a new one that got more of these since is not taken back.
    Rows with the same `together`, a key, are one record: they come to `gather` side by side, wherever in the file they stand.
    """

    name: ClassVar[str]
    noun: ClassVar[str]
    word: ClassVar[Any]
    icon: ClassVar[str]
    permission: ClassVar[str]
    table: ClassVar[Table]
    keys: ClassVar[tuple[str, ...]] = ("external_id",)
    finders: ClassVar[tuple[str, ...]] = ()
    parts: ClassVar[frozenset[str]] = frozenset()
    together: ClassVar[str] = ""
    sources: ClassVar[tuple[Source, ...]] = ()
    example: ClassVar[str] = ""

    def fields(self) -> list[Field]:
        raise NotImplementedError

    def fixed(self) -> dict[str, Any]:
        """What a new row has in columns that no cell filled."""
        return {}

    def narrowed(self) -> tuple[Any, ...]:
        """Conditions for the rows of the table that are of this kind."""
        return ()

    def shape(self, facts: dict[str, Any]) -> None:
        """Put together what stands in several columns. Raises Unfit."""

    def gather(self, rows: "list[Prepared]") -> None:
        """Make of the rows of a record one, which the others join; leave out what is none. Sends no statement."""

    def complete(self, facts: dict[str, Any], new: bool) -> None:
        """Whether a record would have what it must have; `facts` of a new one may be added to. Raises Unfit."""

    def judge(self, rows: "list[Prepared]", keys: Collection[str]) -> None:
        """End those rows of a batch that cannot be, seen together or beside what is there.

        Those whose value of one of `keys` is somebody else's have ended before.
        """

    def before_write(self, new: list[dict[str, Any]]) -> None:
        """Facts of all new records of a batch, such as their numbers."""

    def after_write(self, written: list[Written]) -> None:
        """What else must happen in this transaction, also when an import is taken back."""

    def events(self, one: Written) -> list[tuple[str, dict[str, Any]]]:
        return [(f"{self.noun}.{'created' if one.created else 'changed'}", {})]

    def customer_of(self, one: Written) -> UUID | None:
        """On whose page its events are told."""

    def needed(self, ids: list[UUID]) -> set[UUID]:
        """Those to which something belongs by now, so that an import of them is not taken back; foreign keys know others."""
        return set()

    def before_removal(self, ids: list[UUID]) -> None:
        """Let go of what no foreign key takes along."""

    def path(self, id: Any) -> str:
        """Of the record's page, within the workspace."""
        raise NotImplementedError

    def paths(self, ids: list[UUID]) -> dict[UUID, str]:
        """Those of many, for pages that are not found by the record's id."""
        return {id: self.path(id) for id in ids}


def importable(cls: type[Importable]) -> type[Importable]:
    importables[cls.name] = cls()
    return cls
