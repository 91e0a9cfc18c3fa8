"""Who was seen when."""

from datetime import timedelta

from crm.accounts.models import Person
from crm.conversations.models import Presence
from crm.conversations.presence import remember_present
from crm.db import now
from tests import make


def test_a_held_socket_is_noted_and_moves_its_person_up_the_list(app, anna):
    mia, globex_customer = make.customer(), make.customer(slug="globex")
    with make.inside():
        for id in (mia.id, anna.id):
            Person.find(id=id).last_seen_at = now() - timedelta(days=3)
    for _ in range(2):
        with make.inside() as tenant:
            remember_present(tenant.id, {mia.id, anna.id})
    with make.inside():
        assert Person.find(id=mia.id).last_seen_at > now() - timedelta(minutes=1)
        assert Person.find(id=anna.id).last_seen_at > now() - timedelta(minutes=1)
        assert Presence.find(person_id=mia.id).seen_at > now() - timedelta(minutes=1)
    with make.inside("globex"):
        assert Person.find(id=globex_customer.id).last_seen_at == globex_customer.last_seen_at
