"""What hangs on a customer or a company beside their row: further addresses, tags."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select

from ..db import db
from ..forms import only_one
from ..web import Invalid
from .models import Company, CompanyTag, Customer, CustomerEmail, CustomerTag, Tag

TINTS = "0123456789abcdef"


def other_emails(customer: Customer) -> list[str]:
    query = select(CustomerEmail.email).where(CustomerEmail.customer_id == customer.id)
    return list(db.session.scalars(query.order_by(CustomerEmail.id)).all())


def keep_emails(customer: Customer, emails: list[str] | None) -> None:
    """These are the further ones from now on; None changes nothing. Raises Invalid for another customer's address."""
    if emails is None:
        return
    wanted = [email for email in emails if email != customer.email]
    known = set(other_emails(customer))
    gone = CustomerEmail.customer_id == customer.id, CustomerEmail.email.in_(known - set(wanted))
    db.session.execute(delete(CustomerEmail).where(*gone))
    taken = _("Another customer has one of these addresses. Look for them in the list.")
    new = [email for email in wanted if email not in known]
    if new and db.session.scalar(select(Customer.id).where(Customer.email.in_(new)).limit(1)):
        raise Invalid({"emails": taken})
    with only_one("emails", taken):
        for email in new:
            CustomerEmail(customer_id=customer.id, email=email).save()


def tags_of(record: Customer | Company) -> list[Tag]:
    link, key = link_of(record)
    query = select(Tag).join(link, (link.tenant_id == Tag.tenant_id) & (link.tag_id == Tag.id))
    return list(db.session.scalars(query.where(key == record.id).order_by(Tag.name)).all())


def keep_tags(record: Customer | Company, names: list[str] | None) -> None:
    """These are the record's tags from now on, made where they are new; None changes nothing."""
    if names is None:
        return
    link, key = link_of(record)
    wanted = {tag.id for tag in map(tag_called, names)}
    known = set(db.session.scalars(select(link.tag_id).where(key == record.id)).all())
    db.session.execute(delete(link).where(key == record.id, link.tag_id.in_(known - wanted)))
    for tag_id in wanted - known:
        link(**{key.key: record.id}, tag_id=tag_id).save()


def tag_called(name: str) -> Tag:
    found = Tag.first(name=name)
    if found is None:
        with only_one("tags", _("Somebody made this tag just now. Send it once more.")):
            found = Tag(name=name, colour=TINTS[sum(name.encode()) % len(TINTS)]).save()
    return found


def link_of(record: Customer | Company) -> tuple[Any, Any]:
    """The table of its tags, and the column there that names it."""
    return (
        (CustomerTag, CustomerTag.customer_id) if isinstance(record, Customer) else (CompanyTag, CompanyTag.company_id)
    )
