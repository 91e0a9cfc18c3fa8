"""Custom fields: what fits into each type, what is kept, and what lists find of it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from crm.customers.fields import TYPES, Field, fields_of, read_custom, write_custom
from crm.customers.fields.models import CustomField, CustomValue
from crm.customers.models import Company, Customer
from crm.db import db
from crm.web import Invalid, Unfit
from tests import make


def a_field(type: str = "text", **values) -> Field:
    facts = {"id": None, "kind": "customer", "key": "f", "name": "F", "type": type, "options": (), "currency": "EUR"}
    facts |= {"required": False, "preset": None, "help": "", "seen_from": "agent", "edited_from": "agent"}
    facts |= {"filterable": True, "state": "ready", "retired": False}
    return Field(**{**facts, **values})


def add_field(key: str, type: str = "text", kind: str = "customer", slug: str = "acme", **facts) -> CustomField:
    with make.inside(slug):
        return CustomField.add(kind, key, name=key.capitalize(), type=type, **facts)


FITS = [
    ("text", " Gold ", "Gold", ["gold"]),
    ("text", "Österreich", "Österreich", ["osterreich"]),
    ("text", 12, "12", ["12"]),
    ("long_text", "a\nb", "a\nb", None),
    ("number", "1,234.5", 1234.5, [1_234_500_000]),
    ("number", "1.234,5", 1234.5, [1_234_500_000]),
    ("number", "-0.000001", -0.000001, [-1]),
    ("number", "999999999999", 999999999999, [999_999_999_999_000_000]),
    ("money", "1,234.50", 123450, [123450]),
    ("money", 123450, 123450, [123450]),
    ("date", "31.3.2026", "2026-03-31", [datetime(2026, 3, 31, tzinfo=UTC)]),
    ("time", "9:05", "09:05", [545]),
    ("moment", "2026-03-31T14:30", "2026-03-31T14:30:00+00:00", [datetime(2026, 3, 31, 14, 30, tzinfo=UTC)]),
    ("choice", "gold", "Gold", ["gold"]),
    ("choices", "gold; Silver", ["Gold", "Silver"], ["gold", "silver"]),
    ("choices", ["Gold", "gold"], ["Gold"], ["gold"]),
    ("yes_no", "ja", True, [1]),
    ("yes_no", False, False, [0]),
    ("link", "example.com/a", "https://example.com/a", ["https://example.com/a"]),
    *((type, nothing, None, None) for type in ("text", "number", "date", "choice", "yes_no") for nothing in ("", None)),
]
UNFIT = [
    *(("text", wrong) for wrong in ("a\x00", "a\nb", "x" * 201, "\ud800", ["a"], {"a": 1})),
    *(("number", wrong) for wrong in ("1e999", "NaN", "1000000000000", "0.0000001", "9" * 61, True, [1], "1-2")),
    *(("money", wrong) for wrong in ("0.005", "1e3", 10**12, float("nan"))),
    *(("date", wrong) for wrong in ("31.2.2026", "9999-12-31", "0001-01-01", "soon", 5)),
    *(("moment", wrong) for wrong in ("2026-13-01T00:00", "0001-01-01T00:00+14:00", "x")),
    *(("choice", "Bronze"), ("choices", ["Bronze"]), ("choices", 5), ("choices", [1]), ("yes_no", "maybe")),
    *(("link", wrong) for wrong in ("javascript:alert(1)", "http://", "ftp://a.b", "a b.com", "https://u@a.b")),
    *(("time", "25:00"), ("time", "x"), ("person", "nobody@acme.test"), ("person", "%"), ("company", "Nobody Ltd")),
]


def test_what_fits_is_kept_as_one_value_however_it_was_written(app):
    with make.inside():
        for type, raw, value, keys in FITS:
            field = a_field(type, options=("Gold", "Silver"))
            read = TYPES[type].read(raw, field)
            assert (type, raw, read) == (type, raw, value)
            if value is not None:
                assert keys is None or TYPES[type].keys(read) == keys
                assert TYPES[type].read(TYPES[type].typed(read, field), field) == value, "a form gives it back"


def test_what_does_not_fit_is_said_in_a_sentence(app):
    with make.inside():
        for type, raw in UNFIT:
            with pytest.raises(Unfit) as said:
                pytest.fail(f"{type} took {raw!r} as {TYPES[type].read(raw, a_field(type, options=('Gold',)))!r}")
            assert str(said.value).endswith("."), (type, raw)


def test_people_and_companies_are_found_by_what_one_writes_of_them(anna):
    mia = make.customer("Mia Meier", email="mia@example.com")
    other, tom = make.customer("Mia Meier"), make.customer("Tom Barker")
    carla = make.customer("Carla", slug="globex", email="carla@globex.test")
    with make.inside():
        ode = Company.add(name="Ode", domain="ode.example")
        read = TYPES["person"].read
        assert read("MIA@example.com", a_field()) == read(str(mia.id), a_field()) == str(mia.id)
        assert read("anna", a_field()) == str(anna.id)
        assert {TYPES["company"].read(one, a_field()) for one in ("ode", "ode.example")} == {str(ode.id)}
        typed = [TYPES["person"].typed(str(one.id), a_field()) for one in (mia, other, tom)]
        assert typed == ["mia@example.com", str(other.id), "Tom Barker"], "as a form shows them, so that it reads them"
        assert TYPES["person"].path(str(mia.id)) == f"/customers/{mia.id}"
        for wrong in ("Mia Meier", "carla@globex.test", str(carla.id)):
            with pytest.raises(Unfit):
                read(wrong, a_field())


def test_values_are_kept_with_the_record_and_where_lists_look(anna):
    add_field("tier", "choice", options=["Gold", "Silver"], filterable=True, required=True)
    add_field("birthday", "date")
    customer = make.customer()
    with make.inside():
        held = Customer.locked(id=customer.id)
        with pytest.raises(Invalid) as refused:
            read_custom("customer", {"birthday": "x", "colour": "red"})
        assert set(refused.value.errors) == {"tier", "birthday", "colour"}
        assert write_custom(held, read_custom("customer", {"tier": "gold", "birthday": "2000-02-29"})) == {
            "tier",
            "birthday",
        }
        assert write_custom(held, read_custom("customer", {"tier": "silver"}, record=held, whole=False)) == {"tier"}
    with make.inside():
        assert Customer.find(id=customer.id).custom == {"tier": "Silver", "birthday": "2000-02-29"}
        assert db.session.scalars(select(CustomValue.text)).all() == ["silver"]


def test_what_a_record_holds_is_not_judged_again_and_roles_bound_who_writes(anna):
    add_field("tier", "choice", options=["Gold"], edited_from="admin", preset="Gold")
    add_field("secret", seen_from="owner")
    customer = make.customer()
    with make.inside():
        held = Customer.locked(id=customer.id)
        held.custom = {"tier": "Bronze"}
        assert read_custom("customer", {"tier": "Bronze"}, record=held)["tier"] == "Bronze"
        assert read_custom("customer", {})["tier"] == "Gold", "what is preset"
        assert [field.key for field in fields_of("customer", anna)] == ["tier"]
        for name in ("tier", "secret"):
            with pytest.raises(Invalid):
                read_custom("customer", {f"custom_{name}": "Gold"}, prefix="custom_", viewer=anna)
