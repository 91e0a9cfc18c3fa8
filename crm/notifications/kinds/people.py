"""What long work about a person tells whoever asked for it: it is done, or failed. Never whom it is about: what is told outlives
an erasure, and is mailed and pushed."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import String, cast, delete, literal, select

from ...customers.models import Erasure, PersonExport
from ...db import db
from ...events import Event, later
from ...personal import Erasing, erases
from ..models import Notification
from ..telling import tell
from . import kind

EXPORTS = "/customers/exports/"


@kind("erased", _l("Somebody whom you had erased is erased, or could not be"), "eraser")
def say_erased(told: Any) -> str:
    if told.facts["failed"]:
        return _("Somebody whom you wanted erased could not be: see why")
    return _("The erasure that you asked for is done: what stays calls them %(name)s", name=told.facts["called"])


@later("customer.erased", "erasure.failed")
def tell_of_erasure(event: Event) -> None:
    """What was tried again meanwhile has not failed any more."""
    erasure: Erasure = event.subject
    failed = event.name == "erasure.failed"
    if failed == (erasure.state == "failed"):
        called = "" if failed else erasure.customer.shown_name
        about: dict[str, Any] = {"path": f"/customers/erasures/{erasure.id}", "failed": failed, "called": called}
        tell("erased", erasure.by_id, f"erasure:{event.id}", None, **about)


@kind("put_together", _l("What you had put together about a customer is ready, or could not be"), "file-zip")
def say_put_together(told: Any) -> str:
    if told.facts["failed"]:
        return _("What you wanted to have about a customer could not be put together: see why")
    return _("What you wanted to have about a customer is ready: get it within a day")


@later("person_export.ready", "person_export.failed")
def tell_of_export(event: Event) -> None:
    """Gone with its person, removed or tried again meanwhile it is no news any more."""
    export: PersonExport | None = event.subject
    state = event.name.partition(".")[2]
    if export is not None and export.state == state:
        about: dict[str, Any] = {"path": f"{EXPORTS}{export.id}", "failed": state == "failed"}
        tell("put_together", export.asked_by_id, f"person_export:{event.id}", None, **about)


@erases
def forget_where_exports_were(mine: Erasing) -> None:
    """Their pages go with the person."""
    theirs = select(literal(EXPORTS) + cast(PersonExport.id, String)).where(
        PersonExport.id.in_(mine.ids("person_exports"))
    )
    gone = delete(Notification).where(
        Notification.kind == "put_together", Notification.facts["path"].astext.in_(theirs)
    )
    db.session.execute(gone.execution_options(synchronize_session=False))
