"""What may stand in the list twice: people and companies, each with how it is read, found and compared."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ..models.duplicate import CompanyPair, DuplicatePair, Pair
from . import blocks, firms, reading
from . import compare as people


@dataclass(frozen=True)
class Kind:
    """`batches` reads all, `these` some; of two that share one of `keys_of`, `compare` says how alike they are."""

    pairs: type[Pair]
    batches: Callable[[], Iterator[list[Any]]]
    these: Callable[[Iterable[UUID]], dict[UUID, Any]]
    keys_of: Callable[[Any], set[str]]
    compare: Callable[[Any, Any, int], tuple[int, list[str]]]


KINDS = {
    "customers": Kind(DuplicatePair, reading.everybody, reading.these, blocks.keys_of, people.compare),
    "companies": Kind(CompanyPair, reading.all_firms, reading.these_firms, firms.keys_of, firms.compare),
}
