"""Relations between people and companies, and the kinds of them that a workspace has."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Record, belongs_to, db, now, reference
from ...events import record
from ...forms import only_one
from ...personal import goes
from ...references import never_both
from ...templating import speaking
from ...tenancy import current_tenant
from ...web import Invalid
from .company import Company
from .customer import Customer

ENDS = {"any": _l("a person or a company"), "person": _l("a person"), "company": _l("a company")}
WHAT = tuple(ENDS)
# {key: (what one end is to the other, what the other is to it, the one, the other)}: offered until a workspace has them.
READY = {
    "parent": (_l("parent of"), _l("child of"), "person", "person"),
    "works": (_l("works for"), _l("employs"), "person", "company"),
    "referred": (_l("referred"), _l("was referred by"), "any", "any"),
    "partner": (_l("partner of"), _l("partner of"), "any", "any"),
}

TWO_WORDS = _l(
    "There are relations of this kind, which do not say who of both is the one. Leave this empty, or add another kind."
)
ONE_WORD = _l(
    "There are relations of this kind, which say who of both is the one. Give it two different words, or add another kind."
)


def ready() -> dict[str, tuple[str, str, str, str]]:
    """In the workspace's language: what somebody made of them is everybody's."""
    with speaking(current_tenant.language):
        return {key: (str(name), str(reverse), one, other) for key, (name, reverse, one, other) in READY.items()}


def unused(kinds: list["RelationKind"]) -> dict[str, tuple[str, str, str, str]]:
    """Of what is ready, that of which the workspace made none of its `kinds`."""
    keys, names = {kind.key for kind in kinds}, {kind.name for kind in kinds}
    return {key: words for key, words in ready().items() if key not in keys and words[0] not in names}


class RelationKind(Record):
    """What one end is to the other (`name`) and the other to it (`reverse`); `one` and `other` are of WHAT. `key` is that of
    READY of which it was made, whatever it is called by now."""

    __tablename__ = "relation_kinds"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name", "reverse"),
        UniqueConstraint("tenant_id", "key"),
        CheckConstraint("one in ('person', 'company', 'any') and other in ('person', 'company', 'any')", name="ends"),
    )

    name: Mapped[str]
    reverse: Mapped[str]
    one: Mapped[str] = mapped_column(default="any")
    other: Mapped[str] = mapped_column(default="any")
    archived_at: Mapped[datetime | None] = mapped_column(default=None)
    key: Mapped[str | None] = mapped_column(default=None)

    @property
    def is_mutual(self) -> bool:
        """Whether both are the same to each other."""
        return self.name == self.reverse

    @classmethod
    def add(cls, name: str, reverse: str = "", one: str = "any", other: str = "any") -> "RelationKind":
        """Without `reverse` both are the same to each other. Raises Invalid for one that is there already."""
        kind = cls(name=name, reverse=reverse or name, one=one, other=other)
        with only_one("name", _("There is such a kind already.")):
            kind.save()
        record("relation_kind.added", kind)
        return kind

    @classmethod
    def all(cls, archived: bool = False) -> list["RelationKind"]:
        query = select(cls).order_by(func.lower(cls.name), cls.id)
        return list(db.session.scalars(query if archived else query.where(cls.archived_at.is_(None))).all())

    @classmethod
    def ready(cls, key: str) -> "RelationKind":
        """A ready-made one, made when it is used first."""
        name, reverse, one, other = ready()[key]
        kind = cls.first(key=key) or cls.first(name=name, reverse=reverse) or cls.add(name, reverse, one, other)
        kind.key = kind.key or key
        return kind

    def rename(self, name: str, reverse: str = "") -> None:
        """Of a locked one; relations of this kind stay, and are called so. Raises Invalid for names that another kind has, and
        where it would have to be guessed which of both is the one."""
        names = name, reverse or name
        if names == (self.name, self.reverse):
            return
        if (names[0] == names[1]) != self.is_mutual and Relation.first(kind_id=self.id):
            raise Invalid({"reverse": TWO_WORDS if self.is_mutual else ONE_WORD})
        with only_one("name", _("There is such a kind already.")):
            self.name, self.reverse = names
            db.session.flush()
        record("relation_kind.renamed", self)

    def archive(self) -> None:
        """It is not offered any more; relations of this kind stay."""
        self.archived_at = self.archived_at or now()

    def restore(self) -> None:
        self.archived_at = None


class Relation(Record):
    """That somebody or a company is something to another. `from_id` and `to_id` are whichever of both it is."""

    __tablename__ = "relations"
    __table_args__ = (
        reference("relation_kinds", "kind_id"),
        reference("people", "from_person_id", ondelete="CASCADE"),
        reference("companies", "from_company_id", ondelete="CASCADE"),
        reference("people", "to_person_id", ondelete="CASCADE"),
        reference("companies", "to_company_id", ondelete="CASCADE"),
        UniqueConstraint(
            "tenant_id", "kind_id", "from_person_id", "from_company_id", "to_person_id", "to_company_id",
            name="uq_relations_once", postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("num_nonnulls(from_person_id, from_company_id) = 1", name="from"),
        CheckConstraint("num_nonnulls(to_person_id, to_company_id) = 1", name="to"),
        CheckConstraint("from_person_id <> to_person_id and from_company_id <> to_company_id", name="another"),
        Index("ix_relations_from", "tenant_id", "from_id", "to_id"),
        Index("ix_relations_to", "tenant_id", "to_id", "from_id"),
    )  # fmt: skip

    kind_id: Mapped[UUID]
    from_person_id: Mapped[UUID | None]
    from_company_id: Mapped[UUID | None]
    to_person_id: Mapped[UUID | None]
    to_company_id: Mapped[UUID | None]
    from_id: Mapped[UUID] = mapped_column(Computed("coalesce(from_person_id, from_company_id)", persisted=True))
    to_id: Mapped[UUID] = mapped_column(Computed("coalesce(to_person_id, to_company_id)", persisted=True))

    kind: Mapped[RelationKind] = belongs_to("RelationKind", "Relation.kind_id")

    @classmethod
    def add(cls, kind: RelationKind, one: Any, other: Any) -> "Relation":
        """`one` is `kind.name` to `other`; both are customers or companies. Raises Invalid."""
        if one.id == other.id:
            raise Invalid({"other": _("Nobody is anything to themselves. Choose somebody else.")})
        if not fits(one, kind.one) or not fits(other, kind.other):
            words = {"word": kind.name, "one": ENDS[kind.one], "other": ENDS[kind.other]}
            raise Invalid({"kind": _("“%(word)s” is said of %(one)s and %(other)s. Choose another one.", **words)})
        if kind.is_mutual:
            one, other = sorted((one, other), key=lambda end: end.id)
        relation = cls(kind_id=kind.id, **{f"from_{what_of(one)}_id": one.id, f"to_{what_of(other)}_id": other.id})
        with only_one("other", _("They are this to each other already.")):
            relation.save()
        record("relation.added", relation, one=str(one.id), other=str(other.id))
        return relation

    def remove(self) -> None:
        record("relation.removed", self, one=str(self.from_id), other=str(self.to_id))
        db.session.delete(self)


never_both("relations", "from_person_id", "to_person_id")


def what_of(end: Any) -> str:
    return "person" if isinstance(end, Customer) else "company"


def fits(end: Any, wanted: str) -> bool:
    return wanted in ("any", what_of(end)) and isinstance(end, Customer | Company)


goes("relations", _l("Relations"))
