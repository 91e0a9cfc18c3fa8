"""Reading requests and answering them: fields, refusals, permissions."""

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any
from uuid import UUID

from flask import abort, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException

Kind = Callable[[Any], Any]
WHOLE = re.compile(r"-?\d+\Z")
USUAL_NAME = re.compile(r"[a-z0-9]+(?:[._+-][a-z0-9]+)*\Z")
USUAL_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9]|-(?!-)){0,61}(?<!-)\.)+(?:[a-z]{2}|com|net|org|edu|gov|info|biz)\Z")
CONTROL = re.compile(r"[\x00-\x1f]")


class Invalid(HTTPException):
    """422: what was sent cannot be taken; `errors` is {field: sentence}."""

    code = 422

    def __init__(self, errors: dict[str, str]):
        super().__init__(description=" ".join(str(sentence) for sentence in errors.values()))
        self.errors = {name: str(sentence) for name, sentence in errors.items()}


class Refused(HTTPException):
    """409: understood, but the state of things does not allow it. Subclasses say why."""

    code = 409
    description = lazy_gettext("This has changed in the meantime. Load the page again and look.")

    def __init__(self, description: str | None = None):
        super().__init__(description=str(description or self.description))


class Unfit(ValueError):
    """One field's value does not fit; its text is the sentence for a person."""


def read(**kinds: Kind) -> dict[str, Any]:
    """The named fields of the form or JSON body, and no others. Raises Invalid with every problem at once."""
    sent = json_object() if request.is_json else request.form
    values, errors = {}, {}
    for name, kind in kinds.items():
        try:
            values[name] = kind(several(sent, name) if getattr(kind, "several", False) else single(sent, name))
        except Unfit as problem:
            errors[name] = str(problem)
    if errors:
        raise Invalid(errors)
    return values


def read_query(**kinds: Kind) -> dict[str, Any]:
    """Like `read`, for the query string."""
    values, errors = {}, {}
    for name, kind in kinds.items():
        try:
            values[name] = kind(single(request.args, name))
        except Unfit as problem:
            errors[name] = str(problem)
    if errors:
        raise Invalid(errors)
    return values


def json_object() -> dict[str, Any]:
    try:
        sent = request.get_json()
    except RecursionError:
        sent = None
    if not isinstance(sent, dict):
        raise Invalid({"body": _("Send one JSON object.")})
    return sent


def single(sent: Any, name: str) -> Any:
    if hasattr(sent, "getlist"):
        found = sent.getlist(name)
        if len(found) > 1:
            raise Unfit(_("Send this only once."))
        return found[0] if found else None
    return sent.get(name)


def several(sent: Any, name: str) -> Any:
    return sent.getlist(name) if hasattr(sent, "getlist") else (sent.get(name) or [])


def clean(value: Any, max: int) -> str:
    """A string that PostgreSQL and every browser take: no NUL, no lone surrogates, not too long."""
    if not isinstance(value, str):
        raise Unfit(_("Send this as text."))
    if "\x00" in value:
        raise Unfit(_("This holds a character that cannot be kept. Type it again."))
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unfit(_("This holds a broken character. Type it again.")) from None
    value = value.replace("\r\n", "\n")
    if len(value) > max:
        raise Unfit(_("This has %(length)d characters; at most %(max)d fit.", length=len(value), max=max))
    return value


def text(max: int = 200, optional: bool = False, lines: bool = True) -> Kind:
    """Trimmed text of 1 to `max` characters; `optional` takes none and gives ''; without `lines` it is one line."""

    def kind(value: Any) -> str:
        value = clean(value if value is not None else "", max).strip()
        if not lines and CONTROL.search(value):
            raise Unfit(_("Write this in one line."))
        if not value and not optional:
            raise Unfit(_("Write something here."))
        return value

    return kind


def uuid(optional: bool = False) -> Kind:
    def kind(value: Any) -> UUID | None:
        if optional and value in (None, ""):
            return None
        try:
            return UUID(clean(value, 40))
        except ValueError:
            raise Unfit(_("This is not a valid id.")) from None

    return kind


def integer(min: int, max: int, optional: bool = False) -> Kind:
    def kind(value: Any) -> int | None:
        if optional and value in (None, ""):
            return None
        plain = isinstance(value, str) and len(value) <= 20 and WHOLE.match(value.strip())
        if not plain and (not isinstance(value, int) or isinstance(value, bool)):
            raise Unfit(_("Send a whole number."))
        if not min <= int(value) <= max:
            raise Unfit(_("Choose a number from %(min)d to %(max)d.", min=min, max=max))
        return int(value)

    return kind


def choice(*allowed: str, optional: bool = False) -> Kind:
    def kind(value: Any) -> str | None:
        if optional and value in (None, ""):
            return None
        if value not in allowed:
            raise Unfit(_("Choose one of the offered values."))
        return value

    return kind


def choices(*allowed: str) -> Kind:
    def kind(values: Any) -> list[str]:
        if not isinstance(values, list) or any(value not in allowed for value in values):
            raise Unfit(_("Choose from the offered values."))
        return list(dict.fromkeys(values))

    kind.several = True  # type: ignore[attr-defined]
    return kind


def checkbox() -> Kind:
    return lambda value: value in ("on", "true", "1", True)


def email(optional: bool = False) -> Kind:
    def kind(value: Any) -> str | None:
        if optional and value in (None, ""):
            return None
        found = address_of(clean(value, 254).strip())
        if found is None:
            raise Unfit(_("Write an e-mail address such as anna@example.com."))
        return found

    return kind


def address_of(typed: str) -> str | None:
    """An address as it is kept; None for what is none. A usual name at a usual domain, or at one met before, costs little."""
    name, _at, domain = typed.lower().rpartition("@")
    if USUAL_NAME.match(name) and len(name) <= 64:
        if USUAL_DOMAIN.match(domain) and len(domain) <= 180:
            return f"{name}@{domain}"
        known = usual_address(domain)
        return f"{name}@{known.partition('@')[2]}" if known and len(name) + len(known) <= 255 else None
    return whole_address(typed)


@lru_cache(maxsize=10_000)
def usual_address(domain: str) -> str | None:
    return whole_address(f"a@{domain}")


def whole_address(typed: str) -> str | None:
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(typed, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        return None


def files(name: str, max: int = 10) -> list[FileStorage]:
    """The files sent as `name`. Raises Invalid when there are more than `max`."""
    sent = [f for f in request.files.getlist(name) if f.filename]
    if len(sent) > max:
        raise Invalid({name: _("Send at most %(max)d files at once.", max=max)})
    return sent


def permitted(permission: str) -> Callable[[Any], Any]:
    """Let only employees with this permission in: others are sent to sign in, or get 403."""

    def decorate(route: Any) -> Any:
        @wraps(route)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return sign_in_first()
            if not current_user.may(permission):
                abort(403)
            return route(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def sign_in_first() -> Any:
    """To the sign-in page and back again; a fragment's request is told to go there as a whole page."""
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": url_for("accounts.sign_in")}
    if request.method not in ("GET", "HEAD") or wants_json():
        abort(401)
    return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))


def wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return request.is_json or (best == "application/json" and "HX-Request" not in request.headers)


def wants_fragment() -> bool:
    """Whether htmx asked for a part of a page (a history restore asks for all of it)."""
    return "HX-Request" in request.headers and request.headers.get("HX-Request-Type") != "full"


def actor() -> Any:
    """The person who acts in this request: a signed-in employee or customer, or a visitor; else None."""
    return g.get("actor") or (current_user if current_user and current_user.is_authenticated else None)
