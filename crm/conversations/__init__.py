"""Live conversations: the queue, the inbox, messages, ratings."""

from importlib import import_module

from flask import Flask

# Each registers what it holds: routes, sockets, reactions, panels.
MODULES = (
    "channels.chat",
    "channels.email",
    "channels.phone",
    "channels.notes",
    "channels.delivery",
    "received.jobs",
    "received.pages",
    "received.mailboxes",
    "inbox",
    "routes",
    "calls",
    "ringing",
    "tasks",
    "phone_settings",
    "live",
    "replies",
    "follow_ups",
    "asking",
    "files",
    "events",
    "presence",
    "panels",
    "telling",
    "customer_live",
    "routing",
    "routing_settings",
    "forgetting",
)


def init_app(app: Flask) -> None:
    for name in MODULES:
        import_module(f".{name}", __name__)
    from ..registry import panels_of
    from . import blueprint, channels, files, mentions, phone_hooks, pieces, words
    from .received import pages

    app.register_blueprint(blueprint.bp)
    app.register_blueprint(phone_hooks.bp)
    app.jinja_env.globals.update(file_url=files.file_url, system_line=words.system_line, call_line=words.call_line)
    app.jinja_env.globals.update(bubble=pieces.bubble, line=pieces.line, panels_of=panels_of)
    app.jinja_env.filters["with_mentions"] = mentions.with_mentions
    app.jinja_env.globals.update(mail_url=pages.mail_url)
    app.jinja_env.globals.update(channels=channels.channels, channel_of=channels.channel_of)
