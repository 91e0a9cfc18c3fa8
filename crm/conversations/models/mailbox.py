"""Mailboxes elsewhere that are looked into by IMAP."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ...accounts.models import Department
from ...db import Record, belongs_to, db, now, reference
from ...events import record
from ...sealed import seal, unseal

SILENT = timedelta(minutes=15)


class Mailbox(Record):
    """`secret` is the sealed password. `uidvalidity` and `last_uid` say how far its folder has been read.

    `security` is tls, starttls or none; `take_old` whether what is there at the beginning is wanted, too.
    `authserv_id` is the name under which its server writes Authentication-Results.
    """

    __tablename__ = "mailboxes"
    __table_args__ = (
        reference("departments", "department_id"),
        UniqueConstraint("tenant_id", "host", "username", "folder"),
        CheckConstraint("security in ('tls', 'starttls', 'none')", name="security"),
    )

    department_id: Mapped[UUID]
    host: Mapped[str]
    port: Mapped[int]
    security: Mapped[str] = mapped_column(default="tls")
    username: Mapped[str]
    secret: Mapped[str]
    folder: Mapped[str] = mapped_column(default="INBOX")
    authserv_id: Mapped[str] = mapped_column(default="")
    take_old: Mapped[bool] = mapped_column(default=False)
    uidvalidity: Mapped[int | None] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    last_success_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    alarmed_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]

    department: Mapped[Department] = belongs_to("Department", "Mailbox.department_id")

    @classmethod
    def in_use(cls) -> list["Mailbox"]:
        return list(db.session.scalars(select(cls).where(cls.paused_at.is_(None)).order_by(cls.id)).all())

    @classmethod
    def silent_ones(cls) -> list["Mailbox"]:
        """Those from which nothing could be fetched for a quarter of an hour, and of which nobody was told."""
        long_ago = now() - SILENT
        never = (cls.last_success_at.is_(None)) & (cls.created_at < long_ago)
        query = select(cls).where(or_(cls.last_success_at < long_ago, never), cls.alarmed_at.is_(None))
        return list(db.session.scalars(query.where(cls.paused_at.is_(None))).all())

    @property
    def password(self) -> str:
        """Raises sealed.Unreadable."""
        return unseal(self.secret, self.tenant_id, "mailboxes", self.id)

    def set_password(self, password: str) -> None:
        self.secret = seal(password, self.tenant_id, "mailboxes", self.id)

    def read_up_to(self, uidvalidity: int, uid: int) -> None:
        self.uidvalidity, self.last_uid = uidvalidity, uid

    def was_reached(self) -> None:
        self.last_success_at, self.error = now(), ""
        if self.alarmed_at:
            self.alarmed_at = None
            record("mailbox.back", self)

    def was_not_reached(self, why: str) -> None:
        self.error = why[:500]

    def alarm(self) -> None:
        self.alarmed_at = now()
        record("mailbox.silent", self)

    def pause(self, paused: bool) -> None:
        """Begin again without an alarm for the time in between."""
        if paused and not self.paused_at:
            self.paused_at = now()
        elif not paused and self.paused_at:
            self.paused_at, self.alarmed_at, self.error = None, None, ""
            self.last_success_at = now()
