"""A mail's parts by the standard library, within limits that no real mail reaches.

What goes beyond is left out with a warning: what was understood before is kept. Measured without them: 3 s for
20,000 parameters, RecursionError for 5,000 nested parts.
"""

import re
from collections.abc import Iterator
from email._policybase import Compat32
from email.message import Message
from email.parser import BytesFeedParser
from typing import Any

from .text import decoded, eight_bit, from_base64

MOST_PARTS, MOST_CONTAINERS, LONGEST_HEADER, LONGEST_PART_HEADER, MOST_HEADER_BYTES = 300, 30, 16_000, 4_000, 500_000
CHUNK = 64 * 1024
BLANK = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")
FIELD = re.compile(rb"[!-9;-~]{1,80}[ \t]*:")


class Enough(Exception):
    """The limit that was reached."""


class Reading(Compat32):
    """The lenient policy: headers are cut, mails inside of mails kept as files.

    References are cut at their start, because the newest come last.
    """

    def header_source_parse(self, sourcelines: Any) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        if name.lower().startswith("content-"):
            value = re.sub(r"(?i)^\s*message/", "x-message/", value[:LONGEST_PART_HEADER])
        return name, value[-LONGEST_HEADER:] if name.lower() == "references" else value[:LONGEST_HEADER]

    def header_fetch_parse(self, name: str, value: str) -> str:
        return eight_bit(value)


READING = Reading()


class Counted:
    """Makes the parser's messages until there are too many. The first is the mail, and holds what was read."""

    def __init__(self) -> None:
        self.made: list[Message] = []
        self.containers = 0

    def __call__(self, policy: Any = READING) -> Message:
        if self.made and self.made[-1].get_content_maintype() == "multipart":
            self.containers += 1
        if len(self.made) >= MOST_PARTS or self.containers >= MOST_CONTAINERS:
            raise Enough("parts")
        self.made.append(Message(policy=policy))
        return self.made[-1]


def structure(raw: bytes) -> tuple[Message, list[str]]:
    """The mail as a tree, and what was left out."""
    raw, warnings = short_header(raw)
    counted = Counted()
    parser = BytesFeedParser(counted, policy=READING)
    counted.made.clear()  # it has tried how it is called
    try:
        for start in range(0, len(raw), CHUNK):
            parser.feed(raw[start : start + CHUNK])
        parser.close()
    except Enough as limit:
        warnings.append(str(limit))
    return counted.made[0], warnings


def short_header(raw: bytes) -> tuple[bytes, list[str]]:
    """A header of more than half a megabyte ends there; its body follows."""
    blank = BLANK.search(raw)
    end = blank.start() if blank else len(raw)
    if end <= MOST_HEADER_BYTES:
        return raw, []
    cut = raw.rfind(b"\n", 0, MOST_HEADER_BYTES)
    kept = raw[:cut] if cut > 0 else raw[:MOST_HEADER_BYTES]
    return kept + raw[end:], ["header"]


def looks_like_mail(raw: bytes) -> bool:
    """At least two fields among the first lines: a picture, a text or a web page has none."""
    lines = raw[:20_000].lstrip(b"\r\n \t\xef\xbb\xbf").splitlines()[:50]
    return sum(1 for line in lines if FIELD.match(line)) >= 2


def leaves(message: Message) -> Iterator[Message]:
    """What is not a container, in the order of the mail, without recursion."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inside = part.get_payload()
        if isinstance(inside, list):
            waiting.extend(part for part in reversed(inside) if isinstance(part, Message))
        else:
            yield part


def type_of(part: Message) -> str:
    return part.get_content_type().replace("x-message/", "message/")


def content(part: Message) -> bytes:
    """The part's bytes with its transfer encoding undone, as far as it is whole."""
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding == "base64":
        return from_base64(str(part.get_payload() or "").encode("utf-8", "replace"))
    del part["content-transfer-encoding"]
    if encoding == "quoted-printable":
        part["Content-Transfer-Encoding"] = encoding  # the parser knows it only without a space or comment
    undone = part.get_payload(decode=True)
    return undone if isinstance(undone, bytes) else b""


def text(part: Message, most: int) -> str:
    """At most `most` bytes of it are decoded."""
    charset = part.get_param("charset", "")
    name = charset[2] if isinstance(charset, tuple) else str(charset or "")
    return decoded(content(part)[:most], name)
