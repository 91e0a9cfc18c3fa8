"""A ticket page's socket: what every page hears, and this ticket."""

from flask_login import current_user

from ..accounts.browser import still_signed_in
from ..conversations import topics
from ..conversations.live import signed_in
from ..realtime import Audience, live
from ..tenancy import current_tenant
from .blueprint import bp
from .routes import find


@live(bp, "/tickets/<int:number>/live")
def live_ticket(number: int) -> Audience:
    session_id = signed_in()
    heard = (topics.inbox(current_tenant.id), topics.employee(current_tenant.id, current_user.id), find(number).topic)
    return Audience(heard, lambda: still_signed_in(session_id), current_user.id)
