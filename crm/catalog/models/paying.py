"""What comes in for a purchase. Verbs expect it `locked` (see crm/db.py); which payments it came by, their callers write down."""

from typing import TYPE_CHECKING, cast

from flask_babel import gettext as _

from ...db import now
from ...web import Refused
from .draft import Draft
from .line import lines_of
from .rate import converted
from .receipt import Receipt
from .stock import give_back, pieces

if TYPE_CHECKING:
    from .transaction import Transaction


class Paying(Draft):
    """The verbs of a Transaction that is paid, in one sum or in parts.

    All that came in and did not go back is `paid - refunded + surplus`.
    """

    __abstract__ = True

    @property
    def is_owed(self) -> bool:
        return self.kind == "purchase" and self.paid_at is None and self.state in ("placed", "fulfilled")

    @property
    def due(self) -> int:
        """What it comes to, without what came back before it was paid."""
        return self.total - self.credited

    @property
    def balance(self) -> int:
        """How much is still to come in."""
        return self.due - self.paid if self.is_owed else 0

    @property
    def returned(self) -> int:
        return self.refunded + self.credited

    @property
    def left(self) -> int:
        """How much may still come back: of what was paid, and of what is owed."""
        return max(0, self.paid - self.refunded - self.disputed) + self.balance

    def pay(self) -> None:
        """All that was still to come came in. Raises Refused for what was not placed."""
        if self.paid_at:
            return
        self.guard_owed()
        self.receive(self.balance)

    def guard_owed(self) -> None:
        if not self.is_owed:
            raise Refused(_("Only what was placed can be paid."))

    def receive(self, amount: int) -> None:
        """Money is there, whatever was asked for: what is not owed is too much, and is to go back."""
        counted = min(amount, self.balance)
        self.paid, self.surplus = self.paid + counted, self.surplus + amount - counted
        if self.is_owed and not self.balance:
            self.settle_up()
        elif counted:
            self.tell("transaction.part_paid", amount=counted, left=self.balance)
        if counted < amount:
            self.tell("transaction.overpaid", amount=amount - counted)

    def owe_again(self, amount: int) -> None:
        """Of what came in for what is still owed this much went back by itself."""
        self.paid -= min(amount, self.paid)

    def lose(self, amount: int) -> int:
        """The customer's bank took money back; returns how much of it was too much anyway."""
        of_surplus = min(amount, self.surplus)
        self.surplus -= of_surplus
        self.disputed += amount - of_surplus
        self.base_disputed = self.in_base(self.disputed)
        return of_surplus

    def regain(self, amount: int, of_surplus: int) -> None:
        """What it took is back."""
        self.disputed, self.surplus = self.disputed - amount, self.surplus + of_surplus
        self.base_disputed = self.in_base(self.disputed)
        if self.state == "refunded" and self.left:
            self.state = "fulfilled" if self.fulfilled_at else "paid"

    def stand(self) -> None:
        """Of which nothing is left has gone back, unless some of it is disputed still."""
        if self.left == 0 and self.disputed == self.lost and self.state in ("placed", "paid", "fulfilled"):
            self.state = "refunded"

    def in_base(self, amount: int) -> int:
        return converted(amount, self.currency, self.base_currency, self.rate)

    def settle_up(self) -> None:
        self.paid_at = now()
        self.state = "paid" if self.state == "placed" else self.state
        Receipt.give(cast("Transaction", self))
        self.tell("transaction.paid", amount=self.paid)

    def cancel(self) -> None:
        """It does not come about: what was taken from the stock goes back, and what came in already is to go back.

        Raises Refused for what was paid or handed over.
        """
        if self.state == "cancelled":
            return
        if self.state not in ("draft", "placed") or self.kind != "purchase":
            raise Refused(_("What was paid or handed over is refunded, not cancelled."))
        if self.state == "placed" and self.source != "import":  # what files bring never took from it
            give_back(pieces(lines_of(self.id)))
        came, self.paid = self.paid, 0
        self.state, self.cancelled_at, self.surplus = "cancelled", now(), self.surplus + came
        self.tell("transaction.cancelled")
        if came:
            self.tell("transaction.overpaid", amount=came)
