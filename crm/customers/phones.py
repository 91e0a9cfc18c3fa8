"""A customer's numbers: the first stands with them, the others in `customer_phones`. All are E.164."""

from sqlalchemy import literal, select

from ..db import db
from .models import Customer, CustomerPhone


def other_numbers(customer: Customer) -> list[str]:
    query = select(CustomerPhone.number).where(CustomerPhone.customer_id == customer.id)
    return list(db.session.scalars(query.order_by(CustomerPhone.id)).all())


def keep_numbers(customer: Customer, numbers: list[str] | None) -> None:
    """These are the others from now on; the first is never among them. None changes nothing."""
    if numbers is None:
        return
    wanted = [number for number in numbers if number != customer.phone]
    known = db.session.scalars(select(CustomerPhone).where(CustomerPhone.customer_id == customer.id)).all()
    for row in known:
        if row.number not in wanted:
            db.session.delete(row)
    for number in wanted:
        if number not in {row.number for row in known}:
            CustomerPhone(customer_id=customer.id, number=number).save()


def learn_number(customer: Customer, number: str) -> None:
    """Somebody was reached there: the customer's first number, or one more."""
    if not customer.phone:
        customer.phone = number
    elif number != customer.phone and number not in other_numbers(customer):
        CustomerPhone(customer_id=customer.id, number=number).save()


def reached_by(number: str, most: int = 5) -> list[Customer]:
    """Who has this number: as the first one before those as a further one, and the last seen first."""
    first = select(Customer.id.label("id"), literal(0).label("further")).where(Customer.phone == number)
    others = select(CustomerPhone.customer_id, literal(1)).where(CustomerPhone.number == number)
    found = first.union_all(others).subquery()  # each by its own index
    query = select(Customer).join(found, found.c.id == Customer.id)
    query = query.order_by(found.c.further, Customer.last_seen_at.desc(), Customer.id)
    return list(db.session.scalars(query.limit(most)).unique().all())
