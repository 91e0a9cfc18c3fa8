"""Live pages: who is told (topics), what (fragments), and how it gets there (hub and sockets).

PostgreSQL holds the truth and the positions; Redis is only the bell.
"""

from .frames import publish, refresh, signal, upsert
from .hub import hub
from .routes import Audience, live, live_by_frame
from .topics import Topic, positioned

__all__ = [
    "Audience",
    "Topic",
    "hub",
    "live",
    "live_by_frame",
    "positioned",
    "publish",
    "refresh",
    "signal",
    "upsert",
]
