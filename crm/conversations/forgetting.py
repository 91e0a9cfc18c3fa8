"""Mails of a person who is erased: those to and from them, and those to employees that told what they said."""

from datetime import timedelta

from sqlalchemy import ARRAY, ColumnElement, String, Uuid, and_, any_, cast, func, literal, or_, select

from ..db import Base, db
from ..finding import escaped
from ..kept_files import files_of
from ..mail import Mail
from ..personal import Erasing, erases
from ..tenancy import current_tenant
from .models import Conversation, ReceivedMail

MAIL, RECEIVED = Mail.__table__, ReceivedMail.__table__
DIGESTS = "notifications:"  # what the keys of mails begin with that tell employees of several things at once
ESCALATIONS = "escalation:"  # and the escalation's id
AROUND = timedelta(minutes=2)


@erases
def say_why_they_end(mine: Erasing) -> None:
    """Their open conversations are closed with everything else of theirs; for the staff alone it stands there why."""
    query = select(Conversation.id).where(
        Conversation.id.in_(mine.ids("conversations")), Conversation.status != "closed"
    )
    for id in db.session.scalars(query.order_by(Conversation.id)).all():
        Conversation.locked(id=id).say({"event": "erased"}, public=False)


@erases
def forget_mails(mine: Erasing) -> None:
    found = db.session.scalars(select(MAIL.c.id).where(about(mine), MAIL.c.tenant_id == current_tenant.id)).all()
    mails = any_(literal(list(found), ARRAY(Uuid)))
    come = or_(RECEIVED.c.mail_id == mails, func.lower(RECEIVED.c.sender).in_(mine.addresses))
    here = RECEIVED.c.tenant_id == current_tenant.id, come
    mine.files += files_of(RECEIVED, *here)
    db.session.execute(RECEIVED.delete().where(*here))
    db.session.execute(MAIL.delete().where(MAIL.c.tenant_id == current_tenant.id, MAIL.c.id == mails))


def about(mine: Erasing) -> ColumnElement[bool]:
    """To them, of what was said with them, or with a word by which they are known.

    Colleagues are told of what waits too long by its escalation's own mails, which name its subject.
    """
    told = Base.metadata.tables["notifications"]
    near = told.c.mailed_at.between(MAIL.c.created_at - AROUND, MAIL.c.created_at + AROUND)
    told_of = told.select().where(told.c.tenant_id == MAIL.c.tenant_id, told.c.id.in_(mine.ids("notifications")), near)
    raised = mine.ids("escalations").subquery()
    escalation = func.split_part(MAIL.c.key, ":", 2).in_(select(cast(raised.c.row_id, String)))
    text = func.concat_ws(
        " ", MAIL.c.recipient, MAIL.c.subject, MAIL.c.body, MAIL.c.html, MAIL.c.reply_to, MAIL.c.error
    )
    return or_(
        func.lower(MAIL.c.recipient).in_(mine.addresses),
        MAIL.c.message_uuid.in_(mine.ids("messages")),
        and_(MAIL.c.key.startswith(DIGESTS), told_of.exists()),
        and_(MAIL.c.key.startswith(ESCALATIONS), escalation),
        *(text.ilike(f"%{escaped(word)}%", escape="\\") for word in mine.strings),
    )
