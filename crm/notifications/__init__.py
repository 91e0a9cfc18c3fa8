"""What employees are told: in the page's head, by mail, pushed to browsers, by sound; each kind as everybody wants it."""

from importlib import import_module

from flask import Flask

from ..accounts.browser import session_id

# Each registers what it holds: kinds with their reactions, routes, pushes, clock entries.
MODULES = (
    "kinds.conversations",
    "kinds.tickets",
    "kinds.ratings",
    "kinds.calls",
    "kinds.mailboxes",
    "kinds.payments",
    "kinds.people",
    "routes",
    "preferences",
    "devices",
    "events",
    "jobs",
    "pushes",
)


def init_app(app: Flask) -> None:
    for name in MODULES:
        import_module(f".{name}", __name__)
    from . import blueprint, kinds, wishes

    app.register_blueprint(blueprint.bp)
    app.jinja_env.globals.update(notification_kinds=kinds.kinds, wishes_of=wishes.Wishes, session_id=session_id)
