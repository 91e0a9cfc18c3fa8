"""Inviting employees, and joining."""

from datetime import timedelta

import pytest

from crm.accounts.models import Employee, Token
from crm.db import now
from tests import make
from tests.accounts.steps import NEW_PASSWORD, errors_of, invited_path, link_in, mails, path_in, tokens

ANSWER = {"name": "Dora Neu", "password": NEW_PASSWORD}


@pytest.fixture
def admin(boris):
    """Boris' browser."""
    return make.browser(boris)


def test_an_invitation_makes_an_employee_of_the_given_role_and_department(admin, stranger):
    sales = make.department("Sales")
    path = invited_path(admin, role="lead", department_id=sales.id)
    page = stranger.get(path)
    assert page.status_code == 200
    assert "Boris" in page.text
    assert "Sales" in page.text
    assert stranger.post(path, data=ANSWER).location == "/acme/inbox"
    assert "dora@acme.test" in stranger.get("/acme/profile").text
    with make.inside():
        dora = Employee.find(email="dora@acme.test")
        assert (dora.name, dora.role, dora.department_id) == ("Dora Neu", "lead", sales.id)


def test_invitation_used_twice(admin, stranger):
    path = invited_path(admin)
    assert stranger.post(path, data=ANSWER).status_code == 303
    for again in (stranger.get(path), stranger.post(path, data={**ANSWER, "name": "Mallory"})):
        assert again.status_code == 410
        assert "This invitation no longer works" in again.text
        assert "/acme/sign-in" in again.text
    with make.inside():
        assert Employee.find(email="dora@acme.test").name == "Dora Neu"


def test_a_scanner_that_opens_the_link_changes_nothing(admin, stranger):
    path = invited_path(admin)
    for _ in range(3):
        stranger.get(path)
    assert stranger.post(path, data=ANSWER).status_code == 303


def test_mass_assignment_the_role_comes_from_the_invitation_alone(admin, stranger):
    path = invited_path(admin, role="agent")
    forged = {
        "role": "owner",
        "email": "other@evil.example",
        "kind": "customer",
        "deactivated_at": "",
        "tenant_id": "1",
    }
    stranger.post(path, data={**ANSWER, **forged})
    with make.inside():
        dora = Employee.find(email="dora@acme.test")
        assert dora.role == "agent"
        assert Employee.first(email="other@evil.example") is None


def test_an_invitation_runs_out_after_a_week(admin, stranger):
    path = invited_path(admin)
    with make.inside():
        token = Token.first(purpose="invitation")
        assert timedelta(days=6) < token.expires_at - now() <= timedelta(days=7)
        token.expires_at = now() - timedelta(seconds=1)
    assert stranger.get(path).status_code == 410
    assert stranger.post(path, data=ANSWER).status_code == 410
    assert "has run out" in admin.get("/acme/employees").text


def test_a_withdrawn_invitation_opens_nothing(admin, stranger):
    path = invited_path(admin)
    [token] = tokens("invitation")
    assert "dora@acme.test" in admin.get("/acme/employees").text
    assert admin.post(f"/acme/invitations/{token.id}/withdrawal").status_code == 303
    assert stranger.post(path, data=ANSWER).status_code == 410
    assert "dora@acme.test" not in admin.get("/acme/employees").text


def test_sending_again_makes_a_new_link_and_kills_the_old(admin, stranger):
    first = invited_path(admin)
    [token] = tokens("invitation")
    assert admin.post(f"/acme/invitations/{token.id}/repetition").status_code == 303
    assert len(mails("invitation")) == 2
    second = link_in(mails("invitation")[-1]).removeprefix("http://localhost")
    assert stranger.get(first).status_code == 410
    assert stranger.post(second, data=ANSWER).status_code == 303


def test_a_used_invitation_can_be_neither_withdrawn_nor_sent_again(admin, stranger):
    stranger.post(invited_path(admin), data=ANSWER)
    [token] = tokens("invitation")
    assert admin.post(f"/acme/invitations/{token.id}/withdrawal").status_code == 404
    assert admin.post(f"/acme/invitations/{token.id}/repetition").status_code == 404


def test_host_header_in_an_invitation(boris):
    admin = make.browser(boris)
    data = {"email": "dora@acme.test", "role": "agent"}
    admin.post("/acme/employees/invite", data=data, headers={"X-Forwarded-Host": "evil.example"})
    [mail] = mails("invitation")
    assert link_in(mail).startswith("http://localhost/acme/invitations/")
    assert mail.secret


