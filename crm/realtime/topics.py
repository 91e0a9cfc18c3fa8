"""A topic is an audience of one record, derived on the server; a client never names one."""

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID


class Topic(NamedTuple):
    """`kind` says what `id` is; `audience` is staff or customer, who must never hear the same."""

    tenant_id: UUID
    kind: str
    id: UUID
    audience: str = "staff"

    def __str__(self) -> str:
        base = f"{self.tenant_id}:{self.kind}:{self.id}"
        return base if self.audience == "staff" else f"{base}:{self.audience}"


# kind -> a function that reads {(id, audience): position} for ids, in one statement, within the tenant.
Positions = Callable[[list[UUID]], dict[tuple[UUID, str], int]]
position_sources: dict[str, Positions] = {}


def positioned(kind: str) -> Callable[[Positions], Positions]:
    """Register how the positions of a kind of topic are read; other kinds reload their fragments instead."""

    def decorate(source: Positions) -> Positions:
        position_sources[kind] = source
        return source

    return decorate
