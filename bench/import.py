"""Imports: customers validated, written, audited and told of in a second, beside a bare COPY of the same file."""

import os
import resource
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import func, select, text

from crm.ops.scratch import Servers, scratch_servers

from .figures import options, show
from .stack import cpu_seconds

HEADINGS = "Name,E-mail,Phone,Language,Country,City,Stage,Note"
MAPPING = dict(
    zip(HEADINGS.split(","), "name email phone language country city lifecycle_stage note".split(), strict=True)
)
CITIES = ("Berlin", "Wien", "Zürich", "Hamburg", "München")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    chosen = parser.parse_args()
    show(measure(chosen.rows), chosen.json)


def measure(rows: int) -> dict[str, Any]:
    with scratch_servers(careless=False) as servers, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(lines(rows))
        bare = bare_copy(servers, path)
        app = make_app(servers, folder)
        with app.app_context():
            found = imported(path, rows)
    return {"rows_per_s": round(rows / found["seconds"]), **found, "bare_copy_rows_per_s": round(rows / bare),
            "rows": rows, "load": round(os.getloadavg()[0], 1)}  # fmt: skip


def lines(rows: int) -> Any:
    """Every tenth without a phone, every hundredth with an address that is none."""
    yield HEADINGS + "\n"
    for n in range(rows):
        mail = f"anna.meier{n}@firm{n % 3000}.example.com" if n % 100 else f"anna.meier{n}"
        phone = f"+49 30 {9_000_000 + n}" if n % 10 else ""
        yield f'Anna Meier {n},{mail},{phone},de,Germany,{CITIES[n % 5]},lead,"Met at the fair, stand {n % 400}"\n'


def bare_copy(servers: Servers, path: Path) -> float:
    """Seconds for PostgreSQL to take the file into a table of texts without index, rule, audit or tenant."""
    columns = ", ".join(f"c{place} text" for place in range(len(MAPPING)))
    with psycopg.connect(servers.superuser_database_url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE bare ({columns})")
        began = time.perf_counter()
        with connection.cursor().copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy, path.open("rb") as file:
            while chunk := file.read(1 << 16):
                copy.write(chunk)
        seconds = time.perf_counter() - began
        connection.execute("DROP TABLE bare")
    return seconds


def make_app(servers: Servers, folder: str) -> Flask:
    from crm import create_app
    from crm.config import Config

    settings = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "FILES_DIR": f"{folder}/files"}
    return create_app(Config.from_env({**settings, "SECRET_KEY": "only-for-measuring-" * 3}))


def imported(path: Path, rows: int) -> dict[str, Any]:
    """As a worker does it: read in the child, then batch by batch, each committed."""
    from crm.db import db
    from crm.importing.jobs import go_on
    from crm.importing.models import Import
    from crm.tenancy import Tenant, as_tenant

    tenant = Tenant(slug="acme", name="Acme", country="DE")
    db.session.add(tenant)
    db.session.commit()
    with as_tenant(tenant):
        one = begun(path)
        began, used = time.perf_counter(), processor_seconds()
        go_on.work(str(one))
        read = time.perf_counter() - began
        before = resident()
        Import.locked(id=one).mapping = MAPPING
        Import.find(id=one).match, Import.find(id=one).state = "email", "tested"
        Import.find(id=one).run()
        db.session.commit()
        began = time.perf_counter()
        while Import.find(id=one).state == "running":
            go_on.work(str(one))
            db.session.expire_all()
        ran = time.perf_counter() - began
        return {"seconds": read + ran, "read_s": round(read, 2), "run_s": round(ran, 2), "peak_mib": peak(before),
                "cpu_us_per_row": per_row(used, rows), **counted(one, rows)}  # fmt: skip


def begun(path: Path) -> uuid.UUID:
    from werkzeug.datastructures import FileStorage

    from crm.accounts.models import Employee
    from crm.db import db
    from crm.files import keep_large
    from crm.importing.models import Import

    boss = Employee(name="Boss", email="boss@acme.test", role="owner").save()
    db.session.flush()
    with path.open("rb") as file:
        one = Import.begin("customers", keep_large(FileStorage(file, path.name), 1 << 30), boss)
    db.session.commit()
    return one.id


def counted(id: uuid.UUID, rows: int) -> dict[str, int]:
    """What is there now: each good row is a customer, an audit row and an event."""
    from crm.audit import Audit
    from crm.customers.models import Customer
    from crm.db import db
    from crm.events import Event
    from crm.importing.models import Import

    one = Import.find(id=id)
    customers = db.session.scalar(select(func.count()).select_from(Customer))
    audited = db.session.scalar(select(func.count()).where(Audit.table_name == "people", Audit.operation == "insert"))
    told = db.session.scalar(select(func.count()).where(Event.name == "customer.created"))
    assert customers == one.created == told == (audited or 0) - 1, (customers, one.created, told, audited)
    assert one.created + one.refused == rows
    return {"created": one.created, "refused": one.refused}


def processor_seconds() -> tuple[float, float]:
    from crm.db import db

    backend = db.session.scalar(text("SELECT pg_backend_pid()"))
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime, cpu_seconds(backend)


def per_row(before: tuple[float, float], rows: int) -> dict[str, float]:
    """Which other work on the machine disturbs less than the clock on the wall."""
    after = processor_seconds()
    return {
        name: round((b - a) / rows * 1e6, 1) for name, a, b in zip(("worker", "postgres"), before, after, strict=True)
    }


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def peak(before: int) -> float:
    """Of the worker alone, or of it and the child that reads, whichever is more."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return round(max(own, before + child) / 2**20, 1)


if __name__ == "__main__":
    main()
