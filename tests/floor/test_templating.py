"""What is remembered of pages is never somebody else's, and never old."""

from crm.conversations.models import Conversation
from crm.db import db
from tests import make


def rows(client) -> str:
    return client.get("/acme/inbox/all").get_data(as_text=True)


def test_a_line_of_the_list_says_what_is_true_now(client, anna):
    with make.inside():
        number = make.conversation(customer=make.customer("Carla Meyer")).number
    assert "Carla Meyer" in rows(client)
    with make.inside():
        Conversation.find(number=number).customer.name = "Carla Schulz"
        db.session.commit()
    assert "Carla Schulz" in rows(client) and "Carla Meyer" not in rows(client)


def test_a_line_speaks_the_language_of_who_reads_it(client, anna):
    with make.inside():
        make.conversation()
    assert "waiting" in rows(client) and "wartet" not in rows(client)
    assert "wartet" in client.get("/acme/inbox/all?lang=de").get_data(as_text=True)
