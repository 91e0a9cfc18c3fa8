"""Reviewing which people and companies may stand in the list twice, and saying so while one is entered."""

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
from ..models.duplicate import DuplicateSearch, Pair
from .compare import SURE
from .entry import lookalikes, similar_companies
from .kinds import KINDS

DECIDED = {"different": _l("They stay two, and are not shown again."), "later": _l("Shown again in a month.")}
WHY = {
    "name": _l("name"),
    "email": _l("e-mail"),
    "domain": _l("domain"),
    "phone": _l("phone"),
    "address": _l("address"),
}
OF_KIND = "/<any(customers, companies):who>/duplicates"


@bp.get(OF_KIND)
@permitted("customers.merge")
def duplicates(who: str) -> Any:
    pair: Any = KINDS[who].pairs
    query = pair.open_ones().options(joinedload(pair.one), joinedload(pair.other))
    found = page(query, pair.points, pair.id, size=25)
    last = DuplicateSearch.last()
    return render_template("customers/duplicates.html", who=who, page=found, last=last, words=WHY, sure=SURE)


@bp.post(f"{OF_KIND}/searches")
@permitted("customers.merge")
def search_duplicates(who: str) -> Any:
    DuplicateSearch.ask(current_user)
    commit()
    flash(_("Looking through all customers and companies now. What is found will stand here."), "good")
    return redirect(url_for("customers.duplicates", who=who), 303)


@bp.post(f"{OF_KIND}/<uuid:id>")
@permitted("customers.merge")
def decide_duplicate(who: str, id: UUID) -> Any:
    pair: Pair = KINDS[who].pairs.locked(id=id)
    pair.decide(read(state=choice(*DECIDED))["state"], current_user)
    commit()
    flash(str(DECIDED[pair.state]), "good")
    return redirect(url_for("customers.duplicates", who=who), 303)


@bp.get("/customers/lookalikes")
@permitted("customers.edit")
def show_lookalikes() -> Any:
    """A part of the form: who looks like what has been typed so far."""
    line = text(max=254, optional=True)
    typed = read_query(name=line, email=line, phone=line, but=uuid(optional=True))
    found = lookalikes(typed["name"], typed["email"].lower(), number(typed["phone"]), typed["but"])
    return render_template("customers/_lookalikes.html", who="customers", found=found, words=WHY)


@bp.get("/companies/lookalikes")
@permitted("customers.edit")
def show_similar_companies() -> Any:
    line = text(max=300, optional=True)
    typed = read_query(name=line, domain=line, website=line, phone=line, but=uuid(optional=True))
    hosts = typed["domain"], typed["website"]
    found = similar_companies(typed["name"], hosts, number(typed["phone"]), typed["but"])
    return render_template("customers/_lookalikes.html", who="companies", found=found, words=WHY)


def number(typed: str) -> str | None:
    return as_e164(typed, country_here()) if typed else None
