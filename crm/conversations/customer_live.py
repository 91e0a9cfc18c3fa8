"""The sockets of a customer's and a company's page: what every page hears, and what happens with these people."""

from uuid import UUID

from flask_login import current_user

from ..accounts.browser import still_signed_in
from ..customers.company_page import members
from ..customers.models import Company, Customer
from ..realtime import Audience, live
from ..tenancy import current_tenant
from ..timeline import topic_of
from . import topics
from .blueprint import bp
from .live import signed_in


@live(bp, "/customers/<uuid:id>/live")
def live_customer(id: UUID) -> Audience:
    session_id, customer = signed_in(), Customer.find(id=id)
    return hearing_of([customer.id], session_id)


@live(bp, "/companies/<uuid:id>/live")
def live_company(id: UUID) -> Audience:
    session_id, company = signed_in(), Company.find(id=id)
    return hearing_of([company.id, *members(id)], session_id)


def hearing_of(ids: list[UUID], session_id: UUID) -> Audience:
    tenant_id = current_tenant.id
    heard = [topics.inbox(tenant_id), topics.employee(tenant_id, current_user.id)]
    heard += [topic_of(tenant_id, id) for id in ids]
    return Audience(tuple(heard), lambda: still_signed_in(session_id), current_user.id)
