"""One change to many records: to all of them, or to none with a sentence that says why."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from ..db import db
from ..events import commit
from ..web import Invalid, Kind, Refused, Unfit, choice, read, uuid
from .listing import Listing

MOST = 200


def ids() -> Kind:
    """The ticked ones, each once."""

    def kind(values: Any) -> list[UUID]:
        if not isinstance(values, list) or not 0 < len(values) <= MOST:
            raise Unfit(_("Tick from 1 to %(max)d first.", max=MOST))
        one = uuid()
        return sorted({one(value) for value in values})

    kind.several = True  # type: ignore[attr-defined]
    return kind


def change_many(listing: Listing) -> Any:
    """The list again, with what its address asked. An action `of_all` takes the ids and returns the sentence that is said."""
    fields = read(id=ids(), action=choice(*listing.actions))
    wanted, action = fields["id"], listing.actions[fields["action"]]
    verb = action.make()
    sentence = verb(wanted) if action.of_all else each(listing, verb, wanted)
    commit()
    flash(sentence, "good")
    return redirect(f"{request.script_root}{listing.path}?{request.query_string.decode()}", 303)


def each(listing: Listing, verb: Any, wanted: list[UUID]) -> str:
    for row in locked(listing, wanted):
        apply(verb, row)
    return ngettext("One was changed.", "%(num)s were changed.", len(wanted))


def locked(listing: Listing, wanted: list[UUID]) -> list[Any]:
    """All of them, under their locks, taken in the order of their ids. Raises Refused when one is not there."""
    model: Any = listing.model
    query = select(model).where(model.id.in_(wanted)).order_by(model.id)
    query = query.with_for_update(key_share=True, of=model).execution_options(populate_existing=True)
    found = list(db.session.scalars(query).all())
    if len(found) != len(wanted):
        raise Refused(_("Nothing was changed: one of those that you ticked is gone. Load the list again."))
    return found


def apply(verb: Any, row: Any) -> None:
    """Raises Refused that names the first one which does not allow it; nothing is committed then."""
    try:
        verb(row)
    except (Invalid, Refused) as refused:
        name = getattr(row, "shown_name", None) or getattr(row, "name", "")
        raise Refused(
            _("Nothing was changed, because of %(name)s: %(why)s", name=name, why=refused.description)
        ) from None
