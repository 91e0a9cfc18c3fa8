"""What the widget's scripts do, as a test writes it down."""

import hashlib
import hmac
import io
import json
import secrets
import time
import uuid
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm.db import db
from crm.tenancy import forget_cached_tenant
from tests import make

SITE = "http://localhost"  # the product's own, always allowed


class Visitor:
    """A browser on a tenant's site: its token, and after `enter()` its bearer."""

    def __init__(self, slug: str = "acme", token: str | None = None, user: str | None = None, hash: str | None = None):
        self.slug, self.token, self.user, self.hash = slug, token or secrets.token_urlsafe(32), user, hash
        self.client: FlaskClient = make.state.app.test_client()
        self.root = f"/w/{make.tenant(slug).widget_key}"
        self.bearer = ""

    def exchange(self, **facts: Any) -> Any:
        sent = {"token": self.token, "user": self.user, "hash": self.hash, "site": SITE, "view": "1", **facts}
        return self.client.post(f"{self.root}/session", json=sent)

    def enter(self, **facts: Any) -> "Visitor":
        response = self.exchange(**facts)
        assert response.status_code == 200, response.text
        self.bearer = response.json["bearer"]
        self.view = response.json["view"]
        return self

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.bearer}", "Accept": "application/json, text/html;q=0.9"}

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(self.root + path, headers=self.headers, **options)

    def post(self, path: str, **form: Any) -> Any:
        return self.client.post(self.root + path, headers=self.headers, data=form)

    def state(self) -> Any:
        """What the button shows."""
        return self.client.post(f"{self.root}/state", data=json.dumps({"token": self.token})).json

    def begin(self, body: str = "Where is my parcel?", **form: Any) -> int:
        response = self.post("/my/conversations", **{"body": body, "client_id": str(uuid.uuid4()), **form})
        assert response.status_code == 201, response.text
        return int(response.headers["X-Conversation"])

    def say(self, number: int, body: str = "Hello", **form: Any) -> Any:
        return self.post(
            f"/my/conversations/{number}/messages", **{"body": body, "client_id": str(uuid.uuid4()), **form}
        )


def visitor(slug: str = "acme", **facts: Any) -> Visitor:
    return Visitor(slug, **facts).enter()


def signed(slug: str = "acme", secret: str | None = None, **facts: Any) -> dict[str, str]:
    """What a shop's server writes into its page for a signed-in user: {user, hash}."""
    with make.inside(slug) as tenant:
        key = secret or tenant.identity_secret
    user = json.dumps({"id": "42", "issued_at": int(time.time()), **facts})
    return {"user": user, "hash": hmac.new(key.encode(), user.encode(), hashlib.sha256).hexdigest()}


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def allow(slug: str, *sites: str) -> None:
    make.tenant(slug, allowed_sites=list(sites))
    forget_cached_tenant()


def png(size: int = 200) -> tuple[io.BytesIO, str]:
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"\0" * size), "parcel.png"
