"""What must be true when it is over: the ledgers against PostgreSQL, and every page against both."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from .house import House, load
from .ledger import read

ROWS = """SELECT conversation_id::text, seq, customer_position IS NOT NULL, kind, sender_id::text, client_id::text, body,
    deleted_at IS NOT NULL FROM messages ORDER BY conversation_id, seq"""
COUNTED = """SELECT c.id::text, c.staff_position - count(*), c.customer_position - count(*) FILTER (
        WHERE m.customer_position IS NOT NULL), max(m.seq) - c.staff_position
    FROM conversations c JOIN messages m ON m.tenant_id = c.tenant_id AND m.conversation_id = c.id
    JOIN events e ON e.tenant_id = m.tenant_id AND e.subject_id = m.id AND e.name LIKE 'message.%'
    GROUP BY c.tenant_id, c.id"""


@dataclass
class Row:
    conversation: str
    seq: int
    public: bool
    kind: str
    sender: str | None
    id: str
    body: str
    deleted: bool

    @property
    def shown(self) -> str | None:
        return None if self.deleted or self.kind == "system" else self.body


@dataclass
class Ledgers:
    """What the clients wrote down: what was sent, in order; what was answered; what was changed."""

    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    acked: set[str] = field(default_factory=set)
    tried: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)

    def take(self, line: dict[str, Any]) -> None:
        what, id = line["what"], line.get("id", "")
        if what == "sent":
            self.sent.setdefault(id, line)
        elif what == "acked":
            self.acked.add(id)
        elif what == "changes":
            self.tried[id] = line["text"]
        elif what == "changed":
            self.changed[id] = line["text"]

    def texts(self, id: str) -> set[str | None]:
        """What it may say: a change that was never answered may have come through or not."""
        if id in self.changed:
            return {self.changed[id]}
        return {self.sent[id]["text"]} | ({self.tried[id]} if id in self.tried else set())


def ledgers(house: House) -> Ledgers:
    found = Ledgers()
    for line in read(house.kept / "ledger.jsonl"):
        found.take(line)
    return found


def rows(house: House) -> tuple[dict[str, list[Row]], list[Any]]:
    """Every conversation's messages in order, and per conversation how far its counters are off its events."""
    by_conversation: dict[str, list[Row]] = defaultdict(list)
    with house.superuser() as connection:
        for line in connection.execute(ROWS):
            by_conversation[line[0]].append(Row(*line))
        return by_conversation, connection.execute(COUNTED).fetchall()


def stored(said: Ledgers, there: dict[str, list[Row]]) -> dict[str, int]:
    """Each acknowledged message exactly once with its text; nothing that nobody sent."""
    found = Counter((row.conversation, row.sender, row.id) for lines in there.values() for row in lines)
    by_id = {row.id: row for lines in there.values() for row in lines}
    lost = [id for id in said.acked if id not in by_id or by_id[id].shown not in said.texts(id)]
    spoken = [row for lines in there.values() for row in lines if row.kind != "system" and row.body != "Hello"]
    twice = Counter(token(row.body) for row in spoken if not row.deleted)
    return {
        "lost": len(lost),
        "duplicated": sum(n - 1 for n in found.values()) + sum(n - 1 for n in twice.values()),
        "invented": sum(1 for row in spoken if row.id not in said.sent),
    }


def token(body: str) -> str:
    """The tenant's canary and the message's number: no two messages share them."""
    return " ".join(body.split(" ", 2)[:2])


def ordered(said: Ledgers, there: dict[str, list[Row]], counted: list[Any]) -> dict[str, int]:
    """One sender's messages stand as they were sent, and the counters count every change, with no hole and no repeat."""
    seqs = {row.id: row.seq for lines in there.values() for row in lines}
    last: dict[tuple[str, str], int] = {}
    wrong = 0
    for id, line in said.sent.items():
        if id in seqs:
            key = (line["by"], line["conversation"])
            wrong += seqs[id] < last.get(key, 0)
            last[key] = max(last.get(key, 0), seqs[id])
    repeated = sum(len(lines) - len({row.seq for row in lines}) for lines in there.values())
    return {"out_of_order": wrong, "miscounted": repeated + sum(bool(a or b or c > 0) for _, a, b, c in counted)}


def pages(house: House, there: dict[str, list[Row]]) -> dict[str, int]:
    """Every page ends with exactly what PostgreSQL has for its reader, in that order, each once, in its last words."""
    found: Counter[str] = Counter()
    for page in load(house.kept / "lists.json"):
        wanted = [row for row in there[page["conversation"]] if page["staff"] or row.public]
        has = {id: text for id, seq, _, text in page["items"] if seq is not None}
        ids = [id for id, seq, _, _ in page["items"] if seq is not None]
        found["unseen_after_settle"] += sum(row.id not in has or has[row.id] != row.shown for row in wanted)
        found["duplicated"] += len(ids) - len(set(ids))
        place = {row.id: row.seq for row in wanted}
        order = [place[id] for id in ids if id in place]
        found["out_of_order"] += sum(a > b for a, b in pairwise(order))
        found["notes_at_customers"] += (
            sum(kind == "note" for _, _, kind, _ in page["items"]) if not page["staff"] else 0
        )
        found["invented"] += len(set(ids) - set(place))
    return found


def talked(house: House) -> dict[str, int]:
    """All of it."""
    said = ledgers(house)
    there, counted = rows(house)
    result = Counter({"acked": len(said.acked)})
    for part in (stored(said, there), ordered(said, there, counted), pages(house, there)):
        result.update(part)
    return dict(result)
