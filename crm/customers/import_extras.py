"""What files bring that stands beside a customer's or company's row: further addresses and numbers, tags."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Table, any_, delete, select, tuple_

from ..accounts.models import Person
from ..db import db, uuid7
from ..importing.deciding import ANEW, array_of
from ..importing.kinds import Extra
from ..importing.writing import put
from ..tenancy import current_tenant
from .details import TINTS
from .models import CompanyTag, CustomerEmail, CustomerPhone, CustomerTag, Tag


class Listed(Extra):
    """Several values of a record, each a row of `table`."""

    table: Table
    owner = "customer_id"
    value: str

    def read(self, ids: list[UUID]) -> dict[UUID, Any]:
        table, found = self.table, dict[UUID, Any]()
        query = select(table.c[self.owner], table.c[self.value]).where(*self.of(ids)).order_by(table.c.id)
        for id, value in db.session.execute(query):
            found.setdefault(id, []).append(value)
        return found

    def write(self, values: dict[UUID, Any]) -> None:
        table = self.table
        pairs = {(id, one) for id, many in values.items() for one in many or ()}
        known = {(id, one) for id, many in self.read(list(values)).items() for one in many}
        if gone := known - pairs:
            here = tuple_(table.c[self.owner], table.c[self.value]).in_(gone)
            db.session.execute(delete(table).where(table.c.tenant_id == current_tenant.id, here))
        new = [(id, one) for id, many in values.items() for one in many or () if (id, one) not in known]
        if new:
            put(table, ["id", self.owner, self.value], ([uuid7(), *pair] for pair in new), unless_there=True)

    def of(self, ids: list[UUID]) -> tuple[Any, ...]:
        return self.table.c.tenant_id == current_tenant.id, self.table.c[self.owner].in_(ids)

    def taken_back(self, present: Any, before: Any, after: Any) -> Any:
        added = set(after or ()) - set(before or ())
        lost = set(before or ()) - set(after or ())
        return [*(one for one in present or () if one not in added), *(one for one in before or () if one in lost)]


class Phones(Listed):
    table, value = CustomerPhone.__table__, "number"


class Emails(Listed):
    table, value = CustomerEmail.__table__, "email"

    @staticmethod
    def owners(addresses: list[str], firsts: list[str]) -> Iterator[tuple[str, UUID]]:
        """Whose these `addresses` are as a further one, and these `firsts` as the first one."""
        people, more = Person.__table__.c, CustomerEmail.__table__.c
        if firsts:
            query = select(people.email, people.id).where(people.tenant_id == current_tenant.id)
            query = query.where(people.kind == "customer", people.email == any_(array_of(firsts)))
            yield from (tuple(row) for row in db.session.execute(query, execution_options=ANEW))
        if addresses:
            further = select(more.email, more.customer_id).where(more.tenant_id == current_tenant.id)
            further = further.where(more.email == any_(array_of(addresses)))
            yield from (tuple(row) for row in db.session.execute(further, execution_options=ANEW))


class Tags(Listed):
    """Their words; the rows that stand between hold ids."""

    table, value = CustomerTag.__table__, "tag_id"

    def read(self, ids: list[UUID]) -> dict[UUID, Any]:
        names = {id: name for name, id in tags_called(None).items()}
        return {id: [names[tag] for tag in tags] for id, tags in super().read(ids).items()}

    def write(self, values: dict[UUID, Any]) -> None:
        known = tags_called([name for names in values.values() for name in names or ()])
        by_id = {id: [known[name] for name in names or ()] for id, names in values.items()}
        table = self.table
        here = self.of(list(by_id))
        kept = {(id, tag) for id, tags in by_id.items() for tag in tags}
        for id, tag in db.session.execute(select(table.c[self.owner], table.c.tag_id).where(*here)).all():
            if (id, tag) not in kept:
                mine = table.c[self.owner] == id, table.c.tag_id == tag
                db.session.execute(delete(table).where(table.c.tenant_id == current_tenant.id, *mine))
        rows = [[uuid7(), *pair] for pair in kept]
        put(table, ["id", self.owner, "tag_id"], rows, unless_there=True)


class CompanyTags(Tags):
    table, owner = CompanyTag.__table__, "company_id"


def tags_called(names: list[str] | None) -> dict[str, UUID]:
    """{name: id}, those that are new made; all there are without `names`."""
    if names:
        rows = [[uuid7(), name, TINTS[sum(name.encode()) % len(TINTS)]] for name in sorted(set(names))]
        put(Tag.__table__, ["id", "name", "colour"], rows, unless_there=True)
    return {row.name: row.id for row in db.session.execute(select(Tag.name, Tag.id))}
