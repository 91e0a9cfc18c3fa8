"""Tickets: tracked pieces of work, and what hangs on them."""

from ...listing.models import SavedView
from .clock import TicketClock
from .escalation import Escalation, EscalationNotice, EscalationStep
from .merging import TicketMerge
from .parts import ChecklistItem, TicketConversation, TicketFollower, TicketLink, TicketTag
from .policy import SlaPolicy
from .search import SearchEntry, SearchMark, SearchWord
from .ticket import OPEN, PRIORITIES, STATUSES, TYPES, Ticket

__all__ = [
    "OPEN",
    "PRIORITIES",
    "STATUSES",
    "TYPES",
    "ChecklistItem",
    "Escalation",
    "EscalationNotice",
    "EscalationStep",
    "SavedView",
    "SearchEntry",
    "SearchMark",
    "SearchWord",
    "SlaPolicy",
    "Ticket",
    "TicketClock",
    "TicketConversation",
    "TicketFollower",
    "TicketLink",
    "TicketMerge",
    "TicketTag",
]
