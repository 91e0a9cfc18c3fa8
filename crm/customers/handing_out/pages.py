"""Asking for everything about a person, seeing how far it is, and getting it."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, send_file, url_for
from flask_login import current_user
from werkzeug.exceptions import NotFound

from ...events import commit
from ...files import path_of
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
    """The page asks again for itself every two seconds until it is ready."""
    return render_template("customers/export.html", export=PersonExport.find(id=id))


@bp.get("/customers/exports/<uuid:id>/file")
@permitted("customers.erase")
def get_export(id: UUID) -> Any:
    export = PersonExport.find(id=id)
    path = path_of(export.file_id)
    if export.state != "ready" or not path.is_file():
        raise NotFound()
    answer = send_file(path, "application/zip", as_attachment=True, download_name=f"{export.customer.id}.zip")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@panel("customer_menu")
def export_item(customer: Customer) -> str | None:
    if not current_user.may("customers.erase"):
        return None
    return render_template("customers/_export_item.html", customer=customer)
