"""Whose language and clock a page speaks: the signed-in person's, else the browser's among the tenant's."""

from typing import Any

from flask import g, has_request_context, request

LANGUAGES = ["en", "de"]


def locale() -> str | None:
    if not has_request_context():
        return g.get("language") or offered()[0]
    chosen = request.args.get("lang") or getattr(person(), "language", None)
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(offered(), default=offered()[0])


def offered() -> list[str]:
    """The tenant's languages, its own first."""
    tenant = g.get("tenant")
    if tenant is None:
        return LANGUAGES
    return [tenant.language, *(language for language in tenant.languages if language != tenant.language)]


def zone() -> str | None:
    chosen = getattr(person(), "time_zone", None) if has_request_context() else None
    tenant = g.get("tenant")
    return chosen or (tenant.time_zone if tenant else "UTC")


def person() -> Any:
    from .web import actor

    return actor()
