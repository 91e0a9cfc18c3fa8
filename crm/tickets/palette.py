"""One field that finds, from every page: tickets, conversations, records of every other kind, and where one may go."""

from dataclasses import dataclass
from typing import Any

from flask import Response, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from ..accounts.limits import SEARCHES, by_person
from ..conversations.models import Conversation
from ..errors import words
from ..extensions import limiter
from ..finding import Record, found_records
from ..refusals import seconds_left
from ..web import permitted, read_query, text
from .blueprint import bp
from .search import Hit, found
from .words import STATUS_WORDS

SHOWN = 5  # of each kind


@dataclass(frozen=True)
class Option:
    """What may be chosen: where it leads, and `about`, which stands at its end."""

    path: str
    icon: str
    words: Any
    about: Any = ""


@dataclass(frozen=True)
class Command:
    """Where one may go; found by the words of `word`, and of `also` by which people call it too."""

    word: Any
    icon: str
    path: str
    permission: str = "conversations.read"
    also: Any = ""

    @property
    def option(self) -> Option:
        return Option(self.path, self.icon, self.word)

    def fits(self, wanted: list[str]) -> bool:
        words = f"{self.word} {self.also}".lower().split()
        return all(any(word.startswith(part) for word in words) for part in wanted)


CALL = "/calls/new"  # stands in a window of the page, where there is one
COMMANDS = (
    Command(_l("Go to the inbox"), "inbox", "/inbox", also=_l("conversations mine")),
    Command(_l("Go to the queue"), "clock-hour-4", "/inbox/queue", also=_l("waiting")),
    Command(_l("Go to tickets"), "ticket", "/tickets", "tickets.read"),
    Command(_l("Go to nobody's tickets"), "ticket", "/tickets?view=unassigned", "tickets.read", _l("unassigned")),
    Command(_l("New ticket"), "plus", "/tickets/new", "tickets.edit", _l("open make create")),
    Command(_l("Log a call"), "phone", CALL, "conversations.reply", _l("phone")),
    Command(_l("Go to calls to make"), "phone-outgoing", "/tasks", also=_l("tasks callbacks")),
    Command(_l("Go to follow-ups"), "flag", "/follow-ups", "follow_ups.edit", _l("ratings stars")),
    Command(_l("Go to customers"), "address-book", "/customers", "customers.read", _l("people contacts")),
    Command(_l("Add a customer"), "user-plus", "/customers/new", "customers.edit", _l("new create person")),
    Command(_l("Go to companies"), "building", "/companies", "customers.read", _l("firms")),
    Command(_l("Add a company"), "building", "/companies/new", "customers.edit", _l("new create firm")),
    Command(_l("Go to purchases"), "shopping-cart", "/purchases", "transactions.read", _l("orders sales refunds")),
    Command(_l("New purchase"), "plus", "/purchases/new", "transactions.edit", _l("order sell create")),
    Command(_l("Go to products"), "package", "/products", "catalog.read", _l("goods prices stock")),
    Command(_l("Add a product"), "plus", "/products/new", "catalog.edit", _l("new create")),
    Command(_l("Go to imports"), "upload", "/imports", "customers.import", _l("file csv excel")),
    Command(_l("Go to employees"), "users", "/employees", "employees.read", _l("colleagues team")),
    Command(_l("Invite a colleague"), "user-plus", "/employees/invite", "employees.invite", _l("employee")),
    Command(_l("Go to notifications"), "bell", "/notifications"),
    Command(
        _l("Choose what you are told"),
        "bell-ringing",
        "/notifications/preferences",
        "profile.edit",
        _l("quiet hours sound"),
    ),
    Command(_l("Go to your profile"), "user-circle", "/profile", "profile.edit", _l("password signature")),
    Command(_l("Settings: workspace"), "settings", "/settings", "settings.edit", _l("name colour")),
    Command(_l("Settings: chat on your site"), "message-circle", "/settings/widget", "settings.edit", _l("widget")),
    Command(_l("Settings: departments"), "users-group", "/settings/departments", "departments.edit", _l("hours")),
    Command(_l("Settings: fields"), "forms", "/settings/fields", "settings.edit", _l("custom own")),
    Command(
        _l("Settings: what customers allow"),
        "circle-check",
        "/settings/purposes",
        "settings.edit",
        _l("consent purposes"),
    ),
    Command(_l("Settings: relations"), "route", "/settings/relations", "settings.edit"),
    Command(
        _l("Settings: selling"), "shopping-cart", "/settings/sales", "settings.edit", _l("stripe receipts currency tax")
    ),
    Command(_l("Settings: tickets"), "ticket", "/settings/tickets", "settings.edit"),
    Command(_l("Settings: mailboxes"), "inbox", "/settings/mailboxes", "settings.edit", _l("e-mail mail imap")),
    Command(_l("Settings: phone"), "phone", "/settings/phone", "settings.edit", _l("telephone")),
    Command(_l("Settings: promised times"), "clock-check", "/settings/promises", "settings.edit", "sla"),
    Command(_l("Settings: ratings"), "star", "/settings/ratings", "settings.edit", _l("stars reasons")),
    Command(_l("Settings: mails in trouble"), "mail", "/settings/mails", "settings.edit", _l("e-mail bounced")),
    Command(_l("Settings: blocked senders"), "ban", "/settings/blocked", "customers.block", _l("spam unblock")),
    Command(_l("Settings: canned replies"), "template", "/settings/canned-replies", "canned_replies.edit"),
)


