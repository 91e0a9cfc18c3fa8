"""A customer's numbers: the first stands with them, the others in `customer_phones`. All are E.164."""

from sqlalchemy import select

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
    """Who has this number, the last seen first."""
    others = select(CustomerPhone.customer_id).where(CustomerPhone.number == number)
    query = select(Customer).where((Customer.phone == number) | Customer.id.in_(others))
    return list(db.session.scalars(query.order_by(Customer.last_seen_at.desc(), Customer.id).limit(most)).all())
