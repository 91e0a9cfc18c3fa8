"""Word from a server further on that a mail of ours did not arrive."""

from datetime import timedelta

from sqlalchemy import select

from ...db import db, now
from ...mail import Mail
from ..channels.email_in.parsed import Bounce
from ..models import ReceivedMail

LOOKED_BACK = timedelta(days=5)  # for reports that name nobody's mail but an address: servers give up after that


def note(mail: ReceivedMail, bounce: Bounce) -> None:
    """Move the mail that it is about, when the server has given up; a delay is only kept."""
    ours = about(bounce)
    if ours is None:
        return mail.settle("ignored", "bounce")
    mail.settle("bounce", bounce.sentence or mail.subject)
    mail.mail_id = ours.id
    if bounce.final:
        ours.bounced(bounce.sentence or mail.subject)


def about(bounce: Bounce) -> Mail | None:
    """By its Message-ID; where the report names none, the last that was sent to the address."""
    query = select(Mail).with_for_update().limit(1)
    if bounce.message_ids:
        return db.session.scalars(query.where(Mail.message_id.in_(bounce.message_ids))).first()
    if not bounce.recipient:
        return None
    query = query.where(Mail.recipient == bounce.recipient, Mail.state == "sent", Mail.sent_at > now() - LOOKED_BACK)
    return db.session.scalars(query.order_by(Mail.created_at.desc())).first()
