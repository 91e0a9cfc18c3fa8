"""Whether a person wrote, or a machine: RFC 3834 says who must never be answered, RFC 3464 how a bounce looks."""

import re
from collections.abc import Iterable
from email.message import Message
from email.parser import HeaderParser

from . import structure
from .parsed import Automatic, Bounce, Parsed, Person
from .text import clean, header_text, in_one_line

MESSAGE_ID = re.compile(r"<([^\s<>@]{1,300}@[^\s<>@]{1,250})>")
ABSENT = re.compile(
    r"^\W*(?:auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|away from (?:my )?(?:mail|desk)"
    r"|abwesenheits(?:notiz|nachricht)|abwesend|automatische (?:antwort|abwesenheits)|nicht im (?:büro|haus)"
    r"|réponse automatique|absence du bureau|absent du bureau|respuesta automática|fuera de (?:la )?oficina"
    r"|risposta automatica|fuori (?:sede|ufficio)|automatisch antwoord|afwezig|niet aanwezig)",
    re.IGNORECASE,
)
FAILED = re.compile(
    r"undeliver|delivery (?:status notification|failure|has failed)|returned mail|mail delivery (?:failed|system)"
    r"|failure notice|unzustellbar|nicht zugestellt|zustellung fehlgeschlagen|non remis|no se ha podido entregar",
    re.IGNORECASE,
)
SERVERS_OWN = ("mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon")
NEVER_ANSWERED = (*SERVERS_OWN, "noreply", "no-reply", "donotreply", "do-not-reply", "bounce", "bounces", "listserv")
SAID = re.compile(r"^.{0,80}?\b([45]\d\d[ -](?:#?([245]\.\d{1,3}\.\d{1,3})\b)?.{3,400})$", re.MULTILINE)
WHOM = re.compile(r"<([^\s<>@]{1,64}@[^\s<>@]{1,250})>")


def automatic(message: Message, sender: Person, subject: str, text: str) -> Automatic:
    """By the surest sign first: a report, then headers that say so, then words that people's programs use."""
    bounce = report(message) or free_text(message, sender, subject, text)
    if bounce:
        return Automatic("bounce", "delivery report", False, bounce)
    if message.get_content_type() == "multipart/report":  # of success, or that it was read
        return Automatic("notice", "multipart/report", False)
    submitted = word(message, "Auto-Submitted")
    if submitted and submitted != "no":
        return Automatic("reply" if submitted == "auto-replied" else "notice", f"Auto-Submitted: {submitted}", False)
    precedence = word(message, "Precedence")
    if "list-id" in message or "list-post" in message or precedence == "list":
        return Automatic("list", "List-Id" if "list-id" in message else f"Precedence: {precedence}", False)
    return by_words(message, sender, subject, precedence)


def by_words(message: Message, sender: Person, subject: str, precedence: str) -> Automatic:
    replying = [name for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder") if word(message, name)]
    if replying or precedence == "auto_reply" or ABSENT.match(subject):
        return Automatic("reply", replying[0] if replying else "Precedence" if precedence else "Subject", False)
    if precedence in ("bulk", "junk"):
        return Automatic("notice", f"Precedence: {precedence}", False)
    quiet = [name for name in ("X-Loop", "List-Unsubscribe", "X-Auto-Response-Suppress") if name in message]
    if word(message, "Return-Path") == "<>":
        quiet.append("Return-Path")
    if quiet:
        return Automatic(why=quiet[0], answerable=False)
    mailbox = sender.address.partition("@")[0]
    silent = not sender.address or mailbox in NEVER_ANSWERED or mailbox.startswith("owner-")
    return Automatic(why="From" if silent else "", answerable=not silent)


def word(message: Message, name: str) -> str:
    """A header's first word, small: what follows are parameters and comments."""
    return re.split(r"[\s;(]", str(message.get(name, "")).strip().lower(), maxsplit=1)[0]


def report(message: Message) -> Bounce | None:
    """RFC 3464: fields by the machine, and the mail or its header that it is about."""
    parts = list(structure.leaves(message))
    status = next((part for part in parts if structure.type_of(part) == "message/delivery-status"), None)
    if status is None:
        return None
    blocks = re.split(r"\n\s*\n", structure.text(status, 50_000).strip())
    fields = [HeaderParser().parsestr(block.strip() + "\n\n") for block in blocks]
    about = next((block for block in fields if "final-recipient" in block or "action" in block), fields[-1])
    action, code = word(about, "Action"), word(about, "Status")
    if action in ("delivered", "relayed", "expanded"):
        return None
    recipient = str(about.get("final-recipient") or about.get("original-recipient") or "").rpartition(";")[2]
    sentence = in_one_line(str(about.get("diagnostic-code", "")).partition(";")[2], 500)
    originals = [structure.text(part, 100_000) for part in parts if structure.type_of(part) in ORIGINAL]
    ids = own_ids(originals) or ids_in([*originals, *map(str, about.get_all("original-message-id", []))])
    return Bounce(in_one_line(recipient, 320).lower().strip("<> "), code, sentence, ids, action != "delayed"
                  and not code.startswith("4"))  # fmt: skip


ORIGINAL = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global")


def own_ids(originals: list[str]) -> tuple[str, ...]:
    """The Message-ID of the mail that came back, rather than those that it answers."""
    heads = [HeaderParser().parsestr(original.lstrip().partition("\n\n")[0] + "\n\n") for original in originals]
    return ids_in([str(head.get("message-id", "")) for head in heads])


def ids_in(texts: Iterable[str]) -> tuple[str, ...]:
    found = (id for text in texts for id in MESSAGE_ID.findall(text[:100_000]) if id.isprintable())
    return tuple(dict.fromkeys(f"<{id}>" for id in found))[:20]


def free_text(message: Message, sender: Person, subject: str, text: str) -> Bounce | None:
    """What servers of old write: from the machine itself, and in words."""
    machine = sender.address.partition("@")[0] in SERVERS_OWN
    failed = FAILED.search(subject) or (message.get("x-failed-recipients") and machine)
    if not failed or not (machine or word(message, "Return-Path") == "<>"):
        return None
    shown = text[:20_000]
    said = SAID.search(shown)
    named = str(message.get("x-failed-recipients", "")).strip() or next(iter(WHOM.findall(shown)), "")
    # A Message-ID looks like an address: those that the mail names after the word are the ones meant.
    ids = ids_in(re.findall(r"(?i)message-id:\s*(<[^\s<>]{1,500}>)", text[:200_000]))
    sentence = in_one_line(said[1], 500) if said else in_one_line(header_text(subject), 500)
    final = not (said and said[1].startswith("4"))
    return Bounce(clean(named).lower(), (said[2] or "") if said else "", sentence, ids, final)


def is_own(parsed: Parsed, addresses: Iterable[str], sent_ids: Iterable[str] = ()) -> bool:
    """One of our own mails come back: from an address of ours, or under a Message-ID that we gave."""
    return parsed.sender.address in {address.lower() for address in addresses} or parsed.message_id in set(sent_ids)


def may_answer(parsed: Parsed, own_addresses: Iterable[str], answered_today: int, most: int = 3) -> bool:
    """Whether an automatic answer may go out: to people, not to ourselves, and only so many a day."""
    return parsed.automatic.answerable and not is_own(parsed, own_addresses) and answered_today < most
