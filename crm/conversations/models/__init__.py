"""Conversations, what is said in them, and what people thought of it."""

from .call import Call
from .conversation import AlreadyTaken, Closed, Conversation
from .mail_id import MailId
from .message import Attachment, Message
from .participant import Participant
from .rating import FollowUp, Rating
from .settings import CannedReply, Presence

__all__ = [
    "AlreadyTaken",
    "Attachment",
    "Call",
    "CannedReply",
    "Closed",
    "Conversation",
    "FollowUp",
    "MailId",
    "Message",
    "Participant",
    "Presence",
    "Rating",
]
