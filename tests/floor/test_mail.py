"""Mail through a real SMTP server: once, later when it must be, and never with somebody else's headers."""

import dataclasses
import email.policy
import io
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from sqlalchemy import func, select, update
from werkzeug.datastructures import FileStorage

from crm import jobs, mail
from crm.db import db, now, uuid7
from crm.files import keep
from crm.mail import Letter, Mail, find_stranded_mail, queue_mail
from crm.ops.folder import free_port
from tests import make

pytestmark = pytest.mark.committed


class Sink:
    """Keeps what it gets; `answers` are given instead, one for each step, as long as there are some."""

    def __init__(self):
        self.messages, self.answers, self.drop_after_data, self.goodbye = [], {}, False, None

    def answer(self, step, usual):
        waiting = self.answers.get(step) or [usual]
        return waiting.pop(0)

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.answer("rcpt", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = self.answer("data", "250 Kept")
        if answer.startswith("250"):
            self.messages.append((envelope.rcpt_tos, envelope.original_content))
        if self.drop_after_data:
            server.transport.abort()
        return answer

    async def handle_QUIT(self, server, session, envelope):
        if self.goodbye is None:
            return "221 Bye"
        if self.goodbye == "":
            server.transport.abort()
        return self.goodbye

    def parsed(self):
        return [email.message_from_bytes(content, policy=email.policy.default) for _, content in self.messages]


class Server(Controller):
    def factory(self):
        return SMTP(self.handler, enable_SMTPUTF8=True)


@pytest.fixture
def sink(app, monkeypatch):
    kept, port = Sink(), free_port()
    server = Server(kept, hostname="127.0.0.1", port=port)
    server.start()
    config = dataclasses.replace(app.config["CRM"], smtp_url=f"smtp://127.0.0.1:{port}")
    monkeypatch.setitem(app.config, "CRM", config)
    monkeypatch.setattr(jobs, "_app", app)
    yield kept
    server.stop()


def queued(recipient="mia@example.com", key="one", **context):
    with make.inside("acme"):
        queue_mail(key, recipient, "password_changed", "en", link="http://localhost/acme", **context)
        return Mail.find(key=key)


def send(one):
    jobs.run(str(one.tenant_id), "send_mail", {"mail_id": str(one.id)})
    with make.inside():
        return Mail.find(id=one.id)


def due_again(minutes=-2):
    with make.inside():
        db.session.execute(update(Mail).values(due=now() + timedelta(minutes=minutes)))


def test_a_mail_is_sent_once_however_often_it_is_asked_for(sink, app):
    one = queued()
    assert [send(one).state for _ in range(3)] == ["sent"] * 3
    [message] = sink.parsed()
    assert message["To"] == "mia@example.com" and message["From"].addresses[0].display_name == "Acme"
    assert message["Message-ID"] == one.message_id and message["Auto-Submitted"] == "auto-generated"
    assert message.get_body(("plain",)) and message.get_body(("html",))


def test_the_same_key_is_queued_once(sink, app):
    with make.inside():
        assert queue_mail("k", "a@example.com", "password_changed", "en", link="x")
        assert not queue_mail("k", "a@example.com", "password_changed", "en", link="x")
        assert db.session.scalar(select(func.count()).select_from(Mail)) == 1


def test_a_mail_written_while_the_clock_was_ahead_does_not_wait_for_that_hour(sink, app):
    one = queued()
    due_again(minutes=40)
    assert send(one).state == "sent"


def test_a_refusal_for_now_is_tried_again_later(sink, app):
    sink.answers = {"rcpt": ["450 Greylisted, come again"], "data": ["451 Busy"]}
    one = queued()
    first = send(one)
    assert (first.state, first.tries) == ("queued", 1) and first.due > now() and "Greylisted" in first.error
    assert send(one).tries == 1, "not before it is due"
    due_again()
    assert send(one).tries == 2
    due_again()
    assert send(one).state == "sent" and len(sink.messages) == 1


def test_a_refusal_for_ever_is_not_tried_again(sink, app):
    sink.answers = {"rcpt": ["550 No such person"]}
    failed = send(queued())
    assert failed.state == "failed" and "No such person" in failed.error
    due_again()
    assert send(failed).state == "failed" and sink.messages == []


def test_a_refusal_of_the_whole_message_counts_as_well(sink, app):
    sink.answers = {"data": ["554 Looks like spam"]}
    assert send(queued()).state == "failed"


def test_after_eight_tries_it_has_failed(sink, app):
    sink.answers = {"rcpt": ["450 Not now"] * 20}
    one = queued()
    for _ in range(10):
        last = send(one)
        due_again()
    assert (last.state, last.tries) == ("failed", 8)


def test_a_server_that_is_away_costs_a_try_and_nothing_else(sink, app, monkeypatch):
    config = dataclasses.replace(app.config["CRM"], smtp_url="smtp://127.0.0.1:9")
    one = queued()
    with monkeypatch.context() as patch:
        patch.setitem(app.config, "CRM", config)
        assert (send(one).state, send(one).tries) == ("queued", 1)
    due_again()
    assert send(one).state == "sent"


def test_a_line_cut_before_the_answer_is_uncertain_and_never_sent_twice(sink, app):
    """It may have arrived: a survey that comes twice is worse than one that is marked."""
    sink.drop_after_data = True
    one = send(queued())
    assert one.state == "uncertain" and "may have arrived" in one.error
    due_again()
    sink.drop_after_data = False
    assert send(one).state == "uncertain" and len(sink.messages) == 1


@pytest.mark.parametrize("goodbye", ["421 I am tired", ""])
def test_an_accepted_mail_is_sent_whatever_the_server_says_for_goodbye(sink, app, goodbye):
    sink.goodbye = goodbye
    one = send(queued())
    due_again()
    assert (send(one).state, len(sink.messages)) == ("sent", 1)


def test_a_worker_killed_in_the_middle_leaves_it_uncertain(sink, app, monkeypatch):
    def killed(_message):
        raise SystemExit

    one = queued()
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(mail.jobs, "deliver", killed)
        send(one)
    assert send(one).state == "sending", "nobody sends it a second time"
    due_again()
    with make.inside():
        find_stranded_mail()
    with make.inside():
        assert Mail.find(id=one.id).state == "sending", "the worker may still be at it"
        db.session.execute(update(Mail).values(due=now() - timedelta(minutes=11)))
    with make.inside():
        find_stranded_mail()
    with make.inside():
        assert Mail.find(id=one.id).state == "uncertain"


def test_what_was_never_handed_over_is_found(sink, app, servers):
    one = queued()
    due_again()
    with make.inside():
        jobs.rq_queue("mail").empty()
        find_stranded_mail()
        assert [job.args[2]["mail_id"] for job in jobs.rq_queue("mail").jobs] == [str(one.id)]
        jobs.rq_queue("mail").empty()


HOSTILE = ["a@example.com\nBcc: all@example.com", "a@example.com\r\nSubject: Forged", "a@example.com, b@example.com"]
HOSTILE += ["<a@example.com> SIZE=1", "a@exam\u2028ple.com", "", "@"]


@pytest.mark.parametrize("recipient", HOSTILE)
def test_no_recipient_can_add_a_header_or_another_recipient(sink, app, recipient):
    """Forms refuse such addresses; this is what happens to one that came another way."""
    failed = send(queued(recipient))
    assert failed.state == "failed" and sink.messages == []
    due_again()
    assert send(failed).state == "failed"


def test_a_name_or_subject_with_line_breaks_adds_no_header(sink, app):
    with make.inside() as tenant:
        tenant.name = "Acme\r\nBcc: all@example.com"
        Mail(key="two", recipient="a@example.com", subject="Hi\r\nBcc: all@example.com\r\n\r\nForged", body="b", html="h",
             message_id="<1@localhost>").save()  # fmt: skip
    with make.inside():
        two = Mail.find(key="two")
    send(two)
    for recipients, content in sink.messages:
        headers = email.message_from_bytes(content)
        assert recipients == ["a@example.com"] and headers["Bcc"] is None and "Forged" not in headers.get_payload()


def test_a_secret_link_does_not_stay_in_the_database(sink, app):
    one = queued(secret=True)
    assert "http" in one.body
    sent = send(one)
    assert (sent.body, sent.html) == ("", "") and b"http" in sink.messages[0][1]


@pytest.mark.parametrize("answers", [{"rcpt": ["550 No such person"]}, {"drop": True}])
def test_nor_does_one_that_could_not_be_sent(sink, app, answers):
    sink.answers, sink.drop_after_data = answers, "drop" in answers
    ended = send(queued(secret=True))
    assert ended.state in ("failed", "uncertain") and (ended.body, ended.html) == ("", "")


def test_a_name_of_another_alphabet_arrives(sink, app):
    make.tenant("acme", name="Müller & Söhne – 株式会社 🚚")
    send(queued())
    assert sink.parsed()[0]["From"].addresses[0].display_name == "Müller & Söhne – 株式会社 🚚"


def letter(**more):
    """What somebody wrote, in answer to `<a@b>`."""
    facts = {"subject": "Re: Parcel", "sender": "help@acme.test", "sender_name": "Anna, Acme", "in_reply_to": "<a@b>"}
    return Letter(uuid7(), "<stable@acme.test>", **{**facts, "references": ("<0@b>", "<a@b>"), **more})


def test_what_a_person_wrote_is_no_notice_of_a_machine(sink, app):
    send(queued(letter=letter(reply_to="reply+1@acme.test"), must_arrive=True))
    [message] = sink.parsed()
    assert str(message["From"]) == '"Anna, Acme" <help@acme.test>' and message["Reply-To"] == "reply+1@acme.test"
    assert message["Message-ID"] == "<stable@acme.test>" and message["Subject"] == "Re: Parcel"
    assert message["In-Reply-To"] == "<a@b>" and message["References"] == "<0@b> <a@b>"
    assert message["Auto-Submitted"] is None


def test_its_files_go_with_it_and_one_that_is_gone_is_told(sink, app):
    with make.inside():
        kept = keep(FileStorage(io.BytesIO(b"%PDF-1.7 bill"), "Rechnung Ü.pdf"))
        db.session.commit()
        there = {"id": str(kept.id), "name": kept.name, "type": kept.type}
    send(queued(letter=letter(attachments=(there,))))
    [file] = sink.parsed()[0].iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("Rechnung Ü.pdf", "application/pdf")
    assert file.get_content() == b"%PDF-1.7 bill"
    failed = send(queued(key="two", letter=letter(attachments=({**there, "id": str(uuid7())},))))
    assert failed.state == "failed" and "gone" in failed.error and len(sink.messages) == 1


def test_names_that_others_gave_their_mails_add_no_header(sink, app):
    forged = ("<a@b>\r\nBcc: all@example.com", "no name", "<a@b> <c@d>")
    send(queued(letter=letter(in_reply_to=forged[0], references=(*forged, "<fine@b>"))))
    [message] = sink.parsed()
    assert message["Bcc"] is None and message["In-Reply-To"] is None and message["References"] == "<fine@b>"


def test_a_mail_that_comes_back_says_why_once(sink, app):
    with make.inside():
        Mail(key="new", recipient="a@b", subject="", body="", html="", message_id="<n@b>").save().bounced("Never sent")
    one = send(queued())
    with make.inside():
        back = Mail.locked(id=one.id)
        back.bounced("550 5.1.1 No such person")
        db.session.flush()
        back.bounced("550 5.1.1 No such person, still")
    with make.inside():
        assert (Mail.find(id=one.id).state, Mail.find(id=one.id).error) == ("bounced", "550 5.1.1 No such person")
        assert Mail.find(key="new").state == "queued"
