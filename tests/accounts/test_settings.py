"""The tenant's own settings and its widget's."""

import pytest
from sqlalchemy import select

from crm.accounts.colours import contrast_with_white
from crm.accounts.devices import device
from crm.accounts.kinds import currencies, origin, time_zones
from crm.db import db
from crm.tenancy import Tenant
from crm.web import Unfit
from tests import make
from tests.accounts.steps import errors_of

FORM = {"name": "Acme Ltd", "accent": "#0a7d33", "language": "de", "languages": ["en", "de"]}
FORM |= {"time_zone": "Europe/Berlin", "currency": "CHF", "rating_delay_minutes": "30"}


@pytest.fixture
def admin(boris):
    return make.browser(boris)


def tenant(slug="acme"):
    with make.state.app.app_context():
        return db.session.scalar(select(Tenant).where(Tenant.slug == slug))


def test_settings_change_at_once(admin):
    assert admin.get("/acme/settings").status_code == 200
    assert admin.post("/acme/settings", data=FORM).status_code == 303
    now = tenant()
    assert (now.name, now.accent, now.language, now.languages) == ("Acme Ltd", "#0a7d33", "de", ["en", "de"])
    assert (now.time_zone, now.currency, now.rating_delay_minutes) == ("Europe/Berlin", "CHF", 30)
    page = admin.get("/acme/settings").text
    assert "#0a7d33" in page
    assert "Acme Ltd" in page


def test_the_own_language_is_always_offered(admin):
    admin.post("/acme/settings", data={**FORM, "language": "de", "languages": ["en"]})
    assert tenant().languages == ["en", "de"]


@pytest.mark.parametrize(
    "wrong",
    [
        *({"name": ""}, {"name": "x" * 101}, {"accent": "red"}, {"accent": "#12345"}, {"accent": "#000000;}body{"}),
        *({"language": "xx"}, {"languages": ["xx"]}, {"time_zone": "Mars"}, {"currency": "EURO"}, {"currency": "DEM"}),
        *({"rating_delay_minutes": "x"}, {"rating_delay_minutes": "1.5"}, {"rating_delay_minutes": "9" * 30}),
        *({"rating_delay_minutes": "-1"}, {"rating_delay_minutes": "10081"}, {"rating_delay_minutes": ""}),
    ],
)
def test_what_does_not_fit_comes_back_with_what_was_typed(admin, wrong):
    response = admin.post("/acme/settings", data={**FORM, **wrong})
    assert response.status_code == 422
    assert tenant().name == "Acme"
    if "name" not in wrong:
        assert 'value="Acme Ltd"' in response.text


def test_mass_assignment_in_the_settings(admin):
    before = tenant()
    admin.post(
        "/acme/settings", data={**FORM, "slug": "globex", "widget_key": "mine", "identity_version": "9", "id": "1"}
    )
    now = tenant()
    assert (now.id, now.slug, now.widget_key, now.identity_version) == (before.id, "acme", before.widget_key, 1)


@pytest.mark.parametrize("role", ["agent", "lead"])
def test_only_admins_see_and_change_settings(app, role):
    browser = make.browser(make.employee("Rita", role))
    for path in ("/settings", "/settings/widget", "/settings/contrast"):
        assert browser.get(f"/acme{path}").status_code == 403
    for path in ("/settings", "/settings/widget", "/settings/widget/secret"):
        assert browser.post(f"/acme{path}", data=FORM).status_code == 403
    assert tenant().name == "Acme"
    assert tenant().identity_version == 1


def test_a_lead_finds_the_canned_replies_and_nothing_more(app):
    page = make.browser(make.employee("Lea", "lead")).get("/acme/settings/canned-replies")
    assert page.status_code == 200
    assert 'href="/acme/settings/canned-replies"' in page.text
    assert 'href="/acme/settings/widget"' not in page.text


def test_the_contrast_is_told_while_choosing(admin):
    assert "Too light" in admin.get("/acme/settings/contrast?accent=%23ffee00").text
    assert "easy to read" in admin.get("/acme/settings/contrast?accent=%23003388").text
    assert admin.get("/acme/settings/contrast?accent=red").status_code == 422


def test_contrast_is_computed_as_wcag_says():
    assert contrast_with_white("#ffffff") == 1.0
    assert contrast_with_white("#000000") == 21.0
    assert contrast_with_white("#767676") == 4.5


def test_the_widgets_line_names_the_key_and_the_public_address(admin):
    page = admin.get("/acme/settings/widget", headers={"X-Forwarded-Host": "evil.example"})
    key = tenant().widget_key
    assert f"http://localhost/static/widget.js&#34; data-key=&#34;{key}&#34;" in page.text
    assert f'src="/w/{key}/preview"' in page.text
    assert "evil.example" not in page.text


def test_greeting_and_sites_change(admin):
    sites = "shop.example.com\nhttps://*.example.org/x?y\n\nhttp://localhost:8001\nhttps://shop.example.com"
    response = admin.post("/acme/settings/widget", data={"greeting": "Hello", "allowed_sites": sites})
    assert response.status_code == 303
    assert tenant().greeting == "Hello"
    assert tenant().allowed_sites == ["https://shop.example.com", "https://*.example.org", "http://localhost:8001"]
    assert "http://localhost:8001" in admin.get("/acme/settings/widget").text
    admin.post("/acme/settings/widget", data={"greeting": "", "allowed_sites": ""})
    assert (tenant().greeting, tenant().allowed_sites) == ("", [])


@pytest.mark.parametrize(
    "line",
    [
        *(
            "*",
            "javascript:alert(1)",
            "https://a;script-src",
            "'self'",
            "https://a'b",
            "https://x@y.example",
            "ftp://x.example",
        ),
        *(
            "https://a..b",
            "http://x:99999",
            "https://",
            "http://[::1]",
            "https://*.*.example",
            "data:text/html,x",
            "https://a,b",
        ),
    ],
)
def test_nothing_but_origins_reaches_the_header(admin, line):
    response = admin.post("/acme/settings/widget", data={"greeting": "Kept", "allowed_sites": line})
    assert response.status_code == 422
    assert len(errors_of(response)) == 1
    assert "Kept" in response.text
    assert tenant().allowed_sites == []
    with pytest.raises(Unfit):
        origin(line)


def test_sites_in_other_alphabets_are_kept_as_browsers_send_them():
    assert origin("https://münchen.example") == "https://xn--mnchen-3ya.example"


def test_a_new_secret_ends_the_old(admin):
    before = tenant()
    with make.inside():
        old = before.identity_secret
    assert old in admin.get("/acme/settings/widget").text
    assert admin.post("/acme/settings/widget/secret").status_code == 303
    page = admin.get("/acme/settings/widget").text
    with make.inside():
        assert tenant().identity_secret in page
    assert old not in page


def test_two_tenants_secrets_differ(admin, carla):
    with make.inside():
        assert tenant().identity_secret != tenant("globex").identity_secret


def test_zones_and_currencies_are_the_ones_in_use():
    assert {"UTC", "Europe/Berlin", "America/New_York"} <= set(time_zones())
    assert {"EUR", "USD", "CHF", "JPY"} <= set(currencies())
    assert "DEM" not in currencies()


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0", "Firefox · Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1", "Safari · iPhone"),
        ("curl/8.5", "curl/8.5"),
        ("", ""),
    ],
)
def test_a_browsers_name(user_agent, name):
    assert device(user_agent) == name
