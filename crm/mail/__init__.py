"""Outgoing mail: a row first, then SMTP in the worker.

SMTP cannot be exactly-once. Notices go at most once: one whose outcome is unknown is marked `uncertain` and not
sent again. Replies go at least once, with a Message-ID that stays the same.
"""

from .jobs import find_stranded_mail, send_mail
from .rows import Letter, Mail, queue_mail

__all__ = ["Letter", "Mail", "find_stranded_mail", "queue_mail", "send_mail"]
