"""One's own page."""

import uuid

import pytest

from crm.accounts.models import Employee, Session
from crm.db import db
from tests import make
from tests.accounts.steps import NEW_PASSWORD, errors_of, mails


def me(person):
    with make.inside():
        return Employee.find(id=person.id)


def sessions(person):
    with make.inside():
        return db.session.query(Session).filter_by(person_id=person.id).all()


def test_name_language_and_time_zone_change(client, anna):
    form = {"name": "Anna Lindqvist", "language": "de", "time_zone": "Europe/Berlin"}
    assert client.post("/acme/profile", data=form).status_code == 303
    assert (me(anna).name, me(anna).language, me(anna).time_zone) == tuple(form.values())
    assert '<html lang="de"' in client.get("/acme/profile").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"language": "xx"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": ""},
    ],
)
def test_what_does_not_fit_comes_back_with_what_was_typed(client, anna, wrong):
    form = {"name": "Anna Lindqvist", "language": "de", "time_zone": "Europe/Berlin", **wrong}
    response = client.post("/acme/profile", data=form)
    assert response.status_code == 422
    assert len(errors_of(response)) == 1
    assert me(anna).name == "Anna"
    if "name" not in wrong:
        assert 'value="Anna Lindqvist"' in response.text


def test_mass_assignment_in_the_profile(client, anna):
    forged = {"role": "owner", "email": "x@evil.example", "department_id": "", "deactivated_at": "", "kind": "customer"}
    forged |= {"id": str(uuid.uuid4()), "password_hash": "x", "tenant_id": str(uuid.uuid4()), "availability": "away"}
    client.post("/acme/profile", data={"name": "Anna", "language": "", "time_zone": "UTC", **forged})
    now = me(anna)
    assert (now.role, now.email, now.department_id) == ("agent", "anna@acme.test", anna.department_id)
    assert now.availability == "available"


def test_sessions_after_a_password_change(client, anna):
    elsewhere = make.browser(anna)
    before = client.get_cookie("rapport", path="/acme").value
    form = {"current_password": make.PASSWORD, "password": NEW_PASSWORD}
    assert client.post("/acme/profile/password", data=form).status_code == 303
    assert elsewhere.get("/acme/profile").status_code == 302
    assert client.get("/acme/profile").status_code == 200
    client.set_cookie("rapport", before, path="/acme")
    assert client.get("/acme/profile").status_code == 302
    assert len(mails("password_changed")) == 1


def test_the_present_password_is_asked_for(client, anna):
    elsewhere = make.browser(anna)
    for wrong in ("", "wrong wrong wrong"):
        response = client.post("/acme/profile/password", data={"current_password": wrong, "password": NEW_PASSWORD})
        assert response.status_code == 422
        assert errors_of(response) == ["This is not your present password."]
    assert elsewhere.get("/acme/profile").status_code == 200
    assert me(anna).has_password(make.PASSWORD)


def test_one_session_is_ended(client, anna):
    elsewhere = make.browser(anna)
    mine, other = sorted(sessions(anna), key=lambda row: row.id)
    page = client.get("/acme/profile").text
    assert f"/profile/sessions/{other.id}/end" in page
    assert f"/profile/sessions/{mine.id}/end" not in page
    assert client.post(f"/acme/profile/sessions/{other.id}/end").status_code == 303
    assert elsewhere.get("/acme/profile").status_code == 302
    assert client.get("/acme/profile").status_code == 200


def test_all_other_sessions_are_ended(client, anna):
    others = [make.browser(anna) for _ in range(3)]
    assert client.post("/acme/profile/sessions/end").status_code == 303
    assert [other.get("/acme/profile").status_code for other in others] == [302] * 3
    assert client.get("/acme/profile").status_code == 200


def test_somebody_elses_session_cannot_be_ended(client, boris, carla):
    for person in (boris, carla):
        browser, slug = make.browser(person), make.slug_of(person)
        with make.inside(slug):
            [row] = db.session.query(Session).filter_by(person_id=person.id).all()
        assert client.post(f"/acme/profile/sessions/{row.id}/end").status_code == 404
        assert browser.get(f"/{slug}/profile").status_code == 200


@pytest.mark.parametrize("state", ["busy", "away", "available"])
def test_availability_changes_in_the_top_bar(client, anna, state):
    response = client.post("/acme/profile/availability", data={"availability": state}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert f'data-state="{state}"' in response.text
    assert me(anna).availability == state


def test_availability_without_javascript_leads_back(client, anna):
    response = client.post("/acme/profile/availability", data={"availability": "away", "next": "/customers"})
    assert response.location == "/acme/customers"
    assert client.post("/acme/profile/availability", data={"availability": "asleep"}).status_code == 422


def test_preferences_are_kept_one_by_one(client, anna):
    client.post("/acme/profile/preferences", data={"theme": "dark", "sound": "off", "title_badge": "off"})
    client.post("/acme/profile/preferences", data={"theme": "light"})
    assert me(anna).preferences == {"theme": "light", "sound": "off", "title_badge": "off"}
    assert client.post("/acme/profile/preferences", data={"theme": "pink"}).status_code == 422


def test_a_hostile_user_agent_is_only_text(anna):
    make.browser(anna)
    with make.inside():
        db.session.query(Session).one().user_agent = "<script>alert(1)</script>"
    assert "<script>alert" not in make.browser(anna).get("/acme/profile").text


def test_every_form_needs_its_own_token(with_csrf, client, anna):
    for path in ("/profile", "/profile/password", "/profile/availability", "/profile/preferences", "/sign-out"):
        assert client.post(f"/acme{path}", data={"name": "Mallory", "availability": "away"}).status_code == 400
    assert me(anna).name == "Anna"
    assert me(anna).availability == "available"


def test_pages_of_the_signed_in_are_not_kept_by_caches(client):
    assert client.get("/acme/profile").headers["Cache-Control"] == "no-store"


def test_the_present_password_cannot_be_guessed_on(limited, client, anna):
    wrong = {"current_password": "a wrong sentence", "password": NEW_PASSWORD}
    answers = [client.post("/acme/profile/password", data=wrong).status_code for _ in range(12)]
    assert answers == [422] * 10 + [429] * 2
    lena = make.browser(make.employee("Lena", "lead"))
    assert lena.post("/acme/profile/password", data=wrong).status_code == 422
