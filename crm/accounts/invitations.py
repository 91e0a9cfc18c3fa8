"""Inviting employees: a one-time key by e-mail, for a week. The role and the department stand in its facts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from ..db import db, now
from ..events import record
from ..forms import only_one
from ..mail import queue_mail
from ..tenancy import current_tenant, public_link
from ..web import Invalid
from .models import Department, Employee, Person, Token
from .permissions import ROLES, outranks
from .tokens import UsedUp, redeemable

DAYS = 7


@dataclass(frozen=True)
class Invited:
    """An invitation as pages show it."""

    id: UUID
    email: str
    role_name: Any
    department: Department | None
    invited_by: Person | None
    created_at: datetime
    expired: bool


def invite(by: Employee, email: str, role: str, department_id: UUID | None) -> Token:
    """Raises Invalid: a role above one's own, a department that is not here, somebody who works here already."""
    facts = {"role": given_role(by, role), "by": str(by.id), "department_id": None}
    department = given_department(department_id)
    if department:
        facts["department_id"] = str(department.id)
    guard_newcomer(email)
    token, key = Token.make("invitation", DAYS * 24, email=email, facts=facts)
    record("employee.invited", token, role=role)
    send(token, key)
    return token


def given_role(by: Employee, role: str) -> str:
    if not outranks(by.role or "", role):
        raise Invalid({"role": _("You can give at most your own role. Ask somebody above you.")})
    return role


def given_department(department_id: UUID | None) -> Department | None:
    """The open department of this id, None for none. Raises Invalid for an archived, unknown or foreign one."""
    if department_id is None:
        return None
    found = Department.first(id=department_id, archived_at=None)
    if found is None:
        raise Invalid({"department_id": _("This department is not there any more. Choose another.")})
    return found


def guard_newcomer(email: str) -> None:
    known = Employee.first(email=email)
    if known and known.deactivated_at:
        raise Invalid({"email": _("They worked here before. Let them in again on their page.")})
    if known:
        raise Invalid({"email": _("%(name)s works here already.", name=known.shown_name)})
    if Token.first(purpose="invitation", email=email, used_at=None):
        raise Invalid({"email": _("They have been invited already. Send that invitation again, or withdraw it.")})


def send_again(by: Employee, token: Token) -> None:
    """With a new key, for another week, in the name of who sends it now; the key of the mail before dies. Raises Invalid as `invite`."""
    token.facts = {**token.facts, "role": given_role(by, token.facts["role"]), "by": str(by.id)}
    key = token.renew(DAYS * 24)
    send(token, key)


def send(token: Token, key: str) -> None:
    inviter = db.session.get(Person, (token.tenant_id or current_tenant.id, UUID(token.facts["by"])))
    words: dict[str, Any] = {"link": public_link("accounts.invitation", key=key), "days": DAYS}
    words["name"] = current_tenant.name
    words["inviter"] = inviter.shown_name if inviter else current_tenant.name
    mail_key = f"invitation:{token.key_hash[:32]}"
    queue_mail(mail_key, token.email or "", "invitation", current_tenant.language, secret=True, **words)


def opened(key: str, lock: bool = False) -> Token:
    """The invitation of this key. Raises UsedUp, also when who invited may do so no longer: what they gave ends with their access."""
    token = redeemable("invitation", key, lock)
    if not stands(token, Employee.first(id=UUID(token.facts["by"]))):
        raise UsedUp("invitation", used=False)
    return token


def stands(token: Token, inviter: Employee | None) -> bool:
    """Whether who invited could give this role today."""
    may = inviter is not None and inviter.may("employees.invite")
    return inviter is not None and may and outranks(inviter.role or "", token.facts["role"])


def accept(token: Token, name: str, password_hash: str) -> Employee:
    """The new employee. The role comes from the invitation and from nowhere else. Expects the token locked."""
    department = token.facts["department_id"]
    employee = Employee(name=name, email=token.email, role=token.facts["role"], password_hash=password_hash)
    employee.department_id = UUID(department) if department else None
    with only_one("name", _("Somebody with this e-mail address works here already. Sign in.")):
        employee.save()
    token.use()
    record("employee.joined", employee)
    return employee


def open_invitations() -> list[Invited]:
    query = select(Token).where(Token.purpose == "invitation", Token.used_at.is_(None))
    return shown(list(db.session.scalars(query.order_by(Token.created_at.desc()).limit(200)).all()))


def shown(tokens: list[Token]) -> list[Invited]:
    """Two statements, however many there are."""
    departments = by_id(Department, [token.facts["department_id"] for token in tokens])
    people = by_id(Employee, [token.facts["by"] for token in tokens])
    return [
        Invited(
            id=token.id,
            email=token.email or "",
            role_name=ROLES[token.facts["role"]],
            department=departments.get(token.facts["department_id"]),
            invited_by=people.get(token.facts["by"]),
            created_at=token.created_at,
            expired=token.expires_at < now() or not stands(token, people.get(token.facts["by"])),
        )
        for token in tokens
    ]


def by_id(model: Any, ids: list[str | None]) -> dict[str | None, Any]:
    wanted = {UUID(id) for id in ids if id}
    found = db.session.scalars(select(model).where(model.id.in_(wanted))).all() if wanted else []
    return {str(row.id): row for row in found}
