"""Incoming mail: how many a worker parses and understands in a second, beside bare `email` parsing of the same mails."""

import email
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import default
from statistics import median

from crm.conversations.channels.email_in.caps import Reader
from crm.conversations.channels.email_in.parsed import Parsed

from .figures import options, show

ROUNDS = 5
ANSWER = "Yes, please send it again. Grüße!\n\nOn Fri, Nov 20, 2026 at 10:00 AM Acme <support@acme.test> wrote:\n\n"
QUOTED = "".join(f"> Line {n} of what was said before, as long as lines of mails are.\n" for n in range(30))
PAGE = "<div dir=ltr><p>Yes, please <b>send</b> it again.</p></div><blockquote>" + "<p>Said before.</p>" * 30
PAGE += '<img src="https://acme.test/logo.png"></blockquote>'


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--mails", type=int, default=1000, help="how many in a round")
    chosen = parser.parse_args()
    mails = [one(number) for number in range(chosen.mails)]
    with Reader() as reader:
        understand(reader, mails[:50])
        ours, bare = rounds(lambda: understand(reader, mails), lambda: parse(mails))
    result = {
        "mails_per_s": round(len(mails) / median(ours), 1),
        "bare_mails_per_s": round(len(mails) / median(bare), 1),
        "slowest_round_mails_per_s": round(len(mails) / max(ours), 1),
        "mails": len(mails),
        "mean_bytes": sum(map(len, mails)) // len(mails),
    }
    show(result, chosen.json)


def one(number: int) -> bytes:
    """Of four: a text, one with a page, one with a picture of 40 KB, and an answer below in Latin-1."""
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Carla Müller <carla{number}@customer.test>", "support@acme.test"
    mail["Subject"], mail["Message-ID"] = f"Wo ist mein Paket Nummer {number}?", f"<{number}@customer.test>"
    mail["Date"], mail["In-Reply-To"] = "Fri, 20 Nov 2026 10:00:00 +0100", f"<ours{number}@acme.test>"
    for hop in range(6):
        mail["Received"] = f"from mx{hop}.customer.test by mx.acme.test with ESMTPS; Fri, 20 Nov 2026 10:00:00 +0100"
    below = number % 4 == 3
    text = f"{ANSWER.partition(chr(10) * 2)[2]}{QUOTED}\nJa, bitte.\n" if below else ANSWER + QUOTED
    mail.set_content(text, charset="iso-8859-1" if below else "utf-8")
    if number % 4 == 1:
        mail.add_alternative(PAGE, subtype="html")
    if number % 4 == 2:
        mail.add_attachment(bytes(range(256)) * 160, maintype="image", subtype="png", filename=f"parcel {number}.png")
    return mail.as_bytes()


def rounds(*ways: Callable[[], None]) -> list[list[float]]:
    """Seconds of each way, one after the other in every round, so that both see the same machine."""
    taken: list[list[float]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for way, seconds in zip(ways, taken, strict=True):
            began = time.perf_counter()
            way()
            seconds.append(time.perf_counter() - began)
    return taken


def understand(reader: Reader, mails: list[bytes]) -> None:
    for raw in mails:
        result = reader.understand(raw, "mx.acme.test")
        assert isinstance(result, Parsed) and result.new and result.quoted, result


def parse(mails: list[bytes]) -> None:
    """What any program must do: headers, parts and their contents, without limits, cleaning or judgement."""
    for raw in mails:
        mail = email.message_from_bytes(raw, policy=default)
        assert mail["subject"] and mail["from"] and mail["message-id"]
        for part in mail.walk():
            if not part.is_multipart():
                part.get_content()


if __name__ == "__main__":
    main()
