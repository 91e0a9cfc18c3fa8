"""What somebody is to others: a part of their page, and a page with the picture."""

from typing import Any, cast
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import or_, select

from ...accounts.limits import searches_per_person
from ...db import db
from ...events import commit
from ...forms import filled, redraw
from ...registry import glimpse, panel
from ...templating import render_piece
from ...web import Kind, Refused, Unfit, clean, permitted, read, read_query, text, uuid
from ..blueprint import bp
from ..models import Company, Customer
from ..models.relation import READY, Relation, RelationKind, fits, unused
from ..queries import escaped
from .graph import connection, ends_of, neighbourhood, relations_of, steps_of
from .picture import pictures, words_of

FOUND, SHOWN = 8, 12


@panel("company_side")
@panel("customer_side")
def relations_panel(end: Any) -> str | None:
    """The newest of them, and the way to all."""
    related = relations_of([end.id], SHOWN) if end.glimpsed["related"] else []
    shown, may = told(end, related), current_user.may("customers.edit")
    return render_piece("customers/_relations.html", end=end, shown=shown, may_edit=may) if shown or may else None


@glimpse("company", "related")
@glimpse("customer", "related")
def is_related(id: Any) -> Any:
    theirs = [select(Relation.id).where(end == id) for end in (Relation.from_id, Relation.to_id)]
    return select(or_(*(one.exists() for one in theirs))).scalar_subquery()


def told(end: Any, relations: list[Relation]) -> list[tuple[Relation, str, Any]]:
    """[(relation, what `end` is, to whom)]."""
    there = [relation.to_id if relation.from_id == end.id else relation.from_id for relation in relations]
    here = ends_of(there) if there else {}
    return [(one, one.kind.name if one.from_id == end.id else one.kind.reverse, here[id])
            for one, id in zip(relations, there, strict=True) if id in here]  # fmt: skip


def find_end(id: UUID) -> Any:
    """A customer or a company. Raises NotFound, and Moved for somebody who was merged."""
    return Company.first(id=id) or Customer.find(id=id)


@bp.get("/relations/of/<uuid:id>")
@permitted("customers.read")
@searches_per_person
def show_relations(id: UUID) -> Any:
    """Everybody two steps around, as a picture and as a list; with `?to=` how they are connected."""
    end, asked = find_end(id), read_query(to=uuid(optional=True), q=text(max=200, optional=True))
    near = neighbourhood(end)
    drawn = {"near": near, "words": words_of(near), "pictures": pictures(near)}
    shown = {"shown": told(end, relations_of([id], 200)), **drawn, **way_to(id, asked["to"])}
    return render_template("customers/relations.html", end=end, q=asked["q"], found=alike(asked["q"], id), **shown)


def way_to(id: UUID, other_id: UUID | None) -> dict[str, Any]:
    if other_id is None:
        return {"other": None, "steps": [], "trouble": None}
    other = find_end(other_id)
    try:
        return {"other": other, "steps": steps_of(connection(id, other_id)), "trouble": None}
    except Refused as problem:
        return {"other": other, "steps": [], "trouble": problem.description}


def alike(typed: str, but: UUID) -> list[Any]:
    """People and companies whose name has each word in it."""
    found: list[Any] = []
    for model in (Company, Customer) if typed else ():
        query = select(model).where(model.id != but)
        for word in typed.split()[:5]:
            query = query.where(model.search.ilike(f"%{escaped(word)}%", escape="\\"))
        found += db.session.scalars(query.limit(FOUND)).all()
    return found


@bp.get("/relations/new")
@permitted("customers.edit")
def new_relation(errors: dict[str, str] | None = None) -> Any:
    asked = (read if request.method == "POST" else read_query)(of=uuid(), q=text(max=200, optional=True))
    end, typed = find_end(asked["of"]), asked["q"]
    form = filled(kind="", other="")
    shown = {"kinds": offered(end), "found": alike(typed, end.id), "q": typed, "form": form, "errors": errors or {}}
    return render_template("customers/relation_new.html", end=end, **shown)


def offered(end: Any) -> list[tuple[str, str]]:
    """[(key, word)]: whatever `end` can be to somebody, of the kinds here and of those that are ready to be used."""
    known = RelationKind.all(archived=True)
    kinds = [(str(one.id), one.name, one.reverse, one.one, one.other) for one in known if one.archived_at is None]
    kinds += [(key, *words) for key, words in unused(known).items()]
    ways: dict[str, str] = {}
    for key, name, reverse, one, other in kinds:
        for word, side, who in ((name, "one", one), (reverse, "other", other)):
            if fits(end, who):
                ways.setdefault(word, f"{key}:{side}")
    return [(key, word) for word, key in ways.items()]


@bp.post("/relations")
@permitted("customers.edit")
@redraw(new_relation)
def create_relation() -> Any:
    fields = read(of=uuid(), other=uuid(), kind=direction())
    end, other, (kind, forward) = find_end(fields["of"]), find_end(fields["other"]), fields["kind"]
    Relation.add(kind_called(kind), *((end, other) if forward else (other, end)))
    commit()
    flash(_("Saved."), "good")
    return redirect(url_for("customers.show_relations", id=end.id), 303)


def direction() -> Kind:
    """(a ready kind's key or the id of one, whether it is said from the one's side)."""

    def kind(value: Any) -> tuple[str | UUID, bool]:
        name, _colon, side = clean(value or "", 60).partition(":")
        if side not in ("one", "other"):
            raise Unfit(_("Choose what they are to each other."))
        return (name if name in READY else cast(UUID, uuid()(name))), side == "one"

    return kind


def kind_called(key: str | UUID) -> RelationKind:
    return RelationKind.ready(key) if isinstance(key, str) else RelationKind.find(id=key)


@bp.post("/relations/<uuid:id>/removal")
@permitted("customers.edit")
def remove_relation(id: UUID) -> Any:
    relation, of = Relation.locked(id=id), read(of=uuid())["of"]
    relation.remove()
    commit()
    flash(_("Removed."), "good")
    return redirect(url_for("customers.show_relations", id=of), 303)
