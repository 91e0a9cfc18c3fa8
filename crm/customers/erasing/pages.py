"""Erasing a person: what it means first, then their name has to be typed."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
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
from .erase import erase_customer


@bp.get("/customers/<uuid:id>/erasure")
@permitted("customers.erase")
def new_erasure(id: UUID, errors: dict[str, str] | None = None) -> Any:
    customer = Customer.find(id=id)
    counts = {name: len(ids) for name, ids in walked({"people": set(ids_of(customer))}, whole=True)}
    parts = {"gone": going, "emptied": emptied, "lawful": lawful}
    known = {part: lines(counts, names) for part, names in parts.items()}
    known["lawful"] += lines(counts, [name for name in harmless if name not in (*going, *emptied, *lawful)])
    known["emptied"] = [line for line in known["emptied"] if line not in known["lawful"]]
    return render_template("customers/erase.html", customer=customer, errors=errors, **known)


def lines(counts: dict[str, int], names: Any) -> list[tuple[Any, int]]:
    """[(what people call it, how many)] of what there is."""
    return [(words[name], counts[name]) for name in names if counts.get(name) and name in words]


@bp.post("/customers/<uuid:id>/erasure")
@permitted("customers.erase")
@redraw(new_erasure)
def create_erasure(id: UUID) -> Any:
    customer = Customer.find(id=id)
    typed = read(name=text(optional=True))["name"]
    if typed.casefold() != customer.shown_name.casefold():
        raise Invalid({"name": _("This is not the name. Write it as it stands above.")})
    erase_customer(id, current_user)
    commit()
    flash(_("Erased. Nothing is known of this person any more, and it cannot be undone."), "good")
    return redirect(url_for("customers.index"), 303)


@panel("customer_menu")
def erase_item(customer: Customer) -> str | None:
    if not current_user.may("customers.erase"):
        return None
    return render_template("customers/_erase_item.html", customer=customer)
