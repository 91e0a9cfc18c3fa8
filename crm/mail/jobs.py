"""Sending what waits, in the worker."""

import smtplib
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from .. import failpoints
from ..db import db, now
from ..events import Event, later
from ..jobs import every, job
from .compose import compose
from .rows import Mail
from .smtp import Unanswered, deliver


@later("mail.queued")
def hand_over(event: Event) -> None:
    send_mail.enqueue(mail_id=str(event.subject_id))


@every(seconds=60)
def find_stranded_mail() -> None:
    """What a lost Redis, a killed worker or a refusing server left behind."""
    before = now() - timedelta(seconds=60)
    waiting = select(Mail.id).where(Mail.state == "queued", Mail.due < before).limit(500)
    for mail_id in db.session.scalars(waiting).all():
        send_mail.enqueue(mail_id=str(mail_id))
    stranded = select(Mail).where(Mail.state == "sending", Mail.due < now() - timedelta(minutes=10)).limit(500)
    for mail in db.session.scalars(stranded).all():
        mail.lost_sight_of("The worker ended while it was sending")


@job(queue="mail", seconds=90)
def send_mail(mail_id: str) -> None:
    """Send one mail. Marked `sending` in a transaction of its own before the first byte leaves."""
    mail = Mail.locked(id=UUID(mail_id))
    if mail.state != "queued" or (mail.tries and mail.due > now()):  # a clock put back makes no first try wait
        return
    try:
        message = compose(mail)
    except ValueError as problem:
        return mail.refused(str(problem), forever=True)
    mail.state, mail.due = "sending", now()
    db.session.commit()
    failpoints.reach("mail_marked")
    try:
        deliver(message)
    except Unanswered:
        mail.lost_sight_of("The connection ended before the server answered")
    except smtplib.SMTPRecipientsRefused as refusal:
        mail.refused(*said(*next(iter(refusal.recipients.values()))))
    except smtplib.SMTPResponseException as refusal:
        mail.refused(*said(refusal.smtp_code, refusal.smtp_error))
    except (OSError, smtplib.SMTPException) as problem:
        mail.refused(str(problem) or type(problem).__name__, forever=False)
    else:
        failpoints.reach("after_answer")
        mail.sent()


def said(code: int, sentence: bytes | str) -> tuple[str, bool]:
    """The server's answer as text, and whether it is final (5xx)."""
    shown = sentence.decode(errors="replace") if isinstance(sentence, bytes) else sentence
    return f"{code} {shown}", code >= 500
