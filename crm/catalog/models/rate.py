"""What one unit of a currency was worth in the workspace's own on a day."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, Date, Numeric, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, db, now
from ...tenancy import current_tenant
from ...web import Invalid
from ..money import digits

DIGITS, PLACES = 20, 10


class Rate(Record):
    """From `day` on, until a later one: `rate` units of `base` for one of `currency`."""

    __tablename__ = "rates"
    __table_args__ = (
        UniqueConstraint("tenant_id", "base", "currency", "day"),
        CheckConstraint("rate > 0", name="rate"),
    )

    base: Mapped[str]
    currency: Mapped[str]
    day: Mapped[date] = mapped_column(Date)
    rate: Mapped[Decimal] = mapped_column(Numeric(DIGITS, PLACES))

    @classmethod
    def keep(cls, currency: str, day: date, rate: Decimal) -> "Rate":
        """The rate of a day; a second one takes its place."""
        base = current_tenant.currency
        found = cls.first(base=base, currency=currency, day=day) or cls(base=base, currency=currency, day=day)
        found.rate = rate
        return found.save()


def today() -> date:
    return current_tenant.day_of(now())


def known_rate(currency: str) -> Decimal | None:
    """What is kept for today, that is the last one before tomorrow; 1 for the workspace's own currency."""
    base = current_tenant.currency
    if currency == base:
        return Decimal(1)
    query = select(Rate.rate).where(Rate.base == base, Rate.currency == currency, Rate.day <= today())
    return db.session.scalar(query.order_by(Rate.day.desc()).limit(1))


def rate_of_today(currency: str, entered: Decimal | None = None) -> Decimal:
    """Raises Invalid when none is kept and none was entered."""
    found = Decimal(1) if currency == current_tenant.currency else entered or known_rate(currency)
    if found is None:
        words: dict[str, Any] = {"base": current_tenant.currency, "currency": currency}
        raise Invalid({"rate": _("Say how many %(base)s one %(currency)s is worth today.", **words)})
    return found


def converted(amount: int, currency: str, base: str, rate: Decimal) -> int:
    """An amount in smallest units of `base`, rounded half up."""
    exact = (Decimal(amount) * rate).scaleb(digits(base) - digits(currency))
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
