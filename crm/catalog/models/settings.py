"""How a tenant sells: its name on receipts, what its prices mean, how customers pay."""

from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, uuid7
from ...sealed import seal, unseal
from ...tenancy import current_tenant


class ShopSettings(Record):
    """One row for each tenant that changed anything. Keys of others' servers are sealed (see crm/sealed.py)."""

    __tablename__ = "shop_settings"
    __table_args__ = (
        UniqueConstraint("tenant_id"),
        CheckConstraint("invoice_days between 0 and 365", name="invoice_days"),
        CheckConstraint("receipt_years between 1 and 100", name="receipt_years"),
    )

    # Name, address and tax number as they stand on receipts, in lines.
    seller: Mapped[str] = mapped_column(default="", server_default="")
    prices_include_tax: Mapped[bool] = mapped_column(default=True, server_default="true")
    invoice_days: Mapped[int] = mapped_column(default=14, server_default="14")
    # Whether customers see the products in the portal and buy there.
    portal_open: Mapped[bool] = mapped_column(default=False, server_default="false")
    on_account: Mapped[bool] = mapped_column(default=True, server_default="true")
    # After so many whole calendar years the buyer's name and address go from receipts.
    receipt_years: Mapped[int] = mapped_column(default=10, server_default="10")
    stripe_key: Mapped[str | None]
    stripe_webhook_secret: Mapped[str | None]

    @classmethod
    def here(cls) -> "ShopSettings":
        """The tenant's row; what holds without one when it has none, which is not kept."""
        return cls.first() or cls(id=uuid7(), tenant_id=current_tenant.id, seller="", prices_include_tax=True,
                                  invoice_days=14, portal_open=False, on_account=True, receipt_years=10)  # fmt: skip

    @property
    def seller_shown(self) -> str:
        return self.seller or current_tenant.name

    def keep_secret(self, name: str, secret: str) -> None:
        setattr(self, name, seal(secret, *self.place(name)) if secret else None)

    def secret(self, name: str) -> str:
        """Raises Unreadable."""
        sealed = getattr(self, name)
        return unseal(sealed, *self.place(name)) if sealed else ""

    def place(self, name: str) -> tuple[str, str, str, UUID]:
        return str(self.tenant_id), self.__tablename__, name, self.id
