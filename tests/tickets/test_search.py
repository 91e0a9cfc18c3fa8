import psycopg
import pytest
from sqlalchemy import func, select, text

from crm.db import db
from crm.tickets import indexing
from crm.tickets.models.search import SearchEntry
from tests import make
from tests.tickets.test_answers import relay
from tests.tickets.test_tickets import send, ticket_of

pytestmark = pytest.mark.committed


def take_in(slug="acme"):
    relay()
    with make.inside(slug):
        indexing.take_in_messages()


def results(client, words):
    page = client.get("/acme/search", query_string={"q": words})
    assert page.status_code == 200, page.text
    return page.text.partition('id="main"')[2]


def test_words_parts_and_numbers_are_found_and_marked(client, anna):
    ticket = ticket_of(client, body="Where are my parcels? Tracking AC-4711-77", assignee=anna)
    send(client, ticket, subject="Parcels of the Hofmann family")
    make.conversation(body="Ein Regenschirm <b>fehlt</b>")
    take_in()
    assert "<mark>parcels</mark>" in results(client, "parcel")
    shown = results(client, "schirm")
    assert "<mark>Regenschirm</mark>" in shown and "<b>" not in shown
    for words in ("471", "#1", "hofm", "parcels tracking"):
        assert f"/acme/tickets/{ticket.number}" in results(client, words), words
    for words in ("parcel schirm", "nowhere", "'", "a & | ! (", "%"):
        assert "Nothing found" in results(client, words), words
    assert "Mia Meier" in results(client, "meier")


def test_what_was_taken_back_is_found_no_more_and_what_was_changed_as_it_is_now(client, anna):
    conversation = make.conversation(assignee=anna)
    first, second = (make.message(conversation, anna, body) for body in ("A secretword", "Mispeled"))
    take_in()
    assert "secretword" in results(client, "secretword")
    where = f"/acme/conversations/{conversation.number}/messages"
    client.delete(f"{where}/{first.id}")
    client.patch(f"{where}/{second.id}", data={"body": "Spelled right"})
    take_in()
    assert "Nothing found" in results(client, "secretword") and "Nothing found" in results(client, "mispeled")
    assert "<mark>Spelled</mark>" in results(client, "spelled")


def test_nothing_between_colleagues_and_nothing_of_another_workspace_is_found(client, anna, boris, carla):
    from crm.conversations.models import Conversation

    with make.inside():
        direct = Conversation.begin_internal(anna, boris)
    make.message(direct, anna, "Betweenus")
    make.conversation("globex", body="Elsewhere")
    take_in()
    take_in("globex")
    assert "Nothing found" in results(client, "betweenus") and "Nothing found" in results(client, "elsewhere")
    take_in()
    with make.inside("globex"):
        assert db.session.scalar(select(func.count()).select_from(SearchEntry)) == 1
    assert carla


MANY = """
INSERT INTO search_entries (tenant_id, id, kind, words)
SELECT :tenant, make_uuid7(), 'message', to_tsvector('simple', md5(number::text)) FROM generate_series(1, 3000) number;
INSERT INTO search_words (tenant_id, id, word) SELECT :tenant, make_uuid7(), md5(number::text) FROM generate_series(1, 3000) number"""


def test_both_searches_use_their_index_as_the_applications_role(app, servers):
    """Under a policy that needs `ts_match_vq` and `texticlike` to be leakproof; setting up the database marks them."""
    with make.inside() as tenant:
        for one in MANY.split(";"):
            db.session.execute(text(one), {"tenant": tenant.id})
    with psycopg.connect(servers.owner_database_url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE search_entries, search_words")
    with make.inside():
        asked = {
            "ix_search_entries_words": "SELECT id FROM search_entries WHERE words @@ 'c4ca4238a0b923820dcc509a6f75849b'::tsquery",
            "ix_search_words_parts": "SELECT word FROM search_words WHERE word ILIKE '%c4ca42%'",
        }
        for index, query in asked.items():
            plan = "\n".join(db.session.scalars(text(f"EXPLAIN {query}")))
            assert index in plan, plan
