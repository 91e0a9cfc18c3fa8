"""Reviewing who may stand in the list twice, and saying so while somebody is entered."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy.orm import joinedload

from ...events import commit
from ...paging import page
from ...phones import as_e164, country_here
from ...web import choice, permitted, read, read_query, text, uuid
from ..blueprint import bp
from ..models.duplicate import DuplicatePair, DuplicateSearch
from .compare import SURE
from .entry import lookalikes

DECIDED = {"different": _l("Two different people. They are not shown again."), "later": _l("Shown again in a month.")}
WHY = {"name": _l("name"), "email": _l("e-mail"), "phone": _l("phone"), "address": _l("address")}


@bp.get("/customers/duplicates")
@permitted("customers.merge")
def duplicates() -> Any:
    query = DuplicatePair.open_ones().options(joinedload(DuplicatePair.one), joinedload(DuplicatePair.other))
    found = page(query, DuplicatePair.points, DuplicatePair.id, size=25)
    last = DuplicateSearch.last()
    return render_template("customers/duplicates.html", page=found, last=last, words=WHY, sure=SURE)


@bp.post("/customers/duplicates/searches")
@permitted("customers.merge")
def search_duplicates() -> Any:
    DuplicateSearch.ask(current_user)
    commit()
    flash(_("Looking through all customers now. Load this page again in a minute."), "good")
    return redirect(url_for("customers.duplicates"), 303)


@bp.post("/customers/duplicates/<uuid:id>")
@permitted("customers.merge")
def decide_duplicate(id: UUID) -> Any:
    pair = DuplicatePair.locked(id=id)
    pair.decide(read(state=choice(*DECIDED))["state"], current_user)
    commit()
    flash(str(DECIDED[pair.state]), "good")
    return redirect(url_for("customers.duplicates"), 303)


@bp.get("/customers/lookalikes")
@permitted("customers.edit")
def show_lookalikes() -> Any:
    """A part of the form: who looks like what has been typed so far."""
    line = text(max=254, optional=True)
    typed = read_query(name=line, email=line, phone=line, but=uuid(optional=True))
    phone = as_e164(typed["phone"], country_here()) if typed["phone"] else None
    found = lookalikes(typed["name"], typed["email"].lower(), phone, typed["but"])
    return render_template("customers/_lookalikes.html", found=found, words=WHY)
