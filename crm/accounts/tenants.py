"""Opening a tenant and changing its settings."""

from typing import Any, cast

from flask_babel import gettext as _

from ..db import db, uuid7
from ..events import record
from ..forms import only_one
from ..tenancy import Tenant, current_tenant, set_tenant
from .models import Department, Employee
from .passwords import hash_password


def open_tenant(slug: str, name: str, owner: dict[str, str], **settings: Any) -> Employee:
    """A tenant with its first department and its owner; `owner` has name, email and password. Returns the owner.

    All in one transaction, which the caller commits; from here on the new tenant is the tenant of the moment.
    Raises Invalid when the slug is taken.
    """
    password_hash = hash_password(owner["password"])
    db.session.rollback()  # the transaction must begin with the new tenant set
    tenant = Tenant(id=uuid7(), slug=slug, name=name, **settings)
    set_tenant(tenant)
    with only_one("slug", _("This address is taken. Choose another.")):
        db.session.add(tenant)
    department = Department(name=_("Support")).save()
    person = Employee(name=owner["name"], email=owner["email"], role="owner", password_hash=password_hash).save()
    db.session.flush()
    person.department_id = department.id
    record("tenant.opened", person)
    return person


def change_tenant(**values: Any) -> Tenant:
    """Change settings of the tenant of the moment. Call `tenancy.forget_cached_tenant()` after the commit."""
    tenant = fresh_tenant()
    for name, value in values.items():
        setattr(tenant, name, value)
    return tenant


def rotate_identity_secret() -> None:
    """From the commit on, signatures made with the old secret are refused, and sockets that one opened are closed."""
    fresh_tenant().identity_version += 1
    current_tenant.touch_access()


def fresh_tenant() -> Tenant:
    """The row itself: `current_tenant` is a copy that may be two seconds old and is shared."""
    return cast(Tenant, db.session.get(Tenant, current_tenant.id, with_for_update=True, populate_existing=True))
