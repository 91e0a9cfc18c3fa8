"""What the person reads first: what is in the ZIP, in their own language."""

from flask import render_template
from flask_babel import lazy_gettext as _l

from ...db import now
from ...locale import language_of
from ...templating import speaking
from ..models import Customer

WORDS = {
    "people": _l("Name, addresses, numbers, notes and whatever else is known"),
    "customer_emails": _l("Further e-mail addresses"),
    "customer_phones": _l("Further phone numbers"),
    "customer_tags": _l("Tags"),
    "places": _l("Companies they work for"),
    "relations": _l("Who they are related to"),
    "consents": _l("What they allowed or took back, and when"),
    "conversations": _l("Chats, calls and mails, each as a whole"),
    "messages": _l("What was said in them, by both sides"),
    "attachments": _l("Which files were sent"),
    "calls": _l("Calls"),
    "tickets": _l("Requests that were worked on"),
    "ratings": _l("Ratings that they gave"),
    "transactions": _l("Purchases and refunds"),
    "transaction_lines": _l("What was bought"),
    "payments": _l("Payments"),
    "receipts": _l("Receipts"),
    "mails": _l("E-mails that were sent to them"),
    "received_mails": _l("E-mails that they sent"),
    "events": _l("What happened when"),
}


def readme(customer: Customer, counts: dict[str, int], files: int) -> str:
    """`counts` are the rows of each table, `files` the kept files."""
    with speaking(language_of(customer)):
        shown = {"customer": customer, "counts": counts, "files": files, "words": WORDS, "made_at": now()}
        return render_template("customers/export.txt", **shown)
