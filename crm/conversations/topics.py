"""To whom conversations tell what happens, besides those who look at one (`Conversation.topic`, `.customer_topic`)."""

from uuid import UUID

from ..realtime import Topic


def inbox(tenant_id: UUID) -> Topic:
    """Every employee of the tenant: the queue and the lists."""
    return Topic(tenant_id, "inbox", tenant_id)


def employee(tenant_id: UUID, person_id: UUID) -> Topic:
    """One employee, on whatever page they are."""
    return Topic(tenant_id, "employee", person_id)


def queue(tenant_id: UUID) -> Topic:
    """The customers who wait, whichever department for: one who is handed to another hears of it on the same line."""
    return Topic(tenant_id, "queue", tenant_id, "customer")
