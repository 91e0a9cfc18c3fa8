"""What becomes of the workspace's own fields when people and companies part again after the fields or their values changed."""

import pytest
from sqlalchemy import select

from crm.customers.fields import reworking, write_custom
from crm.customers.fields.models import CustomField, CustomValue
from crm.customers.models import Company, Customer, CustomerMerge, GoneCompany
from crm.db import db
from tests import make
from tests.customers.test_fields import add_field

TYPES = [("text", "many", "number"), ("text", "Mia", "person"), ("text", "x", "moment"), ("text", "x", "money"),
         ("choices", ["a"], "person"), ("number", 3, "date"), ("choices", ["a"], "text"), ("text", "a", "choices")]  # fmt: skip


@pytest.fixture
def lena(app):
    return make.browser(make.employee("Lena", "lead"))


def change_type(to, lost=1, options=""):
    with make.inside():
        id = CustomField.find(key="size").id
    sent = {"type": to, "options": options, "lost": str(lost)}
    assert make.browser(make.boris()).post(f"/acme/settings/fields/{id}/type", data=sent).status_code == 303


def work():
    with make.inside():
        reworking.rework_field.work(field_id=str(CustomField.find(key="size").id))


def keep(model, one, value):
    with make.inside():
        write_custom(model.locked(id=one.id), {"size": value})


def held(model, *ones):
    with make.inside():
        return [model.find(id=one.id).custom.get("size") for one in ones]


def beside():
    """What lists filter by."""
    with make.inside():
        found = select(CustomValue.record_id, CustomValue.text, CustomValue.number)
        return {id: text if number is None else number for id, text, number in db.session.execute(found)}


def undo(lena):
    with make.inside():
        merge = db.session.scalars(select(CustomerMerge)).one()
    return lena.post(f"/acme/customers/merges/{merge.id}/undoing")


def test_a_field_whose_type_changed_since_a_merge_is_of_the_new_type_when_it_is_undone(lena):
    kept, gone = make.customer("Carla Meyer"), make.customer("C. Meier")
    add_field("size", filterable=True)
    keep(Customer, kept, "12")
    keep(Customer, gone, "14")
    assert lena.post(f"/acme/customers/{kept.id}/merges", data={"other": str(gone.id)}).status_code == 303
    change_type("number")
    refused = undo(lena)
    assert refused.status_code == 409 and "“Size” is being changed right now" in refused.text
    work()
    assert undo(lena).status_code == 303
    assert held(Customer, kept, gone) == [12, 14]
    assert beside() == {kept.id: 12_000_000, gone.id: 14_000_000}
    assert lena.get(f"/acme/customers/{gone.id}/edit").status_code == 200
    assert "Carla Meyer" not in lena.get("/acme/customers?c=name&g=0&f=custom.size&o=from&v=13").text


def test_a_value_that_changed_since_a_merge_stays_and_is_found_by_that_alone(lena):
    kept, gone = make.customer("Carla Meyer"), make.customer("C. Meier")
    add_field("size", filterable=True)
    keep(Customer, kept, "S")
    keep(Customer, gone, "M")
    lena.post(f"/acme/customers/{kept.id}/merges", data={"other": str(gone.id)})
    keep(Customer, kept, "XL")
    assert undo(lena).status_code == 303
    assert held(Customer, kept, gone) == ["XL", "M"] and beside() == {kept.id: "xl", gone.id: "m"}
    assert "Carla Meyer" not in lena.get("/acme/customers?c=name&g=0&f=custom.size&o=is&v=S").text


def test_a_deleted_company_comes_back_with_its_fields_as_they_are_by_then(lena):
    add_field("size", kind="company", filterable=True)
    firms = []
    for name, value in (("Tents", "14"), ("Mats", "many")):
        with make.inside():
            firms.append(Company(name=name).save())
        keep(Company, firms[-1], value)
        assert lena.post(f"/acme/companies/{firms[-1].id}/removal").status_code == 303
    change_type("number")
    work()
    with make.inside():
        ends = db.session.scalars(select(GoneCompany.id)).all()
    for end in ends:
        assert lena.post(f"/acme/companies/gone/{end}/return").status_code == 303
    assert held(Company, *firms) == [14, None] and beside() == {firms[0].id: 14_000_000}
    assert lena.get(f"/acme/companies/{firms[1].id}/edit").status_code == 200


@pytest.mark.parametrize(("was", "value", "to"), TYPES)
def test_while_a_type_is_changed_pages_lists_and_forms_show_what_is_there(lena, was, value, to):
    mia = make.customer("Mia")
    add_field("size", type=was, filterable=True, options=["a"])
    keep(Customer, mia, value)
    change_type(to, options="a")
    here, cells = f"/acme/customers/{mia.id}", "/acme/customers/list"
    pages = (here, f"{here}/edit", f"/acme/fields/customer/{mia.id}/edit", "/acme/customers?c=name&c=custom.size",
             f"{cells}/file?c=name&c=custom.size", f"{cells}/file?as=xlsx&c=name&c=custom.size")  # fmt: skip
    for page in pages:
        answer = lena.get(page)
        assert answer.data and answer.status_code == 200, page
    refused = lena.post(f"/acme/fields/customer/{mia.id}", data={"custom_size": "13"})
    assert refused.status_code == 422 and "being changed right now" in refused.text
