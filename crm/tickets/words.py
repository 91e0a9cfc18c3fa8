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

# How a ticket stands, as its customer reads it, and what comes next.
CASE_WORDS = {
    "new": _l("We have received it"),
    "open": _l("We are working on it"),
    "pending": _l("We wait for your answer"),
    "hold": _l("On hold: we wait for something ourselves"),
    "solved": _l("Solved"),
    "closed": _l("Closed"),
}
NEXT_WORDS = {
    "new": _l("Somebody takes it up and answers you here and by e-mail. You need do nothing."),
    "open": _l("We answer you here and by e-mail. You need do nothing."),
    "pending": _l("Answer below, so that we can go on."),
    "hold": _l("You need do nothing. We write to you as soon as there is news."),
    "solved": _l("If something is still wrong, write below: we take it up again."),
    "closed": _l("If there is more, write below: we begin a new case that goes on from this one."),
}
