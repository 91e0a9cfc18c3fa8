"""Telling customers by mail how their ticket stands: at each change of status that the tenant chose, in the case's thread."""

from flask import current_app, render_template
from sqlalchemy import select

from ..accounts.models import Employee
from ..conversations.channels.email import MOST_NAMED, sender_of, subject_of
from ..conversations.channels.email_in.thread import reply_address
from ..conversations.models import Conversation, MailId, Message
from ..conversations.received.answering import AUTOMATIC, may_answer
from ..db import db
from ..events import Event, later
from ..locale import language_of
from ..mail import Letter, queue_mail
from ..mail.compose import server_address
from ..mail.rows import domain
from ..registry import panel
from ..tenancy import current_tenant
from ..tickets import queries
from ..tickets.models import Ticket
from ..tickets.words import CASE_WORDS, NEXT_WORDS
from .case_links import link_of
from .ratings import asked_with


@later("ticket.opened", "ticket.status_changed")
def tell_customer(event: Event) -> None:
    """Once for each change that still stands; of several in a row only the last is told."""
    ticket: Ticket | None = event.subject
    status = event.facts.get("after", "new")
    if ticket is None or ticket.merged_into_id or not is_told(status) or (status != "new" and ticket.status != status):
        return
    if event.facts.get("by_hand"):
        return  # nobody wrote to us, and what we write first says it
    if status == "closed" and event.actor_id is None and is_told("solved"):
        return  # it closed by itself, on the day that they know from the mail about the solution
    customer = ticket.customer
    if customer is None or not customer.contact_email or customer.blocked_at:
        return
    automatic = follows_customer(ticket, event)
    if automatic and not may_answer(str(customer.contact_email), queries.current(ticket)):
        return
    asked = asked_with(ticket) if status == "solved" else {}
    words = {"state": CASE_WORDS[ticket.status], "next_step": NEXT_WORDS[ticket.status], "link": link_of(ticket)}
    queue_mail(f"{AUTOMATIC if automatic else 'case'}:{event.id}", str(customer.contact_email), "case", language_of(customer),
               letter=letter_of(ticket, event), ticket=ticket, **words, **asked)  # fmt: skip


def follows_customer(ticket: Ticket, event: Event) -> bool:
    """Whether it is an automatic answer: no employee did it, and what was said last is the customer's."""
    if event.actor_id is not None and Employee.first(id=event.actor_id):
        return False
    conversation = queries.current(ticket)
    return conversation is not None and conversation.last_customer_seq > conversation.last_reply_seq


def is_told(status: str) -> bool:
    chosen = current_tenant.notify_statuses
    return chosen is None or status in chosen


def letter_of(ticket: Ticket, event: Event) -> Letter:
    """In the thread of its mails when it goes by mail, and always in one of its own; answers go to its conversation."""
    conversation, here = queries.current(ticket), domain() or "localhost"
    known = names_of(conversation) if conversation else []
    root = f"<case.{ticket.id.hex}@{here}>"
    before = [] if event.name == "ticket.opened" else [root]
    sender = sender_of(conversation) if conversation else server_address()
    secret, at = current_app.config["CRM"].secret_key, sender.partition("@")[2]
    return Letter(
        message_uuid=None,
        message_id=root if not before else f"<case.{event.id.hex}@{here}>",
        subject=subject_of(conversation) if conversation and known else f"{ticket.subject} (#{ticket.number})",
        sender=sender,
        reply_to=reply_address(secret, ticket.tenant_id, conversation.id, at) if conversation else "",
        in_reply_to=[*before, *known, ""][-2] if before or known else "",
        references=(*before, *known[1 - MOST_NAMED :]),
    )


def names_of(conversation: Conversation) -> list[str]:
    """The Message-IDs of its mails, the oldest first."""
    query = select(MailId.rfc_id).join(
        Message, (Message.tenant_id == MailId.tenant_id) & (Message.id == MailId.message_id)
    )
    query = query.where(Message.conversation_id == conversation.id).order_by(Message.seq, MailId.id)
    return list(db.session.scalars(query).all())


@panel("ticket")
def link_panel(ticket: Ticket) -> str | None:
    """The way to the customer's page, for employees to copy or to take back."""
    if ticket.customer is None:
        return None
    return render_template("tickets/_customer_link.html", ticket=ticket, link=link_of(ticket))
