import hashlib
import hmac
import json
import re
from html import unescape

import pytest

from crm.ops import shop


@pytest.fixture(autouse=True)
def known_tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_URL", "http://127.0.0.1:8000")
    monkeypatch.setenv("WIDGET_KEY", 'wk_1"2')
    monkeypatch.setenv("IDENTITY_SECRET", "secret")


def test_one_script_line_names_the_widgets_key():
    scripts = re.findall(r"<script.*?>", shop.page("", known=False))
    assert scripts == [
        '<script src="http://127.0.0.1:8000/static/widget.js" data-key="wk_1&quot;2" async>',
    ]


def test_a_known_user_is_signed_for_with_the_very_text_that_is_sent():
    page = shop.page("tent", known=True)
    found = re.search(r'data-user="([^"]+)" data-hash="([^"]+)"', page)
    assert found
    user = unescape(found[1])
    assert json.loads(user).keys() == {"id", "name", "email", "issued_at"}
    assert found[2] == hmac.new(b"secret", user.encode(), hashlib.sha256).hexdigest()


def test_without_a_key_there_is_no_script(monkeypatch):
    monkeypatch.delenv("WIDGET_KEY")
    assert "<script" not in shop.page("", known=True)