def wait(_broken: Any) -> Response:
    """Where the results would be, what to do instead."""
    title, sentence = words(429)
    shown = render_template("tickets/_palette.html", refused=f"{title}. {sentence}", wanted="", groups=[])
    return Response(shown, 429, {"Retry-After": str(seconds_left())})


@bp.get("/palette")
@permitted("conversations.read")
@limiter.limit(SEARCHES, key_func=by_person, on_breach=wait)
def palette() -> Any:
    """What fits to what was typed so far; before anything is typed, where one may go."""
    wanted = read_query(q=text(max=200, optional=True, lines=False))["q"]
    groups = [*sought(wanted), (_("Do"), allowed(wanted))] if wanted else [(_("Do"), allowed(""))]
    return render_template("tickets/_palette.html", wanted=wanted, groups=[one for one in groups if one[1]], call=CALL)


def allowed(wanted: str) -> list[Option]:
    parts = wanted.lower().split()
    fitting = [one for one in COMMANDS if current_user.may(one.permission) and one.fits(parts)]
    return [one.option for one in fitting[: SHOWN if parts else None]]


def sought(wanted: str) -> list[tuple[str, list[Option]]]:
    """Each ticket and each conversation once, that of the number first."""
    records = found_records(wanted, current_user.may, SHOWN)
    hits = found(wanted) if current_user.may("tickets.read") else []
    tickets = [ticket_option(hit) for hit in hits if hit.number]
    talks = [*numbered(wanted), *(talk_option(hit) for hit in hits if not hit.number and hit.conversation)]
    return [
        (_("Tickets"), once(tickets)),
        *((kind.title, [record_option(one) for one in some]) for kind, some in records),
        (_("Conversations"), once(talks)),
    ]


def ticket_option(hit: Hit) -> Option:
    return Option(f"/tickets/{hit.number}", "ticket", f"#{hit.number} {hit.subject}", STATUS_WORDS[hit.status or "new"])


def talk_option(hit: Hit) -> Option:
    return Option(
        f"/conversations/{hit.conversation}", "message", f"#{hit.conversation} {hit.excerpt.striptags()}", hit.sender
    )


def record_option(record: Record) -> Option:
    return Option(record.path, record.kind.icon, record.name, record.about)


def numbered(wanted: str) -> list[Option]:
    """What is between colleagues is found by nobody here."""
    digits = wanted.strip().removeprefix("#")
    known = Conversation.first(number=int(digits)) if digits.isdecimal() and len(digits) < 10 else None
    if known is None or known.is_internal:
        return []
    name = known.customer.shown_name if known.customer else ""
    return [Option(f"/conversations/{known.number}", "message", f"#{known.number} {known.preview or ''}", name)]


def once(options: list[Option]) -> list[Option]:
    return list({one.path: one for one in reversed(options)}.values())[::-1][:SHOWN]
