"""The page of a customer: what it shows at a glance, and what it tells of them."""

import io
import re
import uuid

import psycopg
import pytest
from sqlalchemy import text

from crm.accounts.models import Employee
from crm.conversations.models import Conversation, Rating
from crm.customers.models import Consent, Customer, Purpose
from crm.db import db
from crm.tickets.models import Ticket
from crm.timeline import SIZE, topic_of
from tests import make
from tests.customers.test_customers import FORM
from tests.floor.world import PNG
from tests.tickets.test_tickets import ticket_of


def lines(page):
    """The sentences of the timeline, the newest first."""
    found = re.findall(r'<p class="event-line">(?:<a[^>]*>|<span[^>]*>)(.*?)</', page, re.DOTALL)
    return [" ".join(line.split()) for line in found]


def test_a_customers_page_tells_what_happened_the_newest_first(client, anna):
    mia = make.customer()
    talk = make.conversation(customer=mia, body="Where is my parcel?", assignee=anna)
    make.message(talk, mia, "Hello?")
    make.message(talk, anna, "Let me look.")
    make.message(talk, anna, "A third parcel", kind="note")
    with make.inside(actor=anna):
        conversation, agent = Conversation.locked(id=talk.id), Employee.find(id=anna.id)
        Ticket.open_from(conversation, agent, "Lost parcel")
    rated = make.closed_conversation(customer=mia, by=anna)
    with make.inside(actor=anna):
        Rating.locked(conversation_id=rated.id).give(5, "Quick")
        Customer.locked(id=mia.id).change(lifecycle_stage="customer")
    page = client.get(f"/acme/customers/{mia.id}").text
    assert lines(page)[:2] == ["Stage: Lead → Customer", "Gave 5 stars"]
    for told in (
        "Quick",
        "Ticket #1 was opened",
        "Lost parcel",
        "A third parcel",
        "Let me look.",
        "Known for the first time",
    ):
        assert told in page
    assert "2 messages before" in page or "1 message before" in page
    assert lines(client.get(f"/acme/customers/{mia.id}?kind=stages").text) == ["Stage: Lead → Customer"]
    assert lines(client.get(f"/acme/customers/{mia.id}?kind=tickets").text) == ["Ticket #1 was opened"]
    assert 'id="stream"' in client.get(f"/acme/customers/{mia.id}/timeline?kind=tickets").text
    assert "Nothing of this kind" in client.get(f"/acme/customers/{mia.id}?kind=mails").text


def test_a_long_timeline_goes_on_without_gaps_or_repeats(client):
    mia = make.customer()
    with make.inside():
        for turn in range(2 * SIZE + 5):
            Customer.find(id=mia.id).change(lifecycle_stage=("lead", "prospect")[turn % 2])
    path, seen = f"/acme/customers/{mia.id}", []
    page = client.get(path).text
    while True:
        seen += re.findall(r'id="event-([0-9a-f-]+)"', page)
        more = re.search(r'href="([^"]*before=[^"]*)"', page)
        if not more:
            break
        page = client.get(more[1].replace("&amp;", "&")).text
    assert len(seen) == len(set(seen)) == 2 * SIZE + 5
    assert seen == sorted(seen, reverse=True)
    again = client.get(f"{path}/timeline?since={seen[SIZE]}").text
    assert len(re.findall(r'id="event-', again)) == SIZE + 1
    for wrong in ("before=x", "since=%00", "kind=" + "x" * 41):
        assert client.get(f"{path}/timeline?{wrong}").status_code == 422


def test_what_happens_to_a_customer_is_pushed_to_their_open_page(client, pushed):
    mia = make.customer()
    make.conversation(customer=mia)
    assert '"refresh": ["timeline"]' in pushed(topic_of(mia.tenant_id, mia.id))


def test_a_customers_page_costs_few_statements(client, anna, statements):
    mia = make.customer()
    make.conversation(customer=mia, assignee=anna)
    client.get(f"/acme/customers/{mia.id}")
    del statements[:]
    assert client.get(f"/acme/customers/{mia.id}").status_code == 200
    beyond = [one for one in statements if not one.startswith(("BEGIN", "COMMIT"))]
    assert len(beyond) <= 10, beyond  # two of them know who asks


MANY = """
INSERT INTO events (tenant_id, id, created_at, name, subject_type, subject_id, facts, customer_id)
SELECT :tenant, make_uuid7(), now(), 'customer.created', 'people', id, '{}', id
FROM (SELECT make_uuid7() AS id, generate_series(1, 3000)) many"""


