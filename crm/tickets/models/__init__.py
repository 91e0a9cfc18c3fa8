"""Tickets: tracked pieces of work, and what hangs on them."""

from .parts import ChecklistItem, TicketConversation, TicketFollower, TicketLink, TicketTag
from .ticket import OPEN, PRIORITIES, STATUSES, TYPES, Ticket

__all__ = [
    "OPEN",
    "PRIORITIES",
    "STATUSES",
    "TYPES",
    "ChecklistItem",
    "Ticket",
    "TicketConversation",
    "TicketFollower",
    "TicketLink",
    "TicketTag",
]
