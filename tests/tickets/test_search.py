import uuid

import psycopg
import pytest
from sqlalchemy import func, select, text, update

from crm.conversations.models import Message
from crm.db import db, now
from crm.tickets import fitting, indexing, reindexing
from crm.tickets.models.search import SHELF, SearchEntry, SearchMark, SearchWord
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


def test_the_groups_of_a_telephone_number_are_not_looked_for_in_other_words(client):
    make.conversation(body="Codes X030X, Y100Y and Z4711Z")
    make.conversation(body="Ring me at 030 100 4711")
    take_in()
    assert "X030X" in results(client, "030 100 4711")
    make.tenant(country="DE")
    shown = results(client, "030 100 4711")
    assert "Ring me at" in shown and "X030X" not in shown
    assert "X030X" in results(client, "x030 4711"), "what is no telephone number is looked for in parts"


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


def test_words_that_the_language_leaves_out_hide_nothing(client, anna):
    """Neither in English nor in German: "the" is in no entry, and is no reason to find none."""
    make.conversation(body="Where is the umbrella of Theodora?", assignee=anna)
    make.conversation("globex", body="Wo sind die Regenschirme geblieben?")
    with make.inside("globex") as globex:
        globex.language = "de"
    german = make.browser(make.employee("Gerd", "agent", "globex"))
    for slug in ("acme", "globex"):
        take_in(slug)
    assert "<mark>umbrella</mark>" in results(client, "where is the umbrella")
    assert "<mark>Theodora</mark>" in results(client, "the")
    page = german.get("/globex/search", query_string={"q": "wo ist der Regenschirm"}).text
    assert "<mark>Regenschirme</mark>" in page


def test_what_was_written_stands_before_what_has_it_in_it_and_a_long_text_shows_where(client, anna):
    conversation = make.conversation(body="Heavy rain", assignee=anna)
    for body in ("Regenrain, rainy, raincoat rainrain", f"{'word ' * 1_500} rainbow"):
        make.message(conversation, anna, body)
    take_in()
    page = results(client, "rain")
    assert page.index("Heavy <mark>rain</mark>") < page.index("<mark>raincoat</mark>")
    assert "<mark>rainbow</mark>" in page
    with make.inside():
        last = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    client.delete(f"/acme/conversations/{conversation.number}/messages/{last.id}")
    assert "rainbow" not in results(client, "rain"), "also before the worker has heard of it"


def test_the_oldest_of_very_many_is_found_and_what_changed_stands_with_the_newest(client, anna, monkeypatch):
    ticket = ticket_of(client, body="An astrolabe", assignee=anna)
    take_in()
    with make.inside():
        SearchMark.first().taken = 100 * SHELF
    send(client, ticket, subject="Sextants")
    take_in()
    assert "<mark>astrolabe</mark>" in results(client, "trola")
    monkeypatch.setattr(fitting, "CANDIDATES", 1)
    with make.inside():
        assert {entry.shelf for entry in db.session.scalars(select(SearchEntry))} == {0, 100}
    assert "<mark>Sextants</mark>" in results(client, "sextant") and "astrolabe" in results(client, "astrolabe")


def test_much_at_once_is_taken_in_bit_by_bit_and_nothing_is_left_out(client, anna, monkeypatch, statements):
    conversation = make.conversation(assignee=anna)
    client.post(f"/acme/conversations/{conversation.number}/messages", data=make.message_form())
    assert statements and not any("search_" in one for one in statements), "who writes does nothing for the search"
    said = [make.message(conversation, anna, f"Pebble number{number}") for number in range(5)]
    monkeypatch.setattr(indexing, "BATCH", 2)
    monkeypatch.setattr(indexing, "SECONDS", 0)
    with make.inside():
        indexing.take_in_messages()
    assert "number4" not in results(client, "pebble")
    for _ in range(4):
        with make.inside():
            indexing.take_in_messages()
    assert all(f"number{number}" in results(client, "pebble") for number in range(5))
    monkeypatch.undo()
    late = uuid.UUID(int=said[0].id.int - (3600_000 << 80))  # an hour long somebody's transaction was not committed
    with make.inside():
        SearchMark.first().taken_to = now()
        db.session.execute(update(Message).where(Message.id == said[0].id).values(id=late, body="Latecomer"))
    take_in()
    assert "Nothing found" in results(client, "latecomer")
    with make.inside():
        indexing.look_again()
    take_in()
    assert "<mark>Latecomer</mark>" in results(client, "latecomer")


MANY = """
INSERT INTO search_entries (tenant_id, id, kind, words)
SELECT :tenant, make_uuid7(), 'message', to_tsvector('simple', md5(number::text)) FROM generate_series(1, 3000) number;
INSERT INTO search_words (tenant_id, id, word) SELECT :tenant, make_uuid7(), md5(number::text) FROM generate_series(1, 3000) number"""


READ = text("""
SELECT relname, pg_stat_get_xact_numscans(oid) FROM pg_class
WHERE relname IN ('search_entries', 'search_words', 'ix_search_entries_words', 'ix_search_words_parts')""")


def test_both_searches_use_their_index_as_the_applications_role(app, servers):
    """Under a policy that needs `ts_match_vq` and `texticlike` to be leakproof; setting up the database marks them."""
    with make.inside() as tenant:
        for one in MANY.split(";"):
            db.session.execute(text(one), {"tenant": tenant.id})
    with psycopg.connect(servers.owner_database_url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE search_entries, search_words")
    with make.inside():
        assert fitting.best("c4ca42") is not None
        read = dict(db.session.execute(READ).all())
    assert read["ix_search_entries_words"] and read["ix_search_words_parts"]
    assert not read["search_entries"] and not read["search_words"]


def test_a_workspace_that_changes_its_language_finds_words_as_the_new_one_makes_them(client, monkeypatch):
    monkeypatch.setattr(reindexing, "BATCH", 2)  # in several
    for body in ("Zwei Häuser", "Drei Bäume", "Vier Türme", "Fünf Wände"):
        make.conversation(body=body)
    take_in()
    owner = make.browser(make.employee("Olivia", "owner"))
    assert "Nothing found" in results(client, "Hause") and "learns" not in owner.get("/acme/settings").text
    make.tenant(language="de")
    assert "0 of about 4 texts" in owner.get("/acme/settings?lang=en").text
    with make.inside():
        mark = SearchMark.first()
        reindexing.begin(mark)
        reindexing.go_on(mark, reindexing.BEGINNING)  # the first of them, and then the clock has other work
    assert "2 of about 4 texts" in owner.get("/acme/settings/search?lang=en").text
    with make.inside():
        reindexing.write_anew()
    assert "<mark>Häuser</mark>" in results(client, "Hause") and owner.get("/acme/settings/search").text == ""
    with make.inside():
        words = set(db.session.scalars(select(SearchWord.word)).all())
    assert {"haus", "baum"} <= words and not words & {"häuser", "bäume"}