@pytest.mark.committed
def test_a_timeline_is_read_by_its_index_as_the_applications_role(app, servers):
    mia = make.customer()
    with make.inside() as tenant:
        db.session.execute(text(MANY), {"tenant": tenant.id})
    with psycopg.connect(servers.owner_database_url, autocommit=True) as owner:
        owner.execute("ANALYZE events")
    with make.inside() as tenant:
        query = (
            "EXPLAIN SELECT id FROM events WHERE tenant_id = :tenant AND customer_id = :whom ORDER BY id DESC LIMIT 31"
        )
        plan = "\n".join(db.session.scalars(text(query), {"tenant": tenant.id, "whom": mia.id}))
    assert "customer_id_id_idx" in plan, plan


def test_what_customers_allow_is_kept_with_every_change(client):
    boris, mia = make.browser(make.boris()), make.customer()
    assert client.get("/acme/settings/purposes").status_code == 403
    assert boris.post("/acme/settings/purposes", data={"name": "Newsletter", "text": "Once a month"}).status_code == 303
    assert boris.post("/acme/settings/purposes", data={"name": "newsletter"}).status_code == 422
    with make.inside():
        purpose = Purpose.find(key="newsletter")
    here = f"/acme/customers/{mia.id}/consents"
    assert "Not asked yet" in client.get(f"/acme/customers/{mia.id}").text
    for given in ("1", "1", "", "1"):
        sent = {"purpose_id": str(purpose.id), "given": given, "source": "said"}
        assert client.post(here, data=sent).status_code == 303
    with make.inside():
        assert Consent.current(Customer.find(id=mia.id), Purpose.find(id=purpose.id)).given
    history = client.get(here).text
    assert history.count("They said so") == 3
    assert lines(client.get(f"/acme/customers/{mia.id}?kind=consents").text)[1] == "Took back: Newsletter"
    assert client.post(here, data={"purpose_id": str(purpose.id), "source": "hearsay"}).status_code == 422
    assert client.post(here, data={"purpose_id": str(uuid.uuid4()), "source": "said"}).status_code == 404
    assert boris.post(f"/acme/settings/purposes/{purpose.id}/archive").status_code == 303
    other = make.customer("Somebody")
    assert "Newsletter" not in client.get(f"/acme/customers/{other.id}").text
    sent = {"purpose_id": str(purpose.id), "given": "1", "source": "said"}
    assert client.post(f"/acme/customers/{other.id}/consents", data=sent).status_code == 422
    assert boris.post(f"/acme/settings/purposes/{purpose.id}/restoration").status_code == 303


def test_a_picture_shows_who_it_is(client, carla):
    mia = client.post("/acme/customers", data=FORM).location
    for content, name in (
        (b"<svg onload=alert(1)>", "x.svg"),
        (b"", "x.png"),
        (b"%PDF-1.4", "x.pdf"),
        (PNG[:20], "x.png"),
    ):
        refused = client.post(mia, data={**FORM, "picture": (io.BytesIO(content), name)})
        assert refused.status_code == 422 and "files of this kind" not in refused.text
        assert (
            'id="field-picture-error"' in refused.text and refused.text.count("Choose a picture of at most 2 MB") == 2
        )
    assert client.get(f"{mia}/picture").status_code == 404
    sent = {**FORM, "note": "Likes tea.", "picture": (io.BytesIO(PNG), "me.png")}
    assert client.post(mia, data=sent).status_code == 303
    assert "Likes tea." in client.get(mia).text, "what was typed beside it is kept, too"
    assert f"{mia.rsplit('/', 1)[1]}/picture?of=" in client.get(mia).text
    assert client.get(f"{mia}/picture").mimetype == "image/png"
    with make.inside():
        known = Customer.find(name=FORM["name"])
    ticket = ticket_of(client, customer=known)
    for page in ("/acme/conversations/1", f"/acme/tickets/{ticket.number}"):
        assert "/picture?of=" in client.get(page).text, "whoever answers sees the face"
    assert make.browser(carla).get(f"{mia.replace('/acme/', '/globex/')}/picture").status_code == 404
    assert client.post(mia, data=FORM).status_code == 303
    assert client.get(f"{mia}/picture").status_code == 200, "it stays until another one comes"
    assert client.post(mia, data={**FORM, "no_picture": "1"}).status_code == 303
    assert client.get(f"{mia}/picture").status_code == 404
