"""Customers as vCards, for telephones and address books: one from its page, or the whole list as it is asked for.

Version 3.0 (RFC 2426), which programs of the last twenty years read. What is written here, crm/importing/formats/cards.py reads.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Response, render_template
from flask_babel import get_locale
from sqlalchemy import select

from ..db import db, now
from ..listing.asked import Asked
from ..listing.files import Broken, at_one_moment, in_a_place
from ..listing.pages import whole
from ..listing.reading import everything, whole_count
from ..registry import panel
from ..web import permitted
from .blueprint import bp
from .lists import CUSTOMERS
from .models import Company, Customer, CustomerEmail, CustomerPhone, CustomerTag, Place, Tag

CONTROLS = dict.fromkeys(chr(n) for n in range(32)) | {"\n": "\\n", "\t": " "}
MARKS = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,"} | CONTROLS)
TYPE = "text/vcard; charset=utf-8"
MOST_LINE = 75  # octets, with the space that begins a further line


@bp.get("/customers/<uuid:id>/card.vcf")
@permitted("customers.read")
def send_card(id: UUID) -> Response:
    return Response(list(cards_of([Customer.find(id=id)])), content_type=TYPE, headers=named(f"{id}.vcf"))


@bp.get("/customers/list/cards")
@permitted("customers.export")
def send_cards() -> Response:
    """All customers of the list, its order and none that is not asked for; broken off when they are not all there."""
    asked = whole(CUSTOMERS)
    at_one_moment()
    rows = whole_count(CUSTOMERS, asked)
    headers = named(f"customers-{now():%Y-%m-%d}-{rows}.vcf") | {"Row-Count": str(rows)}
    return in_a_place(cards_in(asked, rows), TYPE, headers)


def named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def cards_in(asked: Asked, rows: int) -> Iterator[str]:
    written = 0
    for some in everything(CUSTOMERS, asked):
        written += len(some)
        yield from cards_of(some)
    if written != rows:
        raise Broken(f"{written} cards were written of {rows}.")


@panel("customer_menu")
def card_item(customer: Customer) -> str:
    return render_template("customers/_card_item.html", customer=customer)


def cards_of(customers: list[Customer]) -> Iterator[str]:
    """Four statements, however many they are."""
    ids = [one.id for one in customers]
    emails = listed(
        select(CustomerEmail.customer_id, CustomerEmail.email).order_by(CustomerEmail.id), CustomerEmail, ids
    )
    phones = listed(
        select(CustomerPhone.customer_id, CustomerPhone.number).order_by(CustomerPhone.id), CustomerPhone, ids
    )
    joint = (CustomerTag.tenant_id == Tag.tenant_id) & (CustomerTag.tag_id == Tag.id)
    tags = listed(select(CustomerTag.customer_id, Tag.name).join(Tag, joint).order_by(Tag.name), CustomerTag, ids)
    works = (Place.tenant_id == Company.tenant_id) & (Place.company_id == Company.id)
    places = select(Place.customer_id, Place.company_id, Company.name, Place.title).join(Company, works)
    known = {(row[0], row[1]): (row[2], row[3]) for row in db.session.execute(places.where(Place.customer_id.in_(ids)))}
    for one in customers:
        work = known.get((one.id, one.company_id), ("", "")) if one.company_id else ("", "")
        yield card(one, emails.get(one.id, []), phones.get(one.id, []), tags.get(one.id, []), *work)


def listed(query: Any, link: Any, ids: list[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for id, value in db.session.execute(query.where(link.customer_id.in_(ids))):
        found.setdefault(id, []).append(value)
    return found


def card(one: Customer, emails: list[str], phones: list[str], tags: list[str], company: str, title: str) -> str:
    given, _space, family = one.name.strip().rpartition(" ") if " " in one.name.strip() else (one.name, "", "")
    country = get_locale().territories.get(one.country, one.country) if one.country else ""
    address = ["", "", one.street, one.city, one.region, one.postal_code, country]
    said: list[tuple[str, Any]] = [
        ("UID", f"urn:uuid:{one.id}"),
        ("FN", one.shown_name),
        ("N", [family, given, "", "", ""]),
    ]
    said += [("EMAIL;TYPE=INTERNET", address) for address in dict.fromkeys([one.contact_email, *emails]) if address]
    said += [("TEL;TYPE=VOICE", number) for number in dict.fromkeys([one.phone, *phones]) if number]
    said += [("ORG", [company])] if company else []
    said += [("TITLE", title), ("ADR", address if any(address) else ""), ("NOTE", one.note)]
    lines = [f"{name}:{written(value)}" for name, value in said if value]
    lines += [f"CATEGORIES:{','.join(tag.translate(MARKS) for tag in tags)}"] if tags else []
    return "".join(folded(line) for line in ("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD"))


def written(value: Any) -> str:
    return ";".join(str(one or "").translate(MARKS) for one in (value if isinstance(value, list) else [value]))


def folded(line: str) -> str:
    """In lines of at most 75 octets, of which no sign is cut."""
    rest, parts = line.encode(), list[str]()
    while len(rest) >= MOST_LINE:
        cut = MOST_LINE - 1
        while rest[cut] & 0xC0 == 0x80:
            cut -= 1
        parts.append(rest[:cut].decode())
        rest = rest[cut:]
    return "\r\n ".join([*parts, rest.decode()]) + "\r\n"
