"""What is known of two customers, side by side, and which of it stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select

from ...db import db
from ...phones import phone_as_written
from ..fields.registry import editable, fields_of, kind_of
from ..fields.types import shown as in_words
from ..models import Customer, CustomerEmail
from ..phones import other_numbers
from .naming import own_fields

LABELS = {
    "name": _l("Name"),
    "email": _l("E-mail"),
    "claimed_email": _l("E-mail that they typed"),
    "phone": _l("Phone"),
    "external_id": _l("Number in your shop"),
    "company_id": _l("Company"),
    "street": _l("Street"),
    "postal_code": _l("Postal code"),
    "city": _l("City"),
    "region": _l("Region"),
    "country": _l("Country"),
    "language": _l("Language"),
    "time_zone": _l("Time zone"),
    "lifecycle_stage": _l("Stage"),
    "owner_id": _l("Owner"),
    "note": _l("Note"),
}
STAGES = {"lead": _l("Lead"), "prospect": _l("Prospect"), "customer": _l("Customer"), "former": _l("Former")}
TOGETHER = {"avatar_id": "avatar_type"}
OWN = "custom."  # what the name of a line begins with that is one of the workspace's own fields


@dataclass(frozen=True)
class Line:
    """One thing that is known, as people read it; `differs` when there is something to choose, which not everybody `may`."""

    name: str
    label: str
    kept: str
    gone: str
    may: bool = True

    @property
    def differs(self) -> bool:
        return bool(self.may and self.gone and self.kept and self.gone != self.kept)


def lines(kept: Customer, gone: Customer) -> list[Line]:
    """What one of the two has."""
    found = (Line(name, str(label), shown(kept, name), shown(gone, name)) for name, label in LABELS.items())
    return [line for line in found if line.kept or line.gone] + own_lines(kept, gone)


def own_lines(kept: Any, gone: Any) -> list[Line]:
    """What one of the two has of the workspace's own fields that the reader may see."""
    both, found = {kept.id, gone.id}, []
    mine, theirs = own_fields(kept, both), own_fields(gone, both)
    for field in fields_of(kind_of(kept), current_user):
        one, other = (in_words(field, held[field.key]) if field.key in held else "" for held in (mine, theirs))
        if one or other:
            found.append(Line(OWN + field.key, field.name, one, other, editable(field, current_user)))
    return found


def own_names(kind: str) -> list[str]:
    """The names of the lines of own fields among which the reader may choose."""
    return [OWN + field.key for field in fields_of(kind, current_user) if editable(field, current_user)]


def shown(customer: Customer, name: str) -> str:
    value = getattr(customer, name)
    if not value:
        return ""
    if name == "company_id":
        return customer.company.name if customer.company else ""
    if name == "owner_id":
        return customer.owner.shown_name if customer.owner else ""
    if name in ("country", "language"):
        return str((get_locale().territories if name == "country" else get_locale().languages).get(value, value))
    if name == "lifecycle_stage":
        return str(STAGES.get(value, value))
    return phone_as_written(value) if name == "phone" else str(value)


def chosen_values(kept: Customer, gone: Customer, taken: set[str]) -> dict[str, Any]:
    """The kept one's columns as they are to be: of the gone one what is `taken`, and what the kept one has not."""
    values = {name: picked(kept, gone, name, taken) for name in LABELS}
    for one, other in TOGETHER.items():
        source = kept if getattr(kept, one) else gone
        values |= {one: getattr(source, one), other: getattr(source, other)}
    values["custom"] = both_custom(kept, gone, taken)
    values["last_seen_at"] = max((one.seen_at for one in (kept, gone) if one.seen_at), default=kept.last_seen_at)
    if values["claimed_email"] == values["email"]:
        values["claimed_email"] = None
    return {name: value for name, value in values.items() if value != getattr(kept, name)}


def both_custom(kept: Any, gone: Any, taken: set[str]) -> dict[str, Any]:
    """The fields that the workspace has defined: the kept one's, and of the gone one what is `taken` or the kept one has not."""
    both = {kept.id, gone.id}
    mine, theirs = own_fields(kept, both), own_fields(gone, both)
    return {**theirs, **{key: value for key, value in mine.items() if key not in theirs or OWN + key not in taken}}


def picked(kept: Any, gone: Any, name: str, taken: set[str]) -> Any:
    mine, theirs = getattr(kept, name), getattr(gone, name)
    return theirs if theirs and (not mine or name in taken) else mine


def further_numbers(kept: Customer, values: dict[str, Any], gone: Customer) -> Iterator[str]:
    """The numbers of both that are not the first one, and do not stand among the others yet."""
    known = {values.get("phone", kept.phone), *other_numbers(kept)}
    return (number for number in dict.fromkeys((kept.phone, gone.phone)) if number and number not in known)


def further_addresses(kept: Customer, values: dict[str, Any], gone: Customer) -> Iterator[str]:
    """The proven addresses of both that are not the first one. What was only typed is no address of theirs."""
    first = values.get("email", kept.email)
    wanted = [address for address in dict.fromkeys((kept.email, gone.email)) if address and address != first]
    known = set(db.session.scalars(select(CustomerEmail.email).where(CustomerEmail.email.in_(wanted))).all())
    return (address for address in wanted if address not in known)


def what_ends(kept: Customer, gone: Customer) -> list[str]:
    """What to know before it is done, a sentence each."""
    said = [_("Nobody stays signed in as %(name)s. Who writes from a browser that they used begins anew.",
              name=gone.shown_name)]  # fmt: skip
    if kept.external_id and gone.external_id:
        said.append(_("Your shop knows them under two numbers. %(number)s is given up: who comes from there begins anew.",
                      number=gone.external_id))  # fmt: skip
    if gone.blocked_at and not kept.blocked_at:
        said.append(_("%(name)s is blocked as spam, and what they wrote will stand with somebody who is not.",
                      name=gone.shown_name))  # fmt: skip
    return said
