"""The words of promises and of the ladder, as pages and mails say them."""

from flask_babel import lazy_gettext as _l

CLOCK_WORDS = {"first": _l("First answer"), "next": _l("Next answer"), "solution": _l("Solution")}
WHOM_WORDS = {
    "assignee": _l("Who is responsible for the ticket"),
    "leads": _l("Team leads of the department"),
    "person": _l("A certain person"),
}
