"""The libraries the app is made of, each bound to the app in `create_app`."""

from collections.abc import Callable
from ipaddress import IPv6Network, ip_address
from time import monotonic
from typing import Any

import redis
from flask_babel import Babel
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_sock import Sock
from flask_wtf import CSRFProtect

babel = Babel()
csrf = CSRFProtect()
login = LoginManager()
sock = Sock()


def client_address() -> str:
    from flask import request

    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return request.remote_addr or "unknown"
    if address.version == 4 or address.ipv4_mapped:
        return str(getattr(address, "ipv4_mapped", None) or address)
    return str(IPv6Network((int(address), 64), strict=False))  # a household has 2^64 of them


def is_for_people_at_work() -> bool:
    """Routes that ask for a permission, however many colleagues share an address; sockets and static files, too."""
    from flask import current_app, request

    view = current_app.view_functions.get(request.endpoint or "")
    socket = request.url_rule is not None and request.url_rule.websocket
    return hasattr(view, "permission") or request.endpoint == "static" or socket


class SteadyLimiter(Limiter):
    """A dead Redis must neither open the gates nor close them: each process then counts the same limits by itself.

    Flask-Limiter turns to its own count for the first request that finds Redis dead, and fails those that wait beside it.
    """

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        try:
            super()._check_request_limit(callable_name, in_middleware)
        except redis.RedisError:
            self._storage_dead = True
            self.context.seen_limits.clear()
            super()._check_request_limit(callable_name, in_middleware)


# Strangers' pages without a limit of their own.
limiter = SteadyLimiter(
    key_func=client_address,
    default_limits=["600 per minute"],
    default_limits_exempt_when=is_for_people_at_work,
    in_memory_fallback_enabled=True,
)


class Bell:
    """Redis as hints only: short time limits, no retries, and a failure is remembered for a moment.

    A request pays the time limit at most once; until `quiet` seconds have passed the bell is skipped.
    """

    quiet = 2.0

    def __init__(self):
        self.client: redis.Redis
        self.dead_until = 0.0

    def init_app(self, app):
        self.client = connect(app.config["CRM"].redis_url)

    def publish(self, topic: str, frame: str | bytes) -> bool:
        """Ring; returns whether somebody could be told."""
        return self.publish_all([(topic, frame)])

    def publish_all(self, frames: list[tuple[str, str | bytes]]) -> bool:
        """Ring for several in one round trip."""
        return self.ask(lambda client: ring(client, frames)) is not None

    def ask(self, question: Callable[[redis.Redis], Any]) -> Any:
        """What Redis answers; None when it is away."""
        if monotonic() < self.dead_until:
            return None
        try:
            return question(self.client)
        except redis.RedisError:
            self.dead_until = monotonic() + self.quiet
            return None


def ring(client: redis.Redis, frames: list[tuple[str, str | bytes]]) -> int:
    if len(frames) == 1:
        client.publish(*frames[0])
    else:
        pipe = client.pipeline(transaction=False)
        for frame in frames:
            pipe.publish(*frame)
        pipe.execute()
    return len(frames)


def connect(url: str, timeout: float = 0.5) -> redis.Redis:
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return redis.Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )


bell = Bell()
