"""What is known of a mail after it was read, and what is said of one that could not be."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Person:
    """As written in the mail, and so no proof of anything. `address` is lower-cased, "" when there was none."""

    name: str
    address: str


@dataclass(frozen=True)
class Attachment:
    """`name` is safe to show and to save; `type` is only what the mail claims; `cid` is what its HTML calls it."""

    name: str
    type: str
    content: bytes
    cid: str = ""


@dataclass(frozen=True)
class Bounce:
    """A server's word that a mail of ours did not arrive (yet): RFC 3464, or free text as far as it can be read."""

    recipient: str = ""
    status: str = ""  # as 5.1.1
    sentence: str = ""
    message_ids: tuple[str, ...] = ()  # of the mails it may be about, ours if found among the sent ones
    final: bool = True


@dataclass(frozen=True)
class Automatic:
    """Who wrote: `kind` is person, reply (out of office), notice, bounce or list. Only a person's may be answered."""

    kind: str = "person"
    why: str = ""  # the header or words that say so
    answerable: bool = True
    bounce: Bounce | None = None


@dataclass(frozen=True)
class Parsed:
    """A mail. `text` is all of it, `new` without what it quotes, `quoted` the rest.

    `html` is clean: pictures of other servers have `remote:` before their address, those of the mail `cid:`.
    `warnings` name what was cut, doubled or could not be read: the raw mail has it still.
    """

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sender: Person = Person("", "")
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    reply_to: tuple[Person, ...] = ()
    delivered_to: tuple[str, ...] = ()
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    new: str = ""
    quoted: str = ""
    html: str = ""
    remote_pictures: int = 0
    attachments: tuple[Attachment, ...] = ()
    authentication: dict[str, str] = field(default_factory=dict)
    automatic: Automatic = Automatic()
    protected: str = ""  # smime or pgp
    spam: bool = False  # as a filter on its way has marked it
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """What cannot be a mail, or costs too much to read: a word for programs and a sentence for people."""

    reason: str
    sentence: str
