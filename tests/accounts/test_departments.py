"""Departments: their names, their order, and when they end."""

import uuid

import pytest

from crm.accounts.models import Department
from tests import make
from tests.accounts.steps import errors_of

PATH = "/acme/settings/departments"


@pytest.fixture
def admin(boris):
    return make.browser(boris)


def names():
    with make.inside():
        return [department.name for department in Department.open_ones()]


def test_a_department_is_added_at_the_end(admin):
    assert admin.post(PATH, data={"name": "  Sales "}).status_code == 303
    assert admin.post(PATH, data={"name": "Returns"}).status_code == 303
    assert names() == ["Support", "Sales", "Returns"]
    assert "Returns" in admin.get(PATH).text


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\nb", "a\x00b", "Support"])
def test_a_name_that_does_not_fit_comes_back(admin, name):
    response = admin.post(PATH, data={"name": name})
    assert response.status_code == 422
    assert len(errors_of(response)) == 1
    assert names() == ["Support"]


def test_a_department_is_renamed(admin):
    sales = make.department("Sales")
    assert admin.get(f"{PATH}/{sales.id}").status_code == 200
    assert admin.post(f"{PATH}/{sales.id}", data={"name": "Orders"}).status_code == 303
    assert names() == ["Support", "Orders"]
    taken = admin.post(f"{PATH}/{sales.id}", data={"name": "Support"})
    assert taken.status_code == 422
    assert 'value="Support"' in taken.text


def test_the_order_changes(admin):
    for name in ("Sales", "Returns"):
        admin.post(PATH, data={"name": name})
    returns = make.department("Returns")
    assert admin.post(f"{PATH}/{returns.id}/position", data={"place": 0}).status_code == 303
    assert names() == ["Returns", "Support", "Sales"]
    assert admin.post(f"{PATH}/{returns.id}/position", data={"place": 1000}).status_code == 303
    assert names() == ["Support", "Sales", "Returns"]
    assert admin.post(f"{PATH}/{returns.id}/position", data={"place": -1}).status_code == 422


def test_an_archived_department_can_come_back(admin):
    sales = make.department("Sales")
    assert admin.post(f"{PATH}/{sales.id}/archive").status_code == 303
    assert names() == ["Support"]
    assert "Bring back" in admin.get(PATH).text
    assert admin.post(PATH, data={"name": "Sales"}).status_code == 422
    assert admin.post(f"{PATH}/{sales.id}/restoration").status_code == 303
    assert names() == ["Support", "Sales"]


def test_the_last_department_stays(admin):
    support = make.department("Support")
    assert admin.post(f"{PATH}/{support.id}/archive").status_code == 409
    assert names() == ["Support"]


def test_only_admins_change_departments(client):
    support = make.department("Support")
    assert client.get(PATH).status_code == 403
    assert client.post(PATH, data={"name": "Mine"}).status_code == 403
    for path in ("", "/position", "/archive", "/restoration"):
        assert client.post(f"{PATH}/{support.id}{path}", data={"name": "Mine", "place": 0}).status_code == 403
    assert names() == ["Support"]


def test_foreign_tenants_department_is_nowhere(admin, carla):
    for id in (make.department("Sales", "globex").id, uuid.uuid4()):
        assert admin.get(f"{PATH}/{id}").status_code == 404
        for path in ("", "/position", "/archive", "/restoration"):
            assert admin.post(f"{PATH}/{id}{path}", data={"name": "Mine", "place": 0}).status_code == 404
