"""Where a mail belongs: by a reply address that we signed, or by a Message-ID of ours from somebody who takes part.

Subjects, quoted text and a Message-ID that a stranger heard of say nothing.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from .parsed import Parsed

SIGNATURE_LETTERS = 16  # of base32: 80 bits, and mail servers may write them in any case
REPLY = re.compile(r"reply\+([0-9a-f]{32})\.([a-z2-7]{16})@", re.IGNORECASE)
MOST_NAMED = 200


def reply_address(secret: str, tenant_id: UUID, conversation_id: UUID, domain: str) -> str:
    """An address that stands for a conversation, for ever: who answers by it may write there."""
    return f"reply+{conversation_id.hex}.{signature(secret, tenant_id, conversation_id)}@{domain}"


def signature(secret: str, tenant_id: UUID, conversation_id: UUID) -> str:
    key = hashlib.sha256(b"reply address\0" + secret.encode()).digest()
    signed = hmac.new(key, tenant_id.bytes + conversation_id.bytes, hashlib.sha256).digest()
    return base64.b32encode(signed).decode().lower()[:SIGNATURE_LETTERS]


def open_reply_address(secret: str, tenant_id: UUID, address: str) -> UUID | None:
    """The conversation; None for any other address, and for a forged or foreign signature."""
    found = REPLY.match(address)
    if found is None:
        return None
    conversation_id = UUID(found[1])
    right = signature(secret, tenant_id, conversation_id)
    return conversation_id if hmac.compare_digest(right, found[2].lower()) else None


@dataclass(frozen=True)
class Named:
    """What a mail names: conversations by signed addresses, and Message-IDs, the nearest first."""

    conversations: tuple[UUID, ...] = ()
    message_ids: tuple[str, ...] = ()
    forged: bool = False  # an address that looks like ours and is not


def named(parsed: Parsed, secret: str, tenant_id: UUID) -> Named:
    """`message_ids` are to be looked up among those of our mails; see `place`."""
    written = [person.address for person in (*parsed.to, *parsed.cc)] + list(parsed.delivered_to)
    ours = [address for address in dict.fromkeys(written) if REPLY.match(address)]
    opened = [open_reply_address(secret, tenant_id, address) for address in ours]
    ids = dict.fromkeys((*parsed.in_reply_to, *reversed(parsed.references)))
    return Named(tuple(id for id in dict.fromkeys(opened) if id), tuple(ids)[:MOST_NAMED], None in opened)


@dataclass(frozen=True)
class Known:
    """A Message-ID that was found: the conversation it is in, and the addresses of those who take part there."""

    conversation_id: UUID
    addresses: frozenset[str]


@dataclass(frozen=True)
class Place:
    """`by` is address, message_id or "" for a new conversation; `warning` says why one was not believed."""

    conversation_id: UUID | None = None
    by: str = ""
    warning: str = ""


def place(names: Named, sender: str, known: Mapping[str, Known]) -> Place:
    """Where the mail goes. `known` has the Message-IDs among `names.message_ids` that are of this tenant."""
    if names.conversations:
        return Place(names.conversations[0], "address")
    found = [known[id] for id in names.message_ids if id in known]
    for here in found:
        if sender and sender.lower() in here.addresses:
            return Place(here.conversation_id, "message_id", "forged_address" if names.forged else "")
    if names.forged:
        return Place(warning="forged_address")
    return Place(warning="stranger" if found else "")
