"""Mails by machines, and mails that claim to belong somewhere: each with what must be understood of it."""

from .mails import CASES, HEAD, HELLO, case, mail, part, parts

ABSENT = {
    "English": "Automatic reply: Where is my parcel?",
    "German": "Abwesenheitsnotiz: Wo ist mein Paket?",
    "French": "Réponse automatique : Où est mon colis ?",
    "Spanish": "Respuesta automática: ¿Dónde está?",
    "Dutch": "Automatisch antwoord: waar is mijn pakket",
}
for language, subject in ABSENT.items():
    case(f"out of office in {language}", mail().replace(b"Where is my parcel?", subject.encode()),
         automatic=lambda a: a.kind == "reply" and not a.answerable)  # fmt: skip
HEADERS = {
    "Auto-Submitted: auto-replied": "reply",
    "Auto-Submitted: auto-generated; type=x": "notice",
    "Auto-Submitted: no": "person",
    "Precedence: bulk": "notice",
    "Precedence: auto_reply": "reply",
    "List-Id: <news.customer.test>": "list",
}
for header, kind in HEADERS.items():
    case(header, mail(more=header.encode() + b"\r\n"),
         automatic=lambda a, kind=kind: a.kind == kind and a.answerable == (kind == "person"))  # fmt: skip
for header in ("X-Loop: x", "Return-Path: <>", "X-Auto-Response-Suppress: All", "List-Unsubscribe: <mailto:a@b.test>"):
    case(header, mail(more=header.encode() + b"\r\n"), automatic=lambda a: a.kind == "person" and not a.answerable)

STATUS = (
    b"Reporting-MTA: dns; mx.customer.test\r\n\r\nFinal-Recipient: rfc822; carla@customer.test\r\nAction: failed\r\n"
    b"Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 No such person here\r\n"
)
ORIGINAL = b"From: support@acme.test\r\nMessage-ID: <ours@acme.test>\r\nReferences: <one@customer.test>\r\nSubject: Hi\r\n\r\nBody"
REPORT = parts(part(b"Sorry."), part(STATUS, b"Content-Type: message/delivery-status"),
               part(ORIGINAL, b"Content-Type: message/rfc822"), kind=b"report")  # fmt: skip
case("a delivery report", REPORT, automatic=lambda a: a.kind == "bounce" and a.bounce.final
     and a.bounce.message_ids == ("<ours@acme.test>",) and a.bounce.recipient == "carla@customer.test"
     and a.bounce.status == "5.1.1" and a.bounce.sentence == "550 5.1.1 No such person here")  # fmt: skip
case("a report of a delay", REPORT.replace(b"failed", b"delayed").replace(b"Status: 5", b"Status: 4"),
     automatic=lambda a: a.kind == "bounce" and not a.bounce.final)  # fmt: skip
case(
    "a report of success",
    REPORT.replace(b"failed", b"delivered"),
    automatic=lambda a: a.kind == "notice" and not a.answerable,
)
case("a report without a word", parts(part(b"", b"Content-Type: message/delivery-status"), kind=b"report"),
     automatic=lambda a: a.kind == "bounce" and a.bounce.recipient == "")  # fmt: skip
WORDS = (
    b"Hi. This is the qmail-send program.\r\n<carla@customer.test>:\r\n550 5.1.1 User unknown\r\n\r\n"
    b"--- Below this line is a copy of the message.\r\nMessage-ID: <ours@acme.test>\r\n"
)
SERVER = HEAD.replace(b"Carla Meyer <carla@customer.test>", b"MAILER-DAEMON@mx.test")
case("a bounce in words", SERVER.replace(b"Where is my parcel?", b"failure notice") + b"\r\n" + WORDS,
     automatic=lambda a: a.kind == "bounce" and a.bounce.sentence == "550 5.1.1 User unknown"
     and a.bounce.recipient == "carla@customer.test" and a.bounce.message_ids == ("<ours@acme.test>",))  # fmt: skip
case("a person who speaks of a failure", mail().replace(b"Where is my parcel?", b"Mail delivery failed again"),
     automatic=lambda a: a.kind == "person" and a.answerable)  # fmt: skip

# -- what a stranger claims: only noted here, and judged in test_threading.py

case("a forged In-Reply-To", mail(more=b"In-Reply-To: <ours@acme.test> (yours)\r\n"), in_reply_to=("<ours@acme.test>",))
case("forged References", lambda: mail(more=b"References: " + b" <a@b.test>" * 3_000 + b" <ours@acme.test>\r\n"),
     references=("<a@b.test>", "<ours@acme.test>"))  # fmt: skip
case("a tag in the subject", mail().replace(b"Where is", b"[#1042] Re: Where is"), in_reply_to=())
case("somebody added in CC", mail(more=b"Cc: Eve <eve@evil.test>, x\r\n"),
     cc=lambda people: [who.address for who in people] == ["eve@evil.test"])  # fmt: skip
case("a Reply-To elsewhere", mail(more=b"Reply-To: eve@evil.test\r\n"),
     reply_to=lambda people: people[0].address == "eve@evil.test",
     sender=lambda who: who.address == "carla@customer.test")  # fmt: skip
case("an address in a name", mail().replace(b"Carla Meyer", b'"boss@acme.test"'),
     sender=lambda who: who.address == "carla@customer.test" and who.name == "boss@acme.test")  # fmt: skip
case("results that somebody else wrote", mail(more=b"Authentication-Results: mx.evil.test; dmarc=pass\r\n"
     b"Authentication-Results: mx.acme.test; spf=fail; dkim=none\r\n"
     b"Authentication-Results: mx.acme.test; dmarc=pass\r\n"),
     authentication={"spf": "fail", "dkim": "none"})  # fmt: skip
case(
    "a thousand open brackets",
    lambda: (HEAD + HELLO).replace(b"support@", b"(" * 5_000 + b"support@"),
    sender=lambda s: s,
)
case("a name that is only quotes", lambda: (HEAD + HELLO).replace(b"Carla Meyer", b'"\\' * 6_000), subject=lambda s: s)

__all__ = ["CASES"]