@pytest.mark.parametrize(
    ("role", "given", "status"),
    [
        ("admin", "owner", 422),
        ("admin", "admin", 303),
        ("owner", "owner", 303),
        ("lead", "agent", 403),
        ("agent", "agent", 403),
    ],
)
def test_nobody_invites_above_their_own_role(app, role, given, status):
    inviter = make.browser(make.employee("Rita", role))
    assert inviter.post("/acme/employees/invite", data={"email": "d@acme.test", "role": given}).status_code == status
    assert len(mails("invitation")) == (status == 303)


def test_the_form_offers_only_what_one_may_give(admin):
    page = admin.get("/acme/employees/invite").text
    assert 'value="admin"' in page
    assert 'value="owner"' not in page


@pytest.mark.parametrize("email", ["anna@acme.test", "ANNA@acme.test"])
def test_somebody_who_works_here_is_not_invited(admin, anna, email):
    response = admin.post("/acme/employees/invite", data={"email": email, "role": "agent"})
    assert errors_of(response) == ["Anna works here already."]


def test_somebody_invited_already_is_not_invited_twice(admin):
    invited_path(admin)
    response = admin.post("/acme/employees/invite", data={"email": "dora@acme.test", "role": "agent"})
    assert response.status_code == 422
    assert "invited already" in errors_of(response)[0]


def test_somebody_of_another_tenant_can_be_invited(admin, carla, stranger):
    assert stranger.post(invited_path(admin, "carla@globex.test"), data=ANSWER).status_code == 303


def test_what_was_typed_stays_when_the_form_comes_back(admin):
    sales = make.department("Sales")
    response = admin.post("/acme/employees/invite", data={"email": "bad", "role": "lead", "department_id": sales.id})
    assert response.status_code == 422
    assert 'value="bad"' in response.text
    assert '<option value="lead" selected>' in response.text
    assert f'<option value="{sales.id}" selected>' in response.text


def test_foreign_tenants_department_cannot_be_given(admin, carla):
    foreign = make.department("Sales", "globex")
    data = {"email": "dora@acme.test", "role": "agent", "department_id": foreign.id}
    assert admin.post("/acme/employees/invite", data=data).status_code == 422
    assert not mails("invitation")


def test_foreign_tenants_invitation_cannot_be_touched(admin, stranger, carla):
    path = invited_path(admin)
    [token] = tokens("invitation")
    outsider = make.browser(make.employee("Gina", "owner", "globex"))
    assert outsider.post(f"/globex/invitations/{token.id}/withdrawal").status_code == 404
    assert outsider.post(f"/globex/invitations/{token.id}/repetition").status_code == 404
    assert stranger.get(path.replace("/acme/", "/globex/")).status_code == 410
    assert stranger.post(path.replace("/acme/", "/globex/"), data=ANSWER).status_code == 410
    assert stranger.get(path).status_code == 200


@pytest.mark.parametrize("answer", [{"name": "", "password": NEW_PASSWORD}, {"name": "Dora", "password": "short"}])
def test_a_form_that_does_not_fit_leaves_the_invitation_open(admin, stranger, answer):
    path = invited_path(admin)
    response = stranger.post(path, data=answer)
    assert response.status_code == 422
    assert len(errors_of(response)) == 1
    assert stranger.post(path, data=ANSWER).status_code == 303


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "مرحبا", "‮evil", "a\nb: c"])
def test_hostile_names_are_words_and_nothing_else(admin, stranger, name):
    response = stranger.post(invited_path(admin), data={**ANSWER, "name": name})
    assert response.status_code == (422 if "\n" in name else 303)
    assert "<script>alert" not in admin.get("/acme/employees").text


@pytest.mark.parametrize("change", [{"deactivated_at": now()}, {"role": "agent"}, {"role": "lead"}])
def test_what_somebody_gave_ends_with_their_own_access(admin, boris, stranger, change):
    path = invited_path(admin, role="admin")
    with make.inside():
        for name, value in change.items():
            setattr(Employee.find(id=boris.id), name, value)
    assert stranger.get(path).status_code == stranger.post(path, data=ANSWER).status_code == 410
    with make.inside():
        assert Employee.first(email="dora@acme.test") is None
    owner = make.browser(make.employee("Olivia", "owner"))
    assert owner.post(f"/acme/invitations/{tokens('invitation')[0].id}/repetition").status_code == 303
    assert "Olivia" in stranger.get(again := path_in(mails("invitation")[-1])).text
    assert stranger.post(again, data=ANSWER).location == "/acme/inbox"


def test_nobody_renews_an_invitation_to_a_role_above_their_own(admin):
    invited_path(make.browser(make.employee("Olivia", "owner")), role="owner")
    assert admin.post(f"/acme/invitations/{tokens('invitation')[0].id}/repetition").status_code == 422
    assert len(mails("invitation")) == 1
