"""Erasing a person: what it means first, then their name has to be typed, then how far it is."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ...events import commit
from ...forms import redraw
from ...personal import emptied, going, harmless, lawful, words
from ...registry import panel
from ...web import Invalid, permitted, read, text
from ..blueprint import bp
from ..handing_out.gather import walked
from ..models import Customer, ids_of
from ..models.erasure import Erasure


@bp.get("/customers/<uuid:id>/erasure")
@permitted("customers.erase")
def new_erasure(id: UUID, errors: dict[str, str] | None = None) -> Any:
    asked = Erasure.first(customer_id=id)
    if asked:
        return shown(asked)
    customer = Customer.find(id=id)
    counts = {name: len(ids) for name, ids in walked({"people": set(ids_of(customer))}, whole=True)}
    return render_template("customers/erase.html", customer=customer, errors=errors, **parts(counts))


def parts(counts: dict[str, int]) -> dict[str, list[tuple[Any, int]]]:
    """Of what is counted by table: what goes, what is emptied, and what stays."""
    known = {"gone": lines(counts, going), "emptied": lines(counts, emptied), "lawful": lines(counts, lawful)}
    known["lawful"] += lines(counts, [name for name in harmless if name not in (*going, *emptied, *lawful)])
    known["emptied"] = [line for line in known["emptied"] if line not in known["lawful"]]
    return known


def lines(counts: dict[str, int], names: Any) -> list[tuple[Any, int]]:
    """[(what people call it, how many)] of what there is."""
    return [(words[name], counts[name]) for name in names if counts.get(name) and name in words]


@bp.post("/customers/<uuid:id>/erasure")
@permitted("customers.erase")
@redraw(new_erasure)
def create_erasure(id: UUID) -> Any:
    """Once, however often it is asked for: the worker does it."""
    asked = Erasure.first(customer_id=id)
    if asked is None:
        asked = Erasure.ask(confirmed(Customer.locked(id=id)), current_user)
        commit()
    return shown(asked)


def confirmed(customer: Customer) -> Customer:
    typed = read(name=text(optional=True))["name"]
    if typed.casefold() != customer.shown_name.casefold():
        raise Invalid({"name": _("This is not the name. Write it as it stands above.")})
    return customer


def shown(erasure: Erasure) -> Any:
    return redirect(url_for("customers.show_erasure", id=erasure.id), 303)


@bp.get("/customers/erasures/<uuid:id>")
@permitted("customers.erase")
def show_erasure(id: UUID) -> Any:
    """The page asks again for itself until it has happened."""
    erasure = Erasure.find(id=id)
    return render_template("customers/erasure.html", erasure=erasure, **parts(erasure.counts))


@bp.post("/customers/erasures/<uuid:id>/attempts")
@permitted("customers.erase")
def try_erasure_again(id: UUID) -> Any:
    erasure = Erasure.find(id=id)
    erasure.again()
    commit()
    return shown(erasure)


@panel("customer_menu")
def erase_item(customer: Customer) -> str | None:
    if not current_user.may("customers.erase"):
        return None
    return render_template("customers/_erase_item.html", customer=customer)
