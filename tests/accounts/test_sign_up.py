"""The server's own pages, and a business that begins."""

import dataclasses

import pytest
from sqlalchemy import select

from crm.accounts.models import Department, Employee
from crm.db import db
from crm.tenancy import ROOT, Tenant
from tests import make
from tests.accounts.steps import errors_of

FORM = {"company": "Initech", "slug": "initech", "name": "Olga Owner", "email": "olga@initech.test"}
FORM |= {"password": "correct horse battery"}


def tenants(slug):
    with make.state.app.app_context():
        return db.session.scalars(select(Tenant).where(Tenant.slug == slug)).all()


@pytest.fixture
def setting(app):
    """`setting(signup=False)` changes the server's settings for one test."""
    before = app.config["CRM"]

    def change(**values):
        app.config["CRM"] = dataclasses.replace(app.config["CRM"], **values)

    yield change
    app.config["CRM"] = before


def test_signing_up_opens_a_workspace_and_signs_the_owner_in(stranger):
    response = stranger.post("/sign-up", data=FORM)
    assert response.location == "/initech/settings/widget"
    page = stranger.get(response.location)
    assert page.status_code == 200
    assert "Your workspace is ready" in page.text
    with make.inside("initech"):
        owner = Employee.find(email="olga@initech.test")
        assert owner.role == "owner"
        assert owner.department_id == Department.find(name="Support").id


@pytest.mark.parametrize(("zone", "kept"), [("Europe/Berlin", "Europe/Berlin"), ("Mars/Olympus", "UTC"), ("", "UTC")])
def test_the_workspace_lives_in_its_owners_time_zone(stranger, zone, kept):
    stranger.post("/sign-up", data={**FORM, "time_zone": zone})
    [tenant] = tenants("initech")
    assert tenant.time_zone == kept


@pytest.mark.parametrize(
    ("zone", "country", "currency"),
    [("Europe/Zurich", "CH", "CHF"), ("America/New_York", "US", "USD"), ("Asia/Calcutta", "IN", "INR"),
     ("Antarctica/Troll", "", "EUR"), ("UTC", "", "EUR"), ("Mars/Olympus", "", "EUR")],
)  # fmt: skip
def test_the_workspace_reads_numbers_and_counts_money_as_its_owners_country_does(stranger, zone, country, currency):
    stranger.post("/sign-up", data={**FORM, "time_zone": zone})
    [tenant] = tenants("initech")
    assert (tenant.country, tenant.currency) == (country, currency)


def test_the_owners_cookie_belongs_to_the_workspace_alone(stranger):
    cookie = stranger.post("/sign-up", data=FORM).headers["Set-Cookie"]
    assert "Path=/initech;" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("slug", ["acme", "ACME", " acme "])
def test_a_taken_address_is_refused_and_nothing_typed_is_lost(stranger, anna, slug):
    response = stranger.post("/sign-up", data={**FORM, "slug": slug})
    assert response.status_code == 422
    assert errors_of(response) == ["This address is taken. Choose another."]
    assert 'value="Initech"' in response.text
    assert 'value="olga@initech.test"' in response.text
    assert FORM["password"] not in response.text


@pytest.mark.parametrize("slug", ["", "a b", "-a", "a-", "ü", "a/b", "a" * 41, "a\x00", "..", *sorted(ROOT)])
def test_an_address_that_cannot_be_is_refused(stranger, slug):
    response = stranger.post("/sign-up", data={**FORM, "slug": slug})
    assert response.status_code == 422
    assert len(errors_of(response)) == 1


def test_a_form_with_everything_wrong_names_every_field(stranger):
    response = stranger.post(
        "/sign-up", data={"company": "", "slug": "", "name": "", "email": "x", "password": "short"}
    )
    assert response.status_code == 422
    assert len(errors_of(response)) == 5


def test_mass_assignment_of_a_role_or_a_tenants_column_changes_nothing(stranger):
    stranger.post("/sign-up", data={**FORM, "id": "1", "role": "agent", "widget_key": "mine", "kind": "customer"})
    [tenant] = tenants("initech")
    assert tenant.widget_key.startswith("wk_")
    with make.inside("initech"):
        assert Employee.find(email="olga@initech.test").role == "owner"


def test_sign_up_can_be_turned_off(stranger, setting):
    setting(signup=False)
    assert stranger.get("/sign-up").status_code == 403
    response = stranger.post("/sign-up", data=FORM)
    assert response.status_code == 403
    assert "No new workspaces here" in response.text
    assert not tenants("initech")
    assert "/sign-up" not in stranger.get("/").text


def test_sign_up_needs_the_forms_own_token(with_csrf, stranger):
    assert stranger.post("/sign-up", data=FORM).status_code == 400
    assert not tenants("initech")


def test_sign_up_is_limited_by_address_and_forged_proxy_headers_do_not_help(limited, stranger):
    def attempt(n):
        return stranger.post("/sign-up", data={}, headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code

    answers = [attempt(n) for n in range(12)]
    assert answers[:10] == [422] * 10
    assert answers[10:] == [429, 429]


def test_the_start_page_finds_a_workspace(stranger, anna):
    assert stranger.get("/").status_code == 200
    assert stranger.post("/", data={"slug": "Acme"}).location == "/acme/sign-in"
    missing = stranger.post("/", data={"slug": "nowhere"})
    assert missing.status_code == 422
    assert 'value="nowhere"' in missing.text


@pytest.mark.parametrize(
    "slug", ["//evil.example", "https://evil.example", "acme/../x", "\\evil", "acme\r\nSet-Cookie: a=b"]
)
def test_finding_a_workspace_is_no_open_redirect(stranger, anna, slug):
    assert stranger.post("/", data={"slug": slug}).status_code == 422


def test_the_demo_shows_its_ways_in(stranger, anna, setting):
    assert "demo" not in stranger.get("/").text
    setting(demo_shop_url="http://localhost:8001", mail_sink_dir="/tmp/sink")
    page = stranger.get("/").text
    assert "http://localhost:8001" in page
    assert "/acme/sign-in" in page
    assert 'href="/mail"' in page


def test_a_tenants_start_page_is_not_the_servers(stranger, anna):
    assert stranger.get("/acme/").location.startswith("/acme/sign-in")
    assert stranger.get("/acme/sign-up").status_code == 404
    assert stranger.get("/acme/start").status_code == 404


def test_robots_and_icon(stranger):
    assert "Disallow: /" in stranger.get("/robots.txt").text
    assert stranger.get("/favicon.ico").mimetype == "image/svg+xml"
