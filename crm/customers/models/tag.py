"""Words by which customers and companies are found together."""

from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, belongs_to, reference
from ...personal import goes


class Tag(Record):
    """A word in small letters; `colour` is one of the sixteen tints of faces, as a hexadecimal digit."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: Mapped[str]
    colour: Mapped[str] = mapped_column(default="b", server_default="b")


class CustomerTag(Record):
    __tablename__ = "customer_tags"
    __table_args__ = (
        reference("people", "customer_id", ondelete="CASCADE"),
        reference("tags", "tag_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "customer_id", "tag_id"),
        Index("ix_customer_tags_tag", "tenant_id", "tag_id", "customer_id"),
    )

    customer_id: Mapped[UUID]
    tag_id: Mapped[UUID]

    tag: Mapped[Tag] = belongs_to("Tag", "CustomerTag.tag_id")


class CompanyTag(Record):
    __tablename__ = "company_tags"
    __table_args__ = (
        reference("companies", "company_id", ondelete="CASCADE"),
        reference("tags", "tag_id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "company_id", "tag_id"),
        Index("ix_company_tags_tag", "tenant_id", "tag_id", "company_id"),
    )

    company_id: Mapped[UUID]
    tag_id: Mapped[UUID]

    tag: Mapped[Tag] = belongs_to("Tag", "CompanyTag.tag_id")


goes("customer_tags", _l("Tags"))
