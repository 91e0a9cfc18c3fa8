"""Conversations, what is said in them, and what people thought of it."""

from .call import Call
from .conversation import AlreadyTaken, Closed, Conversation
from .mail_id import MailId
from .mailbox import Mailbox
from .message import Attachment, Message
from .participant import Participant
from .rating import FollowUp, Rating
from .received_mail import ReceivedMail
from .routing import Ability, Routing
from .settings import CannedReply, Presence, Watching
from .task import Task
from .telephony import PhoneLine, PhoneSource

__all__ = [
    "Ability",
    "AlreadyTaken",
    "Attachment",
    "Call",
    "CannedReply",
    "Closed",
    "Conversation",
    "FollowUp",
    "MailId",
    "Mailbox",
    "Message",
    "Participant",
    "PhoneLine",
    "PhoneSource",
    "Presence",
    "Rating",
    "ReceivedMail",
    "Routing",
    "Task",
    "Watching",
]
