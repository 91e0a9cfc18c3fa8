"""What ends a ticket for good: it became a part of another one, or nobody is left to answer to."""

from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped

from ...customers.models import Customer
from ...web import Refused


class NoSuchMove(Refused):
    description = _l("A ticket cannot go from this status to that one.")


class Merged(Refused):
    description = _l("This ticket was merged into another one. Go on there.")


class Forsaken(Refused):
    description = _l("Its customer was erased: this ticket stays closed, and what you write would reach nobody.")


class Guarded:
    """What its verbs ask first. A ticket of somebody who was erased is read, followed and linked to, and nothing else."""

    if TYPE_CHECKING:  # they are the ticket's columns
        status: Mapped[str]
        customer_id: Mapped[UUID | None]
        customer: Mapped[Customer | None]
        merged_into_id: Mapped[UUID | None]

    @property
    def is_forsaken(self) -> bool:
        """Whether its customer was erased; looked up for closed ones alone: it was closed with them."""
        return self.status == "closed" and self.customer_id is not None and self.customer is None

    def guard(self) -> None:
        """Raises Merged and Forsaken."""
        if self.merged_into_id:
            raise Merged()
        self.guard_forsaken()

    def guard_forsaken(self) -> None:
        if self.is_forsaken:
            raise Forsaken()
