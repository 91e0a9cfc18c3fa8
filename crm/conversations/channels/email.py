"""E-mail: what an employee answers goes out as a mail of the conversation's thread."""

import re

from flask import current_app
from flask_babel import lazy_gettext as _l

from ...locale import language_of
from ...mail import Letter, queue_mail
from ...mail.compose import server_address
from ...mail.rows import domain
from ...tenancy import current_tenant
from ..models import Conversation, MailId, Message
from . import channel
from .email_in.thread import reply_address

ANSWERED = re.compile(r"(\s*(re|aw|antw|sv|fw|fwd|wg)\s*:)+\s*", re.IGNORECASE)
MOST_NAMED = 20  # in References: the first, which began the thread, and the last


def has_address(conversation: Conversation) -> bool:
    customer = conversation.customer
    return customer is not None and customer.contact_email is not None and customer.blocked_at is None


@channel("email", icon="mail", word=_l("E-mail"), sends=True, may_reply=has_address,
         composer="conversations/_email_fields.html")  # fmt: skip
def send(message: Message) -> None:
    """Queue its mail, once however often this is asked for. Who lost their address meanwhile, or is blocked, gets none."""
    conversation = message.conversation
    if not has_address(conversation):
        return message.on_its_way("failed", "")
    assert conversation.customer
    letter = letter_of(message)
    MailId.note(message, letter.message_id, "out")
    signature = conversation.department.signature if conversation.department else ""
    queue_mail(f"message:{message.id}", str(conversation.customer.contact_email), "reply",
               language_of(conversation.customer), must_arrive=True, letter=letter, message=message,
               signature=signature)  # fmt: skip


def letter_of(message: Message) -> Letter:
    """From whom, about what, and after which mails. The Message-ID is the message's own, so it never changes."""
    conversation, known = message.conversation, MailId.before(message)
    theirs = [one.rfc_id for one in known if one.direction == "in"]
    names = [one.rfc_id for one in known]
    sender = sender_of(conversation)
    return Letter(
        message_uuid=message.id,
        message_id=f"<{message.id.hex}@{domain() or 'localhost'}>",
        subject=subject_of(conversation, begins=not known),
        sender=sender,
        sender_name=f"{message.sender.shown_name} ({current_tenant.name})" if message.sender else "",
        reply_to=reply_address(current_app.config["CRM"].secret_key, conversation.tenant_id, conversation.id,
                               sender.partition("@")[2]),
        in_reply_to=(theirs or names or [""])[-1],
        references=tuple(names if len(names) <= MOST_NAMED else [names[0], *names[1 - MOST_NAMED :]]),
        attachments=tuple({"id": str(file.id), "name": file.name, "type": file.type} for file in message.files),
    )  # fmt: skip


def sender_of(conversation: Conversation) -> str:
    """The department's address, else the server's."""
    department = conversation.department
    return department.address if department and department.address else server_address()


def subject_of(conversation: Conversation, begins: bool = False) -> str:
    """The conversation's, answered once however often it went to and fro; as it is in a mail that `begins` it."""
    bare = ANSWERED.sub("", conversation.subject, count=1).strip()
    if begins and bare:
        return bare
    return f"Re: {bare}" if bare else f"{current_tenant.name} #{conversation.number}"
