"""Who works here, and who may change what about whom."""

import uuid

import pytest

from crm.accounts.models import Employee
from tests import make
from tests.accounts.steps import errors_of


def browser_of(role, name="Rita"):
    return make.browser(make.employee(name, role))


def found(person):
    with make.inside():
        return Employee.find(id=person.id)


def test_the_list_shows_everybody_with_role_and_stars(client, anna, boris):
    make.rating(5)
    page = client.get("/acme/employees").text
    assert "Anna" in page
    assert "Boris" in page
    assert "Admin" in page
    assert 'data-stars="5"' in page
    assert "–" in page


def test_the_list_shows_nobody_of_another_tenant(client, carla):
    assert "carla@globex.test" not in client.get("/acme/employees").text
    assert "Carla" not in client.get("/acme/employees").text


def test_the_list_is_read_in_pages(client, boris):
    for number in range(60):
        make.employee(f"Worker{number:02}", password_hash=None)
    first = client.get("/acme/employees").text
    assert "Worker47" in first
    assert "Worker48" not in first
    following = first.split('rel="next" href="?after=')[1].split('"')[0]
    assert "Worker59" in client.get(f"/acme/employees?after={following}").text
    assert client.get("/acme/employees?after=nonsense").status_code == 422


def test_the_list_costs_few_statements(client, boris, statements):
    for number in range(20):
        make.employee(f"Worker{number:02}", password_hash=None)
    statements.clear()
    assert client.get("/acme/employees").status_code == 200
    assert len(statements) <= 8, statements


@pytest.mark.parametrize("role", ["agent", "lead"])
def test_without_the_permission_an_employee_is_only_looked_at(app, anna, role):
    browser = browser_of(role)
    assert "Deactivate" not in browser.get(f"/acme/employees/{anna.id}").text
    for path in ("", "/deactivation", "/reactivation"):
        assert browser.post(f"/acme/employees/{anna.id}{path}", data={"role": "admin"}).status_code == 403
    assert found(anna).role == "agent"
    assert found(anna).deactivated_at is None


def test_an_admin_changes_role_and_department(app, anna):
    sales = make.department("Sales")
    form = {"role": "lead", "department_id": sales.id}
    assert browser_of("admin").post(f"/acme/employees/{anna.id}", data=form).status_code == 303
    assert (found(anna).role, found(anna).department_id) == ("lead", sales.id)


def test_nobody_gives_a_role_above_their_own(app, anna):
    response = browser_of("admin").post(f"/acme/employees/{anna.id}", data={"role": "owner"})
    assert response.status_code == 422
    assert "at most your own role" in errors_of(response)[0]
    assert found(anna).role == "agent"


def test_an_admin_cannot_reach_an_owner(app):
    olga = make.employee("Olga", "owner")
    make.employee("Oscar", "owner")
    browser = browser_of("admin")
    assert "Deactivate" not in browser.get(f"/acme/employees/{olga.id}").text
    for path in ("", "/deactivation"):
        assert browser.post(f"/acme/employees/{olga.id}{path}", data={"role": "agent"}).status_code == 403
    assert found(olga).role == "owner"
    assert found(olga).is_active


def test_the_last_owner_keeps_the_role(app):
    olga = make.employee("Olga", "owner")
    browser = make.browser(olga)
    assert browser.post(f"/acme/employees/{olga.id}", data={"role": "agent"}).status_code == 409
    assert found(olga).role == "owner"
    make.employee("Oscar", "owner")
    assert browser.post(f"/acme/employees/{olga.id}", data={"role": "agent"}).status_code == 303


def test_deactivating_signs_out_everywhere_and_reactivating_lets_in_again(app, client, anna):
    admin = browser_of("admin")
    assert admin.post(f"/acme/employees/{anna.id}/deactivation").status_code == 303
    assert client.get("/acme/inbox").status_code == 302
    assert str(anna.id) not in admin.get("/acme/employees").text
    assert str(anna.id) in admin.get("/acme/employees?deactivated=1").text
    assert admin.post(f"/acme/employees/{anna.id}/reactivation").status_code == 303
    assert client.get("/acme/inbox").status_code == 302
    data = {"email": "anna@acme.test", "password": make.PASSWORD}
    assert client.post("/acme/sign-in", data=data).status_code == 303


def test_nobody_deactivates_themselves(app):
    rita = make.employee("Rita", "admin")
    assert make.browser(rita).post(f"/acme/employees/{rita.id}/deactivation").status_code == 409
    assert found(rita).is_active


def test_foreign_tenants_employee_is_nowhere(app, carla):
    browser = browser_of("owner")
    assert browser.get(f"/acme/employees/{carla.id}").status_code == 404
    for path in ("", "/deactivation", "/reactivation"):
        assert browser.post(f"/acme/employees/{carla.id}{path}", data={"role": "agent"}).status_code == 404
    assert browser.get(f"/acme/employees/{uuid.uuid4()}").status_code == 404
    assert browser.get("/acme/employees/1").status_code == 404


def test_a_customer_is_no_employee(app):
    customer = make.customer()
    assert browser_of("owner").get(f"/acme/employees/{customer.id}").status_code == 404


def test_foreign_tenants_department_cannot_be_given(app, anna, carla):
    foreign = make.department("Sales", "globex")
    form = {"role": "agent", "department_id": foreign.id}
    response = browser_of("admin").post(f"/acme/employees/{anna.id}", data=form)
    assert response.status_code == 422
    assert found(anna).department_id != foreign.id


def test_mass_assignment_on_an_employees_page(app, anna):
    form = {"role": "agent", "email": "x@evil.example", "password_hash": "x", "name": "Mallory", "tenant_id": "1"}
    assert browser_of("admin").post(f"/acme/employees/{anna.id}", data=form).status_code == 303
    assert found(anna).email == "anna@acme.test"
    assert found(anna).name == "Anna"


@pytest.mark.parametrize(
    "path", ["/employees", "/employees/invite", "/profile", "/settings", "/customers", "/settings/departments"]
)
def test_strangers_are_asked_to_sign_in(stranger, anna, path):
    assert stranger.get(f"/acme{path}").location == f"/acme/sign-in?next={path}"
    fragment = stranger.get(f"/acme{path}", headers={"HX-Request": "true"})
    assert fragment.status_code == 401
    assert fragment.headers["HX-Redirect"] == "/acme/sign-in"
