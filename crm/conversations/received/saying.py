"""A mail as a message of a conversation."""

from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from ...customers.models import Customer
from ..channels.email_in.parsed import Parsed
from ..models import Conversation, ReceivedMail
from ..models.writing import Draft, post
from .keeping import Files, keep_files
from .placing import department_for, place_of

LONGEST = 20_000  # letters shown at once; more is folded with what is quoted


def say(mail: ReceivedMail, parsed: Parsed, customer: Customer) -> None:
    """Begin a conversation or go on with one. Blocked senders, and answers of machines that nobody awaits, say nothing."""
    spot = place_of(mail, parsed)
    mail.placed_by, mail.warning = spot.by, spot.warning
    if customer.blocked_at:
        return mail.settle("blocked", "sender")
    conversation = Conversation.locked(id=spot.conversation_id) if spot.conversation_id else None
    if nobody_awaits(parsed, conversation):
        return mail.settle("ignored", "automatic")
    if conversation is None:
        begun = Conversation.begin(customer, department_for(mail, parsed), client_id_of(mail), channel="email",
                                   subject=parsed.subject)  # fmt: skip
        conversation = Conversation.locked(id=begun.id) if begun.last_customer_seq else begun  # a new one is ours alone
    elif conversation.customer_id != customer.id and not mail.warning:
        mail.warning = "other_sender"
    conversation.reopen()
    put_into(conversation, customer, mail, parsed)


def nobody_awaits(parsed: Parsed, conversation: Conversation | None) -> bool:
    """Whether a program says that its person is away, where nobody waits for them. Words alone do not prove a program."""
    surely = parsed.automatic.kind == "reply" and parsed.automatic.why != "Subject"
    return surely and (conversation is None or conversation.status == "closed")


def put_into(conversation: Conversation, customer: Customer, mail: ReceivedMail, parsed: Parsed) -> None:
    whole, files = parsed.new or parsed.text, keep_files(parsed)
    rest = (whole[LONGEST:] + "\n\n" + parsed.quoted) if parsed.new else whole[LONGEST:]
    mail.quoted, mail.html = rest.strip() or None, parsed.html or None
    mail.facts = facts_of(mail, parsed, files)
    shown = {"mail": {**mail.facts, "id": str(mail.id), "rest": bool(mail.quoted), "page": bool(mail.html)}}
    shown["mail"]["pictures"] = len(files.pictures)
    draft = Draft(whole[:LONGEST], client_id_of(mail), "email", files.attached, facts=shown)
    message = post(conversation, customer, draft)
    mail.become(message, parsed.message_id)


def client_id_of(mail: ReceivedMail) -> UUID:
    """By which a second reading finds what the first has written."""
    return uuid5(NAMESPACE_OID, f"{mail.tenant_id} {mail.key}")


def facts_of(mail: ReceivedMail, parsed: Parsed, files: Files) -> dict[str, Any]:
    """What is shown beside the text; what is empty is left out."""
    facts = {
        "from": parsed.sender.address,
        "subject": parsed.subject,
        "to": [person.address for person in parsed.to][:20],
        "cc": [person.address for person in parsed.cc][:20],
        "auth": parsed.authentication,
        "automatic": parsed.automatic.kind if parsed.automatic.kind != "person" else "",
        "silent": not parsed.automatic.answerable,
        "spam": parsed.spam,
        "warning": mail.warning,
        "protected": parsed.protected,
        "remote": parsed.remote_pictures,
        "held": list(files.held),
        "pictures": files.pictures,
        "cut": list(parsed.warnings),
    }
    return {name: value for name, value in facts.items() if value}
