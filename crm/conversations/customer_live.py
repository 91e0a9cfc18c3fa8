"""The socket of a customer's page: what every page hears, and what happens with this customer."""

from uuid import UUID

from flask_login import current_user

from ..accounts.browser import still_signed_in
from ..customers.models import Customer
from ..realtime import Audience, live
from ..tenancy import current_tenant
from ..timeline import topic_of
from . import topics
from .blueprint import bp
from .live import signed_in


@live(bp, "/customers/<uuid:id>/live")
def live_customer(id: UUID) -> Audience:
    session_id, customer = signed_in(), Customer.find(id=id)
    heard = (topics.inbox(current_tenant.id), topics.employee(current_tenant.id, current_user.id),
             topic_of(current_tenant.id, customer.id))  # fmt: skip
    return Audience(heard, lambda: still_signed_in(session_id), current_user.id)
