"""Customers who stand in the list twice: how long a look at all takes, and how many it finds, beside what one SQL join finds."""

import os
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import insert, select, text

from crm.ops.scratch import scratch_servers

from .duplicates_people import Made, people
from .figures import options, show
from .mail import make_app

# What lists elsewhere do: the same address or the same number.
SAME = "SELECT array_agg(id ORDER BY id) FROM people WHERE kind = 'customer' AND {column} IS NOT NULL GROUP BY {column} HAVING count(*) > 1"
Pairs = set[tuple[UUID, UUID]]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    chosen = parser.parse_args()
    show(measure(chosen.customers), chosen.json)


def measure(number: int) -> dict[str, Any]:
    with scratch_servers() as servers, tempfile.TemporaryDirectory() as files:
        app = make_app(servers, files)
        with app.app_context():
            return look(app, people(number))


def look(app: Flask, made: list[Made]) -> dict[str, Any]:
    from crm.db import db
    from crm.tenancy import Tenant, as_tenant

    tenant = Tenant(slug="bench", name="Bench")
    db.session.add(tenant)
    db.session.commit()
    with as_tenant(tenant):
        truth = true_pairs(fill(made))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        (seconds, found), grown = timed(ours), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        bare_seconds, bare = timed(plain)
    return {
        "seconds": round(seconds, 1), **figures(found, truth), "customers": len(made), "true_pairs": len(truth),
        "found_pairs": len(found), "grown_mib": grown // 1024, "bare_seconds": round(bare_seconds, 2),
        **{f"bare_{name}": value for name, value in figures(bare, truth).items()}, "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def timed(work: Callable[[], Pairs]) -> tuple[float, Pairs]:
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def ours() -> Pairs:
    from crm.customers.duplicates.search import look_through
    from crm.customers.models import DuplicatePair, DuplicateSearch
    from crm.db import db

    look_through(DuplicateSearch().save())
    db.session.commit()
    return {(one, other) for one, other in db.session.execute(select(DuplicatePair.one_id, DuplicatePair.other_id))}


def plain() -> Pairs:
    from crm.db import db

    ways = (text(SAME.format(column=column)) for column in ("claimed_email", "phone"))
    groups = [ids for way in ways for (ids,) in db.session.execute(way)]
    return {(a, b) for ids in groups for n, a in enumerate(ids) for b in ids[n + 1 :]}


def figures(found: Pairs, truth: Pairs) -> dict[str, float]:
    right = len(found & truth)
    return {"precision": round(right / max(1, len(found)), 3), "recall": round(right / len(truth), 3)}


def fill(made: list[Made]) -> dict[int, list[UUID]]:
    """Into the table as an import would; returns {person: the ids of their rows}."""
    from crm.customers.models import Customer
    from crm.db import db, uuid7
    from crm.tenancy import current_tenant

    ids, rows = defaultdict(list), []
    for one in made:
        ids[one.who].append(uuid7())
        rows.append({
            "tenant_id": current_tenant.id, "id": ids[one.who][-1], "kind": "customer", "name": one.name,
            "claimed_email": one.email or None, "phone": one.phone or None, "street": one.street or None,
            "postal_code": one.postal_code or None, "city": one.city or None,
        })  # fmt: skip
    for at in range(0, len(rows), 5_000):
        db.session.execute(insert(Customer.__table__), rows[at : at + 5_000])
    db.session.commit()
    return ids


def true_pairs(ids: dict[int, list[UUID]]) -> Pairs:
    return {(a, b) if a < b else (b, a) for rows in ids.values() for n, a in enumerate(rows) for b in rows[n + 1 :]}


if __name__ == "__main__":
    main()
