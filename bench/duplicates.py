"""Customers and companies who stand in the list twice: how long a look at all takes, and how many it finds, beside what one SQL
join finds."""

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

from .duplicates_firms import MadeFirm, firms
from .duplicates_people import Made, people
from .figures import options, show
from .mail import make_app

# What lists elsewhere do: the same address or the same number; of companies the same domain or the same name.
SAME = "SELECT array_agg(id ORDER BY id) FROM {table} WHERE {column} IS NOT NULL GROUP BY {column} HAVING count(*) > 1"
PEOPLE, COMPANIES = ("people", "claimed_email", "phone"), ("companies", "domain", "lower(name)")
Pairs = set[tuple[UUID, UUID]]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--companies", type=int, default=30_000)
    chosen = parser.parse_args()
    show(measure(chosen.customers, chosen.companies), chosen.json)


def measure(customers: int, companies: int) -> dict[str, Any]:
    with scratch_servers() as servers, tempfile.TemporaryDirectory() as files:
        app = make_app(servers, files)
        with app.app_context():
            return look(app, people(customers), firms(companies))


def look(app: Flask, made: list[Made], made_firms: list[MadeFirm]) -> dict[str, Any]:
    from crm.customers.models import CompanyPair, DuplicatePair
    from crm.db import db
    from crm.tenancy import Tenant, as_tenant

    tenant = Tenant(slug="bench", name="Bench")
    db.session.add(tenant)
    db.session.commit()
    with as_tenant(tenant):
        truth = true_pairs(fill(made))
        same = true_pairs(fill_firms(made_firms))
        found = {"customers": len(made), **compared("customers", DuplicatePair, truth, PEOPLE)}
        of_firms = {"companies": len(made_firms), **compared("companies", CompanyPair, same, COMPANIES)}
    return {**found, **{name if name == "companies" else f"companies_{name}": one for name, one in of_firms.items()},
            "load": round(os.getloadavg()[0], 1)}  # fmt: skip


def compared(kind: str, pair: Any, truth: Pairs, bare_by: tuple[str, ...]) -> dict[str, Any]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, found = timed(lambda: ours(kind, pair))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    bare_seconds, bare = timed(lambda: plain(*bare_by))
    return {
        "seconds": round(seconds, 1), **figures(found, truth), "true_pairs": len(truth), "found_pairs": len(found),
        "grown_mib": grown // 1024, "bare_seconds": round(bare_seconds, 2),
        **{f"bare_{name}": value for name, value in figures(bare, truth).items()},
    }  # fmt: skip


def timed(work: Callable[[], Pairs]) -> tuple[float, Pairs]:
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def ours(kind: str, pair: Any) -> Pairs:
    from crm.customers.duplicates.kinds import KINDS
    from crm.customers.duplicates.search import look
    from crm.db import db

    look(KINDS[kind])
    db.session.commit()
    return {(one, other) for one, other in db.session.execute(select(pair.one_id, pair.other_id))}


def plain(table: str, *columns: str) -> Pairs:
    from crm.db import db

    ways = (text(SAME.format(table=table, column=column)) for column in columns)
    groups = [ids for way in ways for (ids,) in db.session.execute(way)]
    return {(a, b) for ids in groups for n, a in enumerate(ids) for b in ids[n + 1 :]}


def figures(found: Pairs, truth: Pairs) -> dict[str, float]:
    right = len(found & truth)
    return {"precision": round(right / max(1, len(found)), 3), "recall": round(right / len(truth), 3)}


def fill(made: list[Made]) -> dict[int, list[UUID]]:
    """Into the table as an import would; returns {person: the ids of their rows}."""
    from crm.customers.models import Customer
    from crm.db import uuid7
    from crm.tenancy import current_tenant

    ids, rows = defaultdict(list), []
    for one in made:
        ids[one.who].append(uuid7())
        rows.append({
            "tenant_id": current_tenant.id, "id": ids[one.who][-1], "kind": "customer", "name": one.name,
            "claimed_email": one.email or None, "phone": one.phone or None, "street": one.street or None,
            "postal_code": one.postal_code or None, "city": one.city or None,
        })  # fmt: skip
    put(Customer.__table__, rows)
    return ids


def fill_firms(made: list[MadeFirm]) -> dict[int, list[UUID]]:
    """Those that another belongs to stand there first."""
    from crm.customers.models import Company
    from crm.db import uuid7
    from crm.tenancy import current_tenant

    ids, rows = defaultdict(list), []
    for one in sorted(made, key=lambda one: one.above is not None):
        ids[one.who].append(uuid7())
        facts = {
            name: getattr(one, name) or None for name in ("domain", "website", "phone", "street", "postal_code", "city")
        }
        above = ids.get(one.above or 0, [None])[0]
        rows.append(
            {"tenant_id": current_tenant.id, "id": ids[one.who][-1], "name": one.name, "parent_id": above, **facts}
        )
    put(Company.__table__, rows)
    return ids


def put(table: Any, rows: list[dict[str, Any]]) -> None:
    from crm.db import db

    for at in range(0, len(rows), 5_000):
        db.session.execute(insert(table), rows[at : at + 5_000])
    db.session.commit()


def true_pairs(ids: dict[int, list[UUID]]) -> Pairs:
    return {(a, b) if a < b else (b, a) for rows in ids.values() for n, a in enumerate(rows) for b in rows[n + 1 :]}


if __name__ == "__main__":
    main()
