"""The words of tickets' states, as pages and refusals say them."""

from flask_babel import lazy_gettext as _l

STATUS_WORDS = {
    "new": _l("New"),
    "open": _l("Open"),
    "pending": _l("Waiting for the customer"),
    "hold": _l("On hold"),
    "solved": _l("Solved"),
    "closed": _l("Closed"),
}
PRIORITY_WORDS = {"low": _l("Low"), "normal": _l("Normal"), "high": _l("High"), "urgent": _l("Urgent")}
TYPE_WORDS = {"question": _l("Question"), "problem": _l("Problem"), "incident": _l("Incident"), "task": _l("Task")}
LINK_WORDS = {"duplicate_of": _l("Duplicate of"), "blocked_by": _l("Blocked by"), "follows": _l("Follows")}
# The same links seen from the other ticket.
LINKED_WORDS = {"duplicate_of": _l("Has the duplicate"), "blocked_by": _l("Blocks"), "follows": _l("Followed by")}
