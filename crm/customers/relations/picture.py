"""Where everybody stands in the picture: a tree with a row for each, so that no name lies on another's.

Two pictures of the same: to both sides of the middle, and downwards for what is narrow.
"""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any
from uuid import UUID

from .graph import Near, Node

ROW, FACE, STEP, OUT = 46, 18, 44, 84  # one row; a face; from a ring to the next; from the middle to the first ring
WIDE, NARROW = 820, 340
LETTERS = 30


@dataclass(frozen=True)
class Spot:
    """`side` 1 stands to the right, -1 to the left of the middle; `word` is what the one behind is to them."""

    node: Node
    x: int
    y: int
    side: int
    word: str

    @property
    def short(self) -> str:
        return self.node.name if len(self.node.name) <= LETTERS else self.node.name[: LETTERS - 1] + "…"

    @property
    def initials(self) -> str:
        words = self.node.name.split()
        return "".join(word[0] for word in (words[0], words[-1])[: len(words)]).upper() if words else "?"


@dataclass
class Picture:
    """`lines` and `more` are paths: to those who stand behind somebody, and between others who are related."""

    width: int
    height: int
    spots: dict[UUID, Spot]
    lines: list[str]
    more: list[str]


def pictures(near: Near) -> dict[str, Picture]:
    """{"wide": …, "narrow": …}"""
    words = words_of(near)
    return {"wide": to_both_sides(near, words), "narrow": downwards(near, words)}


def words_of(near: Near) -> dict[tuple[UUID, UUID], str]:
    """{(one, other): what one is to the other}, for both directions of every relation."""
    found: dict[tuple[UUID, UUID], dict[str, None]] = {}
    for relation in near.relations:
        found.setdefault((relation.from_id, relation.to_id), {})[relation.kind.name] = None
        found.setdefault((relation.to_id, relation.from_id), {})[relation.kind.reverse] = None
    return {pair: ", ".join(words) for pair, words in found.items()}


def branches(near: Near) -> tuple[Node, list[list[Node]]]:
    """The middle, and each next to it with those behind them."""
    behind: dict[Any, list[Node]] = {}
    for node in near.nodes.values():
        behind.setdefault(node.behind, []).append(node)
    [middle] = behind.get(None, [])
    return middle, [[first, *behind.get(first.id, [])] for first in behind.get(middle.id, [])]


def to_both_sides(near: Near, words: dict[Any, str]) -> Picture:
    middle, found = branches(near)
    sides = halves(found)
    height = max(3, *(len(nodes) for _, nodes in sides)) * ROW + 10
    spots = {middle.id: Spot(middle, WIDE // 2, height // 2, 0, "")}
    for side, nodes in sides:
        top = (height - len(nodes) * ROW) // 2 + ROW // 2
        for row, node in enumerate(nodes):
            x = WIDE // 2 + side * (OUT + STEP * (node.ring - 1))
            spots[node.id] = Spot(node, x, top + row * ROW, side, word_of(node, words))
    return drawn(near, spots, WIDE, height, WIDE // 2)


def halves(found: list[list[Node]]) -> list[tuple[int, list[Node]]]:
    """Those to the right of the middle and those to its left, about as many; nobody is parted from who is behind."""
    sizes = list(accumulate(map(len, found)))
    cut = 1 + bisect_left(sizes, sum(map(len, found)) / 2)
    return [(1, list(chain(*found[:cut]))), (-1, list(chain(*found[cut:])))]


def downwards(near: Near, words: dict[Any, str]) -> Picture:
    middle, found = branches(near)
    spots = {}
    for row, node in enumerate([middle, *chain(*found)]):
        spots[node.id] = Spot(node, FACE + 6 + STEP * node.ring, row * ROW + ROW // 2 + 5, 1, word_of(node, words))
    return drawn(near, spots, NARROW, len(spots) * ROW + 10, 0)


def word_of(node: Node, words: dict[Any, str]) -> str:
    return words.get((node.behind, node.id), "")


def drawn(near: Near, spots: dict[UUID, Spot], width: int, height: int, inside: int) -> Picture:
    """`inside` is where lines between those who stand at the same side bend to."""
    tree = {(node.behind, node.id) for node in near.nodes.values() if node.behind}
    pairs = {(min(one.from_id, one.to_id), max(one.from_id, one.to_id)) for one in near.relations}
    beside = sorted(pair for pair in pairs if not tree & {pair, pair[::-1]})
    lines = [branch(spots[one], spots[other]) for one, other in tree if one in spots]
    return Picture(width, height, spots, lines, [bend(spots[one], spots[other], inside) for one, other in beside])


def branch(one: Spot, other: Spot) -> str:
    """From the middle in a curve, else down and then out, which leaves the names free."""
    if one.side == 0:
        half = (one.x + other.x) // 2
        return f"M{one.x} {one.y}C{half} {one.y} {half} {other.y} {other.x} {other.y}"
    return f"M{one.x} {one.y}V{other.y}H{other.x}"


def bend(one: Spot, other: Spot, inside: int) -> str:
    x = max(one.x, other.x) + FACE + 16 if one.x < inside else min(one.x, other.x) - FACE - 16
    return f"M{one.x} {one.y}Q{x if one.side == other.side else inside} {(one.y + other.y) // 2} {other.x} {other.y}"
