"""A purchase or a refund: placed, paid, fulfilled, or cancelled. Each step a second time changes nothing."""

from decimal import Decimal
from uuid import UUID

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from ...customers.models import Company, Customer
from ...db import belongs_to, db, now, reference, uuid7
from ...numbers import next_number
from ...personal import empties, harms_nobody, stays_by_law
from ...references import index_where_known, locked_first
from ...tenancy import current_tenant
from ...web import Invalid, Refused
from ..money import shown
from .line import lines_of
from .paying import Paying
from .rate import converted, rate_of_today
from .receipt import Receipt
from .refunding import spread, taken_back
from .stock import give_back, pieces, take_stock

STATES = ("draft", "placed", "paid", "fulfilled", "refunded", "cancelled")
SOURCES = ("employee", "portal", "import", "api")
MOST_BASE = 10**18


class Transaction(Paying):
    """A purchase, or a refund of one. Amounts are whole numbers of the currency's smallest unit, never negative.

    `rate` is that of the day when it was placed, `base_total` the total in what was the workspace's currency then.
    `paid` is how much of it came in, `refunded` how much of that went back, `credited` what came back before it was paid.
    `happened_at` is when it was placed, before that begun.
    """

    __tablename__ = "transactions"
    __table_args__ = (
        reference("people", "customer_id"),
        reference("people", "entered_by_id"),
        reference("companies", "company_id"),
        reference("transactions", "refund_of_id"),
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("kind in ('purchase', 'refund')", name="kind"),
        CheckConstraint("state in ('draft', 'placed', 'paid', 'fulfilled', 'refunded', 'cancelled')", name="state"),
        CheckConstraint("total >= 0 and tax >= 0 and discount >= 0", name="amounts"),
        CheckConstraint("refunded between 0 and paid", name="refunded"),
        CheckConstraint("surplus >= 0", name="surplus"),
        CheckConstraint("disputed >= 0", name="disputed"),
        CheckConstraint("lost >= 0", name="lost"),
        CheckConstraint("credited between 0 and total", name="credited"),
        Index("ix_transactions_happened", "tenant_id", "happened_at", "id"),
        Index("ix_transactions_state", "tenant_id", "state", "happened_at", "id"),
        Index("ix_transactions_worth", "tenant_id", "base_total", "id"),
        Index("ix_transactions_customer", "tenant_id", "customer_id", "happened_at", "id"),
        Index("ix_transactions_company", "tenant_id", "company_id", "happened_at", "id"),
        Index("ix_transactions_refund_of", "tenant_id", "refund_of_id"),
        index_where_known("transactions", "entered_by", "entered_by_id"),
    )

    customer: Mapped[Customer | None] = belongs_to("Customer", "Transaction.customer_id")
    company: Mapped[Company | None] = belongs_to("Company", "Transaction.company_id")

    @property
    def shown_name(self) -> str:
        named = _("Refund #%(number)s") if self.kind == "refund" else _("Purchase #%(number)s")
        return named % {"number": self.number}

    def place(self, rate: Decimal | None = None) -> None:
        """It holds from now on. Raises Invalid for what is not sold or not there, and when no rate is known; Refused."""
        if self.state in ("placed", "paid", "fulfilled", "refunded") and self.kind == "purchase":
            return
        self.guard_draft()
        lines = lines_of(self.id)
        if not lines:
            raise Invalid({"product": _("There is nothing in it yet. Add a product.")})
        self.convert(rate_of_today(self.currency, rate))
        take_stock(lines)
        self.state, self.placed_at = "placed", now()
        self.happened_at = self.placed_at
        self.tell("transaction.placed")

    def convert(self, rate: Decimal) -> None:
        """Into the workspace's currency at this rate. Raises Invalid for what cannot be kept."""
        base = current_tenant.currency
        value = converted(self.total, self.currency, base, rate)
        if value > MOST_BASE:
            raise Invalid({"rate": _("This is more than can be kept.")})
        self.rate, self.base_currency, self.base_total = rate, base, value

    def fulfil(self) -> None:
        """The customer has it; on account also before it is paid. Raises Refused."""
        if self.state == "fulfilled":
            return
        if self.state not in ("placed", "paid") or self.kind != "purchase":
            raise Refused(_("Only what was placed can be fulfilled."))
        self.state, self.fulfilled_at = "fulfilled", now()
        self.tell("transaction.fulfilled")

    def refund(self, key: UUID, what: dict[UUID, int] | int, restock: bool = False, memo: str = "") -> "Transaction":
        """Lines {line id: how many of it} or an amount come back: first what nobody paid yet, which is owed no more, then
        money. With the same key it went back once.

        Returns the refund, a transaction with a number and a receipt (or credit note) of its own. Raises Invalid for more
        than is left of what was paid or is owed, Refused when that is nothing.
        """
        if (known := Transaction.first(key=key)) is not None:
            return known if known.refund_of_id == self.id else self.refuse_key()
        if not (self.paid_at or self.is_owed) or self.kind != "purchase":
            raise Refused(_("Only what was placed or paid can be refunded."))
        bought = lines_of(self.id)
        lines = taken_back(bought, what, self.tax_included) if isinstance(what, dict) else []
        amount = what if isinstance(what, int) else sum(line.total for line in lines)
        self.guard_amount(amount)
        parts = {} if lines else spread(self, bought, amount)
        tax = sum(line.tax for line in lines) + sum(tax for _amount, tax in parts.values())
        made = self.write_refund(key, amount, tax, memo)
        for line in lines:
            line.transaction_id = made.id
            line.save()
        if restock:
            give_back(pieces(lines))
        self.take_off(made)
        Receipt.give(made).taxes = [[rate, *part] for rate, part in parts.items() if part[0]]
        made.tell("transaction.refunded", of=self.number, credited=made.credited)
        return made

    def take_off(self, made: "Transaction") -> None:
        """What a refund comes to: less is owed, or money goes back. Who paid a part, and owes no more, has paid."""
        self.refunded += made.total - made.credited
        self.credited, self.base_credited = self.credited + made.credited, self.base_credited + made.base_credited
        if self.is_owed and self.paid and not self.balance:
            self.settle_up()
        self.stand()

    def refuse_key(self) -> "Transaction":
        raise Refused(_("This form was sent for another purchase. Load its page again and look."))

    def guard_amount(self, amount: int) -> None:
        if amount <= 0:
            raise Invalid({"amount": _("Say how much goes back: choose pieces, or write an amount.")})
        if amount > self.left:
            words = {"left": shown(self.left, self.currency)}
            if self.is_owed:
                raise Invalid({"amount": _("Of what it costs %(left)s are left: no more can come back.", **words)})
            raise Invalid({"amount": _("Of what was paid %(left)s are left: no more can go back.", **words)})

    def write_refund(self, key: UUID, amount: int, tax: int, memo: str) -> "Transaction":
        copied = ("customer_id", "company_id", "currency", "base_currency", "rate", "tax_included")
        credited, before = min(amount, self.balance), self.returned
        number = next_number("transactions")  # waits for whoever takes one just now, maybe with the same key
        if Transaction.first(key=key) is not None:
            self.refuse_key()
        made = Transaction(id=uuid7(), number=number, kind="refund", state="refunded", key=key,
                           refund_of_id=self.id, entered_by_id=g.get("actor_id"), total=amount, tax=tax, memo=memo,
                           base_total=self.in_base(before + amount) - self.in_base(before), credited=credited,
                           base_credited=self.in_base(self.credited + credited) - self.in_base(self.credited),
                           **{name: getattr(self, name) for name in copied}).save()  # fmt: skip
        made.customer = self.customer
        db.session.flush()
        return made


Index("uq_transactions_key", Transaction.tenant_id, Transaction.key, unique=True,
      postgresql_where=Transaction.key.is_not(None))  # fmt: skip
Index("uq_transactions_external", Transaction.tenant_id, Transaction.external_id, unique=True,
      postgresql_where=Transaction.external_id.is_not(None))  # fmt: skip
Index("ix_transactions_surplus", Transaction.tenant_id, Transaction.happened_at, Transaction.id,
      postgresql_where=Transaction.surplus > 0)  # fmt: skip
locked_first("transactions.customer_id")


empties("transactions", memo="", custom={})
harms_nobody("transactions", "kind", "state", "source", "currency", "base_currency", "key")
stays_by_law("transactions", _l("Purchases and refunds with their amounts"), "external_id")
