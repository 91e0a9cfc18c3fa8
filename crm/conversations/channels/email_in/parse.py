"""Bytes to a Parsed or a Refusal. Raises nothing of its own making; `caps.understand` gives it its limits."""

import mimetypes
import re
from dataclasses import asdict
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from . import html, structure
from .loops import automatic, ids_in
from .parsed import Attachment, Parsed, Person, Refusal
from .quoted import cut
from .text import header_text, in_one_line, shown_name

MAX_BYTES = 25 * 1024 * 1024
MOST_TEXT, MOST_ADDRESSES, MOST_ATTACHMENTS = 200_000, 200, 100
ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\"\\]{1,64}@[^\s@,;:<>()\[\]\"\\]{1,253}\Z")
RESULT = re.compile(r"(?:^|;)\s*(spf|dkim|dmarc|arc)\s*=\s*([a-z]{1,20})\b")
COMMENT = re.compile(r"\([^()]*\)")
REFUSALS = {
    "empty": "This mail is empty.",
    "too_large": "This mail is larger than 25 MB.",
    "no_mail": "This is not a mail: it has no header with a sender, a subject or a date.",
}
TELLING = ("from", "to", "subject", "date", "message-id", "received", "sender", "return-path", "mime-version", "cc")


def read(raw: bytes, authserv_id: str = "") -> Parsed | Refusal:
    """Understand a mail. `authserv_id` is the name under which our own server writes Authentication-Results."""
    if not raw.strip():
        return refusal("empty")
    if len(raw) > MAX_BYTES:
        return refusal("too_large")
    if not structure.looks_like_mail(raw):
        return refusal("no_mail")
    message, warnings = structure.structure(raw)
    del raw  # 25 MB count here
    if not any(name in message for name in TELLING):
        return refusal("no_mail")
    return understood(message, warnings, authserv_id)


def refusal(reason: str) -> Refusal:
    return Refusal(reason, REFUSALS[reason])


def understood(message: Message, warnings: list[str], authserv_id: str) -> Parsed:
    sender = sender_of(message, warnings)
    text, safe, attachments = contents(message, warnings)
    return Parsed(
        message_id=next(iter(ids_in([first(message, "message-id")])), ""),
        in_reply_to=ids_in([first(message, "in-reply-to")]),
        references=ids_of_references(message),
        sender=sender,
        to=people(message, "to"),
        cc=people(message, "cc"),
        reply_to=people(message, "reply-to"),
        delivered_to=tuple(p.address for name in DELIVERED for p in people(message, name)),
        subject=subject_of(message),
        date=date_of(message, warnings),
        text=text,
        **asdict(cut(text)),
        html=safe,
        remote_pictures=safe.count('src="remote:'),
        attachments=attachments,
        authentication=authentication(message, authserv_id),
        automatic=automatic(message, sender, subject_of(message), text),
        protected=protected(message),
        spam=is_marked(message),
        warnings=tuple(dict.fromkeys(warnings)),
    )


DELIVERED = ("delivered-to", "x-original-to", "envelope-to")


def first(message: Message, name: str) -> str:
    return str(message.get(name, ""))


def subject_of(message: Message) -> str:
    return in_one_line(header_text(first(message, "subject")))


def ids_of_references(message: Message) -> tuple[str, ...]:
    """The newest twenty, which stand last."""
    found = re.findall(r"<[^\s<>]{1,500}>", first(message, "references"))
    return ids_in(found[-20:])


def people(message: Message, name: str) -> tuple[Person, ...]:
    written = [value.replace("(", " ").replace("\\", "") if value.count("(") > 20 else value
               for value in map(str, message.get_all(name, [])[:5])]  # fmt: skip
    found = [person(shown, address) for shown, address in getaddresses(written)[:MOST_ADDRESSES]]
    return tuple(someone for someone in found if someone.address)


def person(name: str, address: str) -> Person:
    """The address is "" when it is none: a name with an address in it is still only a name."""
    address = header_text(address).strip().lower()
    return Person(in_one_line(header_text(name), 200), address if ADDRESS.match(address) else "")


