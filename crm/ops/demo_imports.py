"""The demo's import: what a sales organisation won, from its own file. Its dirt shows what becomes of rows that do not fit."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from flask import g

from ..accounts.models import Employee
from ..catalog.models import Rate
from ..events import commit
from ..files import keep_content
from ..importing.guessing import suggested
from ..importing.jobs import work
from ..importing.kinds import importables
from ..importing.models import Import
from ..templating import speaking
from ..tenancy import current_tenant

WON = Path(__file__).with_name("demo_pipeline.csv")


def bring_won() -> None:
    """As a person does, step by step, with the worker's turns in between; companies and products are there by now."""
    by = Employee.find(name="Lena Vogt")
    g.actor_id = by.id
    Rate.keep("USD", date(2016, 1, 1), Decimal("0.92"))
    one = Import.begin("purchases", keep_content(WON.read_bytes(), "sales_pipeline.csv"), by)
    commit()
    with speaking(current_tenant.language):
        work(one.id, "reading")
        one = Import.locked(id=one.id)
        one.map(suggested(importables[one.kind], one)[0], "both", "external_id", clears=False)
        commit()
        work(one.id, "testing")
        Import.locked(id=one.id).run()
        commit()
        work(one.id, "running")
