"""Incoming mail: how many a worker receives, threads and stores in a second, beside bare `email` parsing of the same."""

import email
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable
from email.message import EmailMessage
from email.policy import default
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import text

from crm.conversations.channels.email_in.caps import Reader
from crm.conversations.channels.email_in.parsed import Parsed
from crm.ops.scratch import Servers, scratch_servers

from .figures import options, show
from .stack import cpu_seconds

ROUNDS = 5
ANSWER = "Yes, please send it again. Grüße!\n\nOn Fri, Nov 20, 2026 at 10:00 AM Acme <support@acme.test> wrote:\n\n"
QUOTED = "".join(f"> Line {n} of what was said before, as long as lines of mails are.\n" for n in range(30))
PAGE = "<div dir=ltr><p>Yes, please <b>send</b> it again.</p></div><blockquote>" + "<p>Said before.</p>" * 30
PAGE += '<img src="https://acme.test/logo.png"></blockquote>'


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--mails", type=int, default=300, help="how many in a round")
    parser.add_argument("--burst", type=int, help="so many at once to a whole Rapport, beside a chat (say 5000)")
    parser.add_argument("--rate", type=float, default=20, help="messages a second of that chat")
    parser.add_argument("--seconds", type=float, default=10, help="how long each of its rounds is")
    chosen = parser.parse_args()
    if chosen.burst:
        from . import mail_burst

        return show(mail_burst.measure(chosen.burst, chosen.rate, chosen.seconds, chosen.data), chosen.json)
    show(measure(chosen.mails), chosen.json)


def measure(number: int) -> dict[str, Any]:
    mails = [one(n) for n in range(number)]
    with scratch_servers(careless=False) as servers, tempfile.TemporaryDirectory() as files, Reader() as reader:
        workspace = Workspace(servers, files, number)
        workspace.receive(one(n, "warm") for n in range(20))
        understand(reader, mails[:50])
        stored, ours, bare = rounds(workspace.receive_round, lambda: understand(reader, mails), lambda: parse(mails))
    return {
        "mails_per_s": round(len(mails) / median(stored), 1),
        "parsed_mails_per_s": round(len(mails) / median(ours), 1),
        "bare_mails_per_s": round(len(mails) / median(bare), 1),
        "slowest_round_mails_per_s": round(len(mails) / max(stored), 1),
        "threaded": workspace.threaded,
        "begun": workspace.begun,
        "cpu_ms_per_mail": {
            name: round(1000 * spent / len(mails) / ROUNDS, 2) for name, spent in workspace.cpu.items()
        },
        "mails": len(mails),
        "mean_bytes": sum(map(len, mails)) // len(mails),
        "load": round(os.getloadavg()[0], 1),
    }


class Workspace:
    """An app on a database that writes to its disk, with a conversation for three of four mails to come."""

    def __init__(self, servers: Servers, files: str, mails: int):
        self.threaded, self.begun = 0, 0
        self.cpu = dict.fromkeys(("worker", "reader", "postgres"), 0.0)
        self.rounds = [[one(number, f"r{round}") for number in range(mails)] for round in range(ROUNDS)]
        self.app = make_app(servers, files)
        with self.app.app_context():
            self.tenant_id = make_tenant(mails)

    def receive_round(self) -> None:
        before = self.used()
        self.receive(self.rounds.pop())
        for name, seconds in self.used().items():
            self.cpu[name] += seconds - before[name]

    def used(self) -> dict[str, float]:
        """Seconds of processor time so far, which other work on the machine disturbs less than the clock on the wall."""
        from crm.conversations.received.receive import reader
        from crm.db import db

        with self.app.app_context():
            backend = db.session.scalar(text("SELECT pg_backend_pid()"))
        child = reader().child
        assert child is not None
        ended = os.times().children_user + os.times().children_system  # readers before this one
        return {
            "worker": time.process_time(), "reader": cpu_seconds(child.pid) + ended, "postgres": cpu_seconds(backend)
        }  # fmt: skip

    def receive(self, mails: Iterable[bytes]) -> None:
        """As a worker does: kept, committed, read, put where it belongs, committed."""
        from crm.conversations.received.receive import Source, receive
        from crm.tenancy import as_tenant, recent_tenant

        for raw in mails:
            with self.app.app_context(), as_tenant(recent_tenant(self.tenant_id)):
                mail, again = receive(raw, Source("smtp", "help@acme.test"))
                assert mail.state == "taken" and not again, (mail.state, mail.reason)
                self.threaded, self.begun = self.threaded + bool(mail.placed_by), self.begun + (not mail.placed_by)


def make_app(servers: Servers, files: str) -> Flask:
    from crm import create_app
    from crm.config import Config

    settings = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "FILES_DIR": files}
    return create_app(Config.from_env({**settings, "SECRET_KEY": "only-for-measuring-" * 3}))


def make_tenant(mails: int) -> uuid.UUID:
    """Three of four senders have written before, and were answered."""
    from crm.accounts.models import Department
    from crm.conversations.models import Conversation, MailId
    from crm.conversations.models.writing import Draft, post
    from crm.customers.models import Customer
    from crm.db import db
    from crm.tenancy import Tenant, as_tenant

    tenant = Tenant(slug="acme", name="Acme")
    db.session.add(tenant)
    db.session.commit()
    with as_tenant(tenant):
        desk = Department(name="Help", address="help@acme.test").save()
        for number in (number for number in range(mails) if number % 4):
            customer = Customer(name="Carla", claimed_email=f"carla{number}@customer.test").save()
            db.session.flush()
            begun = Conversation.begin(customer, desk, uuid.uuid4(), channel="email")
            first = post(begun, customer, Draft("Where is it?", uuid.uuid4(), "email"))
            MailId.note(first, f"<ours{number}@acme.test>", "out")
        return tenant.id


def one(number: int, name: str = "mail") -> bytes:
    """Of four: a text, one with a page, one with a picture of 40 KB, and an answer below in Latin-1."""
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Carla Müller <carla{number}@customer.test>", "support@acme.test"
    mail["Subject"], mail["Message-ID"] = f"Wo ist mein Paket Nummer {number}?", f"<{name}.{number}@customer.test>"
    mail["Date"], mail["In-Reply-To"] = "Fri, 20 Nov 2026 10:00:00 +0100", f"<ours{number}@acme.test>"
    for hop in range(6):
        mail["Received"] = f"from mx{hop}.customer.test by mx.acme.test with ESMTPS; Fri, 20 Nov 2026 10:00:00 +0100"
    below = number % 4 == 3
    said = f"{ANSWER.partition(chr(10) * 2)[2]}{QUOTED}\nJa, bitte.\n" if below else ANSWER + QUOTED
    mail.set_content(said, charset="iso-8859-1" if below else "utf-8")
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
