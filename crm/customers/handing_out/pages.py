"""Asking for everything about a person, seeing how far it is, and getting it."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.exceptions import NotFound

from ...events import commit
from ...files import path_of, shown_name
from ...registry import panel
from ...web import permitted
from ..blueprint import bp
from ..models import Customer
from ..models.person_export import PersonExport


@bp.post("/customers/<uuid:id>/exports")
@permitted("customers.erase")
def create_export(id: UUID) -> Any:
    export = PersonExport.ask(Customer.locked(id=id), current_user)
    commit()
    return redirect(url_for("customers.show_export", id=export.id), 303)


@bp.get("/customers/exports/<uuid:id>")
@permitted("customers.erase")
def show_export(id: UUID) -> Any:
    """The page asks again for itself until it is ready."""
    return render_template("customers/export.html", export=mine(id))


@bp.get("/customers/exports/<uuid:id>/file")
@permitted("customers.erase")
def get_export(id: UUID) -> Any:
    export = mine(id)
    path = path_of(export.file_id)
    if export.state != "ready" or not path.is_file():
        raise NotFound()
    name = shown_name(_("Everything about %(name)s", name=export.customer.shown_name) + ".zip")
    answer = send_file(path, "application/zip", as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/customers/exports/<uuid:id>/attempts")
@permitted("customers.erase")
def try_export_again(id: UUID) -> Any:
    mine(id).again()
    commit()
    return redirect(url_for("customers.show_export", id=id), 303)


@bp.post("/customers/exports/<uuid:id>/removal")
@permitted("customers.erase")
def remove_export(id: UUID) -> Any:
    mine(id).end()
    commit()
    return redirect(url_for("customers.show_export", id=id), 303)


def mine(id: UUID) -> PersonExport:
    """Only whoever asked for it gets it. Raises NotFound for everybody else's."""
    return PersonExport.find(id=id, asked_by_id=current_user.id)


@panel("customer_menu")
def export_item(customer: Customer) -> str | None:
    if not current_user.may("customers.erase"):
        return None
    return render_template("customers/_export_item.html", customer=customer)