def sender_of(message: Message, warnings: list[str]) -> Person:
    """From; Sender and Return-Path only where there is none, with a warning, as with more than one."""
    found = people(message, "from")
    if len(message.get_all("from", [])) > 1 or len(found) > 1:
        warnings.append("many_senders")
    if found:
        return found[0]
    warnings.append("no_sender")
    return next(iter([*people(message, "sender"), *people(message, "return-path")]), Person("", ""))


def date_of(message: Message, warnings: list[str]) -> datetime | None:
    """As written, in UTC; None with a warning when it says nothing. Nothing may be sorted by it."""
    try:
        written = parsedate_to_datetime(first(message, "date")[:100])
        aware = written if written.tzinfo else written.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        warnings.append("date")
        return None


def authentication(message: Message, authserv_id: str) -> dict[str, str]:
    """What our own server found: the topmost under its name. Others, and those below, anybody can write."""
    for value in map(str, message.get_all("authentication-results", [])[:20]):
        bare = COMMENT.sub("", value)
        name, _, results = bare.partition(";")
        if authserv_id and name.split()[:1] == [authserv_id]:
            found = RESULT.findall(results.lower())
            return dict(reversed(found))
    return {}


def protected(message: Message) -> str:
    kinds = {structure.type_of(part) for part in [message, *structure.leaves(message)]}
    if any("pkcs7" in kind for kind in kinds):
        return "smime"
    return "pgp" if any(kind.startswith("application/pgp") for kind in kinds) or pgp_inline(message) else ""


def is_marked(message: Message) -> bool:
    """Whether a filter says that it is spam; anybody can write so, and harms only themselves."""
    return any(first(message, name).strip().lower().startswith("yes") for name in ("x-spam-flag", "x-spam-status"))


def pgp_inline(message: Message) -> bool:
    payload = message.get_payload()
    return isinstance(payload, str) and payload.lstrip().startswith("-----BEGIN PGP ")


def contents(message: Message, warnings: list[str]) -> tuple[str, str, tuple[Attachment, ...]]:
    """The text, the clean HTML and the files. What is neither text nor HTML for reading is a file."""
    texts: list[str] = []
    pages: list[str] = []
    files: list[Attachment] = []
    for part in structure.leaves(message):
        kind, disposition = structure.type_of(part), str(part.get("content-disposition", "")).strip().lower()
        inline = not disposition.startswith("attachment") and not name_of(part)
        if inline and kind in ("text/plain", "text/html"):
            (texts if kind == "text/plain" else pages).append(structure.text(part, html.MOST_BYTES + 1))
        elif len(files) < MOST_ATTACHMENTS:
            files.append(attachment(part, kind))
        else:
            warnings.append("attachments")
    text, safe = readable("\n".join(texts), pages, warnings)
    return text, safe, tuple(file for file in files if file.content or file.name)


def readable(text: str, pages: list[str], warnings: list[str]) -> tuple[str, str]:
    written = "\n".join(pages)
    page = html.cleaned(written) if written.strip() else ("", "")
    if page is None:
        warnings.append("html")
        page = "", html.bare_text(written[: html.MOST_BYTES])
    text = text.strip("\n") if text.strip() else page[1]
    if len(text) > MOST_TEXT:
        warnings.append("text")
    return text[:MOST_TEXT], page[0]


def name_of(part: Message) -> str:
    """`filename` or `name` in any spelling; "" when there is none or it cannot be read."""
    try:
        return str(part.get_filename("") or "")
    except (ValueError, LookupError, TypeError):
        return ""


def attachment(part: Message, kind: str) -> Attachment:
    plain = kind if re.fullmatch(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,100}", kind) else "application/octet-stream"
    ending = {"message/rfc822": ".eml", "text/calendar": ".ics"}.get(plain) or mimetypes.guess_extension(plain) or ""
    cid = in_one_line(str(part.get("content-id", "")), 200).strip("<> ")
    return Attachment(shown_name(name_of(part), f"file{ending}"), plain, structure.content(part), cid)
