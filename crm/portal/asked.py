"""Which purchase a conversation was begun about."""

import re

from ..catalog.models import Transaction
from ..conversations.models import Conversation
from ..tenancy import public_link

BEGUN_ON = re.compile(r"/help/purchases/([1-9][0-9]{0,8})\Z")


def point_to(conversation: Conversation, purchase: Transaction) -> None:
    """It was begun on the page of this purchase."""
    conversation.page_url = public_link("portal.purchase", number=purchase.number)


def asked_about(conversation: Conversation) -> Transaction | None:
    """The purchase on whose page it was begun, if it is the same customer's."""
    begun = BEGUN_ON.search(conversation.page_url or "")
    return Transaction.first(number=int(begun[1]), customer_id=conversation.customer_id) if begun else None
