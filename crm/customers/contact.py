"""What the form of a customer shows and reads."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from ..accounts.kinds import time_zone
from ..locale import LANGUAGES
from ..web import Kind, Unfit, choice, email, read, text, uuid
from .company_queries import owners
from .details import keep_emails, keep_tags, other_emails, tags_of
from .kinds import country, emails, none_for_nothing, phone, phones, tags
from .models import STAGES, Customer
from .phones import keep_numbers, other_numbers

FACTS = (
    "name", "email", "phone", "language", "country", "note", "street", "postal_code", "city", "region", "time_zone",
    "lifecycle_stage", "owner_id", "external_id",
)  # fmt: skip
NOTHING = {"phones": "", "emails": "", "tags": "", "company": "", "title": ""}


def known_facts(customer: Customer | None) -> dict[str, Any]:
    if customer is None:
        return dict.fromkeys(FACTS, "") | {"lifecycle_stage": "lead"}
    return {name: getattr(customer, name) or "" for name in FACTS}


def known_details(customer: Customer) -> dict[str, str]:
    words = ", ".join(tag.name for tag in tags_of(customer))
    return {"phones": "\n".join(other_numbers(customer)), "emails": "\n".join(other_emails(customer)), "tags": words}


def owner() -> Kind:
    """A colleague who works here, or nobody."""
    one = uuid(optional=True)

    def kind(value: Any) -> Any:
        chosen = one(value)
        if chosen and chosen not in {known.id for known in owners()}:
            raise Unfit(_("Choose one of the offered colleagues."))
        return chosen

    return kind


def read_facts() -> dict[str, Any]:
    """Exactly the fields that the form offers; nothing else that is sent reaches the row. Further ones that are not
    sent at all stay as they are. Raises Invalid."""
    line = none_for_nothing(text(max=100, lines=False, optional=True))
    street = none_for_nothing(text(max=200, lines=False, optional=True))
    further: dict[str, Kind] = {
        "street": street,
        "postal_code": line,
        "city": line,
        "region": line,
        "external_id": line,
    }
    further |= {"time_zone": time_zone(optional=True), "lifecycle_stage": choice(*STAGES), "owner_id": owner()}
    sent = request.get_json() if request.is_json else request.form
    return read(name=text(max=100, lines=False, optional=True), email=email(optional=True), phone=phone(),
                language=choice(*LANGUAGES, optional=True), country=country(), note=text(max=2000, optional=True),
                **{name: kind for name, kind in further.items() if name in sent})  # fmt: skip


def read_details() -> dict[str, Any]:
    """The further numbers, the further addresses and the tags; None for what was not sent. Raises Invalid."""
    return read(phones=phones(), emails=emails(), tags=tags())


def keep_details(customer: Customer, details: dict[str, Any]) -> None:
    keep_numbers(customer, details["phones"])
    keep_emails(customer, details["emails"])
    keep_tags(customer, details["tags"])


def read_place() -> dict[str, Any]:
    """Where somebody works, by the company's name, and as what."""
    return read(company=text(max=200, lines=False, optional=True), title=text(max=100, lines=False, optional=True))
