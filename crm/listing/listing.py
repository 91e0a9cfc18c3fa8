"""A list as a feature declares it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..db import Record
from .columns import Column


@dataclass(frozen=True)
class Listing:
    """`columns` gives those that a viewer may see. `shown` and `sort` are keys, for want of others.

    `search` makes conditions of words; `look_up` gets what the chosen columns of the rows on a page need and gives {column's
    key: {value: word}}; `change` sets one column of a locked record from the form of a cell; `actions` are changes of many:
    {name: (word, a function of the form that gives a verb)}. `area` names the permissions: <area>.read, <area>.edit and
    <area>.export. `always` are conditions of whatever is asked for, with the
    `values` that they need when pages are read.
    """

    name: str
    model: type[Record]
    word: Any
    path: str
    columns: Callable[[Any], list[Column]]
    shown: tuple[str, ...]
    sort: str
    search: Callable[[str], list[Any]]
    area: str = "customers"
    look_up: Callable[[list[Any], tuple[Column, ...]], dict[str, Any]] = lambda rows, columns: {}
    always: Callable[[Any], list[Any]] = lambda asked: []
    change: Callable[[Any, Column, str], None] | None = None
    actions: dict[str, Any] = field(default_factory=dict)
    template: str = "listing/list.html"
    options: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
