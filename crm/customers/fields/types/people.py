"""Somebody, or a company."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, func, select

from ....accounts.models import Person as AnyPerson
from ....db import Record, db
from ....finding import escaped
from ....tenancy import current_tenant
from ....web import Unfit, clean
from ...models import Company as AnyCompany
from .field_type import Field, FieldType


class Reference(FieldType):
    """Kept as an id. It can always be filtered by, so that what is merged or erased is found."""

    column = "text"
    always_filterable = True
    model: type[Record]

    def read(self, raw: Any, field: Field) -> str | None:
        typed = clean(str(raw) if isinstance(raw, UUID) else raw or "", 300).strip()
        if not typed:
            return None
        found = db.session.scalars(select(self.model.id).where(self.named(typed)).limit(2)).all()
        if len(found) != 1:
            raise Unfit(self.ambiguous() if found else self.unknown())
        return str(found[0])

    def named(self, typed: str) -> Any:
        """The condition that finds what somebody wrote."""
        if id := as_uuid(typed):
            return self.model.id == id
        table = self.model.__table__.c
        like = table.search.ilike(f"%{escaped(typed)}%", escape="\\")  # by its index, which equality has none of
        return and_(like, func.lower(table.name) == typed.lower())

    def found(self, value: str) -> Any:
        return db.session.get(self.model, (current_tenant.id, UUID(value)))

    def typed(self, value: Any, field: Field) -> str:
        return str(value)

    def plain(self, value: Any, field: Field) -> Any:
        return self.typed(value, field)

    def unknown(self) -> str:
        raise NotImplementedError

    def ambiguous(self) -> str:
        raise NotImplementedError


class Person(Reference):
    """A customer or a colleague: written as an e-mail address, a full name that only one has, or an id."""

    word = _l("Person")
    model = AnyPerson

    def named(self, typed: str) -> Any:
        return AnyPerson.email == typed.lower() if "@" in typed else super().named(typed)

    def show(self, value: Any, field: Field) -> str:
        known = self.found(value)
        return known.shown_name if known else _("Somebody who is gone")

    def path(self, value: Any) -> str | None:
        known = self.found(value)
        area = {"customer": "customers", "employee": "employees"}.get(known.kind) if known else None
        return f"/{area}/{value}" if area else None

    def typed(self, value: Any, field: Field) -> str:
        known = self.found(value)
        return known.email or self.only(known) or value if known else value

    def only(self, known: Any) -> str | None:
        """Their name, when they have one and nobody else has it."""
        if not known.name:
            return None
        query = select(AnyPerson.id).where(self.named(known.name)).limit(2)
        return known.name if len(db.session.scalars(query).all()) == 1 else None

    def plain(self, value: Any, field: Field) -> Any:
        known = self.found(value)
        return (known.email or value) if known else value

    def unknown(self) -> str:
        return _("Nobody has this name or e-mail address.")

    def ambiguous(self) -> str:
        return _("Several people have this name. Write the e-mail address.")


class Company(Reference):
    """Written as a full name that only one has, its domain, or an id."""

    word = _l("Company")
    model = AnyCompany

    def named(self, typed: str) -> Any:
        domain = "." in typed and " " not in typed and as_uuid(typed) is None
        return AnyCompany.domain == typed.lower() if domain else super().named(typed)

    def show(self, value: Any, field: Field) -> str:
        known = self.found(value)
        return known.name if known else _("A company that is gone")

    def path(self, value: Any) -> str | None:
        return f"/companies/{value}" if self.found(value) else None

    def typed(self, value: Any, field: Field) -> str:
        known = self.found(value)
        return known.name if known else value

    def unknown(self) -> str:
        return _("There is no company with this name or domain.")

    def ambiguous(self) -> str:
        return _("Several companies have this name. Write the domain.")


def as_uuid(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None
