"""Changing one value where it stands in the list."""

from typing import Any
from uuid import UUID

from flask import current_app, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.exceptions import NotFound

from ..db import end_reading
from ..events import commit
from ..web import Invalid, Kind, clean, read, wants_fragment
from .columns import Column
from .listing import Listing


def cell_page(listing: Listing, id: UUID, errors: dict[str, str] | None = None) -> Any:
    """The cell as a form, or as it stands with `?as=text`."""
    column, row = column_of(listing), listing.model.find(id=id)
    if request.args.get("as") == "text" and not errors:
        return drawn(listing, column, row)
    shown = {"listing": listing, "column": column, "row": row, "here": request.script_root + listing.path}
    return render_template("listing/_cell_form.html", error=next(iter((errors or {}).values()), ""), **shown)


def change_cell(listing: Listing, id: UUID) -> Any:
    column, row = column_of(listing), listing.model.locked(id=id)
    try:
        assert listing.change is not None
        guard_unseen(listing, column, row)
        listing.change(row, column, read(value=chosen() if column.several else typed)["value"])
    except Invalid as invalid:
        end_reading()
        return cell_page(listing, id, errors=invalid.errors), 422
    commit()
    return drawn(listing, column, row) if wants_fragment() else redirect(request.script_root + listing.path, 303)


def guard_unseen(listing: Listing, column: Column, row: Any) -> None:
    """The form says what stood in the cell: raises Invalid where that became something else meanwhile, which nobody would have
    seen before it is replaced. The form that comes back says what stands there now."""
    stands, known = column.typed(row), listing.look_up([row], (column,))
    if request.form.get("was", stands).splitlines() != stands.splitlines():  # a form ends lines in its own way
        words = column.show(row, known) or _("empty")
        raise Invalid(
            {"value": _("Meanwhile somebody changed this: %(words)s. Save again to replace it.", words=words)}
        )


def typed(raw: Any) -> str:
    return clean(raw or "", 10_000)


def chosen() -> Kind:
    """The ticked ones; one alone may be several with commas between."""

    def kind(values: Any) -> Any:
        found = [typed(value) for value in values or () if value]
        return found[0] if len(found) == 1 else found

    kind.several = True  # type: ignore[attr-defined]
    return kind


def column_of(listing: Listing) -> Column:
    """Raises NotFound for one that cannot be changed here, or not by this employee."""
    key = request.args.get("column", "")
    found = next((one for one in listing.columns(current_user) if one.key == key and one.edit), None)
    if found is None:
        raise NotFound(_("There is no such column."))
    return found


def drawn(listing: Listing, column: Column, row: Any) -> str:
    known, here = listing.look_up([row], (column,)), request.script_root + listing.path
    return str(macro_of(column)(column, row, known, here, current_user.may(f"{listing.area}.edit")))


def macro_of(column: Column) -> Any:
    """What draws its cells: (column, row, known, here, may_edit) -> HTML."""
    template: Any = current_app.jinja_env.get_template(column.template or "listing/_cell.html")
    return template.module.cell
