"""Whether the server may answer somebody by itself (RFC 3834): never a machine, and nobody more often than is polite."""

from datetime import timedelta

from sqlalchemy import func, select

from ...db import db, now
from ...mail import Mail
from ..models import Conversation, Message

MOST_A_DAY = 3
AUTOMATIC = "auto"  # what the keys of such mails begin with, by which they are counted


def may_answer(address: str, conversation: Conversation | None) -> bool:
    return answered_today(address) < MOST_A_DAY and not (conversation and came_from_machine(conversation))


def answered_today(address: str) -> int:
    query = (
        select(func.count()).select_from(Mail).where(Mail.recipient == address, Mail.key.startswith(f"{AUTOMATIC}:"))
    )
    return db.session.scalar(query.where(Mail.created_at > now() - timedelta(days=1))) or 0


def came_from_machine(conversation: Conversation) -> bool:
    """Whether the last mail in it said that nobody wants an answer."""
    query = select(Message.facts).where(Message.conversation_id == conversation.id, Message.kind == "email")
    query = query.where(Message.sender_id == conversation.customer_id).order_by(Message.seq.desc()).limit(1)
    return bool(((db.session.scalar(query) or {}).get("mail") or {}).get("silent"))
