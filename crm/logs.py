"""One line per event, with the request, the tenant and the actor; as text for people or JSON for machines."""

import json
import logging
import sys
import time
from typing import Any

from flask import Flask, Response, g, has_app_context, has_request_context, request

from . import outages
from .db import uuid7

STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
access = logging.getLogger("crm.access")


class Context(logging.Filter):
    """Adds who and where. What a server of ours could not do is told in a line; tracebacks are for defects."""

    def filter(self, record: logging.LogRecord) -> bool:
        outage = outages.why(record.exc_info[1]) if record.exc_info else None
        if outage:
            record.msg, record.args, record.exc_info = f"{record.getMessage()} {outage}", None, None
        record.request = g.get("request_id", "-") if has_app_context() else "-"
        record.tenant = str(g.get("tenant_id") or "-") if has_app_context() else "-"
        record.actor = str(g.get("actor_id") or "-") if has_app_context() else "-"
        return True


class Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        shown: dict[str, Any] = {"time": self.formatTime(record), "level": record.levelname, "logger": record.name}
        shown |= {"message": record.getMessage()}
        shown |= {k: v if isinstance(v, int | float) else str(v) for k, v in vars(record).items() if k not in STANDARD}
        if record.exc_info:
            shown["traceback"] = self.formatException(record.exc_info)
        return json.dumps(shown)


TEXT = "%(asctime)s %(levelname)s %(name)s request=%(request)s tenant=%(tenant)s actor=%(actor)s %(message)s"


def set_up(level: str, form: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Context())
    handler.setFormatter(Json() if form == "json" else logging.Formatter(TEXT))
    root = logging.getLogger("crm")
    root.handlers, root.propagate = [handler], False
    root.setLevel(level.upper())


def init_app(app: Flask) -> None:
    config = app.config["CRM"]
    if not app.testing:
        set_up(config.log_level, config.log_format)
    app.before_request(begin)
    app.after_request(tell)


def begin() -> None:
    g.request_id, g.began = uuid7().hex, time.perf_counter()


def tell(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "-")
    if has_request_context() and request.endpoint != "static":
        spent = (time.perf_counter() - g.get("began", time.perf_counter())) * 1000
        facts = {"method": request.method, "path": path(), "status": response.status_code, "ms": round(spent, 1)}
        access.info("%(method)s %(path)s %(status)d %(ms).1f ms", facts, extra=facts)
    return response


LONGEST_SHOWN = 36  # a UUID; keys, tokens and signed links are longer, and open something


def path() -> str:
    """The path in one line, without the parts that open something: those do not belong in a log."""
    parts = (request.script_root + request.path).split("/")
    whole = "/".join(part if len(part) <= LONGEST_SHOWN else "…" for part in parts)
    return "".join(sign if sign.isprintable() else "?" for sign in whole)
