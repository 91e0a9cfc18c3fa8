"""Where everybody stands in the picture: the middle, those next to it on a circle, and the others behind whom they belong to."""

from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any
from uuid import UUID

from .graph import Near, Node

WIDTH, HEIGHT = 760, 620
RINGS = (0, 150, 262)
LETTERS = 16


@dataclass(frozen=True)
class Spot:
    node: Node
    x: int
    y: int

    @property
    def short(self) -> str:
        return self.node.name if len(self.node.name) <= LETTERS else self.node.name[: LETTERS - 1] + "…"

    @property
    def initials(self) -> str:
        words = self.node.name.split()
        return "".join(word[0] for word in (words[0], words[-1])[: len(words)]).upper() if words else "?"


def spots(near: Near) -> dict[UUID, Spot]:
    """Each of the first circle gets room for whoever stands behind them."""
    behind: dict[Any, list[Node]] = {}
    for node in near.nodes.values():
        behind.setdefault(node.behind, []).append(node)
    [middle] = behind.get(None, [])
    found = {middle.id: Spot(middle, WIDTH // 2, HEIGHT // 2)}
    first = behind.get(middle.id, [])
    room = [max(1.0, 0.8 * len(behind.get(node.id, []))) for node in first]
    angle = -pi / 2
    for node, part in zip(first, room, strict=True):
        width = 2 * pi * part / sum(room)
        found[node.id] = at(node, angle + width / 2)
        theirs = behind.get(node.id, [])
        for n, other in enumerate(theirs):
            found[other.id] = at(other, angle + width * (n + 0.5) / len(theirs))
        angle += width
    return found


def at(node: Node, angle: float) -> Spot:
    far = RINGS[node.ring]
    return Spot(node, round(WIDTH / 2 + 1.28 * far * cos(angle)), round(HEIGHT / 2 + far * sin(angle)))


def lines(near: Near, where: dict[UUID, Spot]) -> list[tuple[Spot, Spot]]:
    ends = {(relation.from_id, relation.to_id) for relation in near.relations}
    return [(where[one], where[other]) for one, other in ends if one in where and other in where]
