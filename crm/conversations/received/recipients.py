"""Whom a mail server may send to: departments by their addresses, and conversations by their signed ones."""

from dataclasses import dataclass
from threading import Lock
from time import monotonic
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from ...accounts.models import Department
from ...db import db, end_reading
from ...tenancy import Tenant, as_tenant
from ..channels.email_in.thread import open_reply_address

KEPT_SECONDS, AGAIN_SECONDS = 30, 2


@dataclass(frozen=True)
class Recipient:
    """`department_id` is None where a signed address names a conversation."""

    tenant_id: UUID
    address: str
    department_id: UUID | None = None


class Directory:
    """All addresses of all workspaces, at most half a minute old; for an unknown one it is looked up anew."""

    def __init__(self) -> None:
        self.tenants: list[UUID] = []
        self.departments: dict[str, Recipient] = {}
        self.read_at = -1e9
        self.alone = Lock()

    def find(self, written: str) -> Recipient | None:
        """Raises what the database raises when it is away."""
        address = written.strip().strip("<>").lower()
        self.refresh(KEPT_SECONDS)
        found = self.known(address)
        if found is None:
            self.refresh(AGAIN_SECONDS)
            found = self.known(address)
        return found

    def known(self, address: str) -> Recipient | None:
        secret = current_app.config["CRM"].secret_key
        signed = (Recipient(id, address) for id in self.tenants if open_reply_address(secret, id, address))
        return self.departments.get(address) or next(signed, None)

    def refresh(self, seconds: float) -> None:
        with self.alone:
            if monotonic() - self.read_at > seconds:
                self.tenants = list(db.session.scalars(select(Tenant.id).order_by(Tenant.id)).all())
                end_reading()
                self.departments = first_of([one for id in self.tenants for one in addresses_of(id)])
                self.read_at = monotonic()


def addresses_of(tenant_id: UUID) -> list[tuple[float, Recipient]]:
    """With the moment since which each has had it; those from before that was noted come first."""
    with as_tenant(tenant_id):
        query = select(Department).where(Department.address != "", Department.archived_at.is_(None))
        return [(one.address_at.timestamp() if one.address_at else 0.0, Recipient(tenant_id, one.address, one.id))
                for one in db.session.scalars(query).all()]  # fmt: skip


def first_of(claims: list[tuple[float, Recipient]]) -> dict[str, Recipient]:
    """Of several workspaces that claim an address the first has it: nobody takes another's mails by typing."""
    found: dict[str, Recipient] = {}
    for _, claim in sorted(claims, key=lambda claim: claim[0]):
        found.setdefault(claim.address, claim)
    return found
