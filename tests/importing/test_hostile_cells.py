"""Whatever stands in whichever column of whichever kind: a row comes in or gets its sentence, and all of it goes again."""

import csv
import io
from typing import Any

import pytest
from sqlalchemy import func, select

from crm.accounts.models import Department
from crm.catalog.models import Product
from crm.customers.fields.models import CustomField
from crm.customers.models import Company
from crm.db import db
from crm.importing.kinds import importables
from crm.importing.models import Import, ImportRow
from tests import make
from tests.importing.files import figures, ran, sent, tried, work

BASE = {
    "customers": {"name": "Otto", "email": "r{}@acme.example"},
    "companies": {"name": "Company {}"},
    "products": {"name": "Product {}", "sku": "P-{}"},
    "tickets": {"subject": "Zip", "external_id": "T-{}"},
    "purchases": {
        "external_id": "A-{}",
        "customer": "mia@acme.example",
        "name": "Tent",
        "price": "5",
        "day": "2026-03-01",
    },
}
WHOLE = {
    "customers": "email",
    "companies": "name",
    "products": "sku",
    "tickets": "external_id",
    "purchases": "external_id",
}
HOSTILE = [
    "\x00a",
    "=1+1",
    "-5",
    "9" * 30,
    "1e400",
    "²",
    "\ufffd\u202e",
    "9999-12-31T23:59:59-23:59",
    "{}",
    "\\N",
    ",,,",
]
MONEY = ("price", "amount", "sum", "discount", "tax_rate", "stock", "rate")


def strangers() -> list[str]:
    """What somebody else's workspace has, by its ids, addresses and names."""
    far = make.customer("Far Away", email="far@globex.example", external_id="FAR-1", slug="globex")
    other = make.employee("Otto", slug="globex")
    with make.inside("globex"):
        own = [Company(name="Farco", domain="farco.example").save(), Department.add("Farmers")]
        own.append(Product(sku="FAR", name="Farm", kind="product").save())
        return [str(one.id) for one in (far, other, *own)] + [
            "far@globex.example",
            "FAR-1",
            "Far Away",
            "Farco",
            "Farmers",
            "FAR",
        ]


def names_others(one: Any) -> bool:
    return one.link is not None or one.name in ("custom_own_person", "custom_own_company")


def counted(table: Any) -> int:
    with make.inside():
        return (
            db.session.scalar(select(func.count()).select_from(table).where(table.c.tenant_id == make.tenant().id)) or 0
        )


@pytest.mark.parametrize("name", BASE)
def test_no_cell_of_any_column_breaks_an_import_reaches_another_workspace_or_stays(app, name):
    foreign, lead, kind = strangers(), make.browser(make.employee("Lena", "lead")), importables[name]
    make.customer("Mia", email="mia@acme.example")
    with make.inside():
        for type in ("number", "money", "date", "time", "person", "company"):
            CustomField.add({"companies": "company", "purchases": "transaction"}.get(name, name[:-1]), f"own_{type}", name=type,
                            type=type, filterable=True)  # fmt: skip
        fields = [one for one in kind.fields() if one.offered]
    before = counted(kind.table)
    tests = [(one, cell) for one in fields for cell in (*HOSTILE, *(foreign if names_others(one) else ()))]
    rows = [[{key: cell.format(place) for key, cell in BASE[name].items()}.get(one.name, "") for one in fields]
            for place in range(len(tests))]  # fmt: skip
    for row, (one, cell) in zip(rows, tests, strict=True):
        row[fields.index(one)] = cell
    twice = [{key: cell.format("twice") for key, cell in BASE[name].items()}.get(one.name, "") for one in fields]
    csv.writer(file := io.StringIO()).writerows([[one.name for one in fields], *rows, twice, twice])
    at = sent(lead, file.getvalue(), "hostile.csv", name)
    tried(lead, at, **{f"column_{place}": one.name for place, one in enumerate(fields)}, match=WHOLE[name], mode="both")
    page = ran(lead, at)
    assert counted(kind.table) - before == int(figures(page)["Created"]) > 0
    assert lead.get(f"{at}/refused.csv").status_code == 200
    with make.inside():
        one = db.session.scalars(select(Import)).one()
        assert one.done == one.rows == len(rows) + 2
        ended = dict(db.session.execute(select(ImportRow.number, ImportRow.outcome)).all())
    numbers = sorted(ended)
    taken = [(one.name, cell) for place, (one, cell) in enumerate(tests) if ended[numbers[place]] != "refused"
             and ((names_others(one) and cell in foreign) or (one.name.startswith(MONEY) and cell in ("-5", "9" * 30)))]  # fmt: skip
    assert taken == [] and "refused" in (ended[numbers[len(rows)]], ended[numbers[len(rows) + 1]]), "the second of two"
    lead.post(f"{at}/undo")
    work()
    assert figures(lead.get(at).text)["Taken back"] == figures(page)["Created"] and counted(kind.table) == before
    with make.inside("globex"):
        assert db.session.scalar(select(func.count()).select_from(Company)) == 1
