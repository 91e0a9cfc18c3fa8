"""What people and companies are to each other, in words, as a picture, and over others."""

import re
from itertools import pairwise

import pytest
from sqlalchemy import select

from crm.audit import Audit
from crm.customers.merging.merge import merge_customers
from crm.customers.models import Company, Customer, Relation, RelationKind
from crm.customers.relations.graph import connection, neighbourhood
from crm.db import db
from crm.templating import speaking
from tests import make


def person(name):
    one = Customer(name=name).save()
    db.session.flush()
    return one


@pytest.fixture
def three(app):
    """Mia, Tom, and the company Zeltbau."""
    with make.inside():
        return person("Mia Meier"), person("Tom Barker"), Company.add(name="Zeltbau")


def relate(client, end, other, kind):
    return client.post("/acme/relations", data={"of": end.id, "other": other.id, "kind": kind, "q": "x"})


def test_a_relation_is_read_from_both_sides_and_only_once(client, three):
    mia, tom, zeltbau = three
    form = client.get(f"/acme/relations/new?of={mia.id}&q=barker").text
    assert f'value="{tom.id}"' in form and "parent of" in form and "child of" in form
    assert relate(client, mia, tom, "parent:one").status_code == 303
    assert relate(client, tom, mia, "parent:other").status_code == 422  # the same, said from the other side
    assert relate(client, mia, zeltbau, "works:one").status_code == 303
    page = client.get(f"/acme/customers/{tom.id}").text
    assert "child of" in page and "Mia Meier" in page
    assert re.search(r"employs</span>\s*<a [^>]*>Mia Meier", client.get(f"/acme/companies/{zeltbau.id}").text)
    assert "parent of" not in client.get(f"/acme/relations/new?of={zeltbau.id}&q=mia").text
    refused = relate(client, zeltbau, mia, "parent:one"), relate(client, mia, mia, "partner:one")
    assert [answer.status_code for answer in refused] == [422, 422]
    assert "“parent of” is said of a person and a person." in refused[0].text
    assert relate(client, mia, tom, "nonsense:one").status_code == 422
    with make.inside("globex"):
        stranger = person("Carl of globex")
    assert relate(client, mia, stranger, "partner:one").status_code == 404
    with make.inside():
        relation = db.session.scalars(select(Relation).where(Relation.to_person_id == tom.id)).one()
    client.post(f"/acme/relations/{relation.id}/removal", data={"of": mia.id})
    assert "child of" not in client.get(f"/acme/customers/{tom.id}").text


def test_the_picture_shows_two_steps_and_says_how_many_more_there_are(client, three):
    mia, tom, zeltbau = three
    with make.inside():
        works, partner = RelationKind.ready("works"), RelationKind.ready("partner")
        for number in range(50):
            Relation.add(works, person(f"Worker {number}"), zeltbau)
        Relation.add(partner, mia, tom)
        Relation.add(works, tom, zeltbau)
        near = neighbourhood(mia)
        assert len(near.nodes) <= 40 and near.nodes[zeltbau.id].ring == 2
        assert near.nodes[zeltbau.id].more == 50
        assert len(neighbourhood(zeltbau).nodes) <= 40
    page = client.get(f"/acme/relations/of/{mia.id}").text
    assert "<svg" in page and "and 50 more" in page and page.count("Tom Barker") >= 2
    assert page.count(">Tom Barker works for</span> <a") == 1  # the same in words
    assert page.count('class="relations-word" x=') == 4  # in both pictures: what Mia is to Tom, and he to Zeltbau
    assert "<svg" in client.get(f"/acme/relations/of/{zeltbau.id}").text


def test_the_way_from_one_to_another_is_the_shortest_of_at_most_six(client, app):
    with make.inside():
        kind, row = RelationKind.add("knows"), [person(f"Number {n}") for n in range(9)]
        for one, two in pairwise(row):
            Relation.add(kind, one, two)
        ids = [one.id for one in row]
        assert connection(ids[0], ids[6]) == ids[:7] and connection(ids[6], ids[0]) == ids[6::-1]
        assert connection(ids[0], ids[7]) == []
        Relation.add(kind, row[4], row[0])
        assert connection(ids[0], ids[6]) == [ids[0], *ids[4:7]]
    page = client.get(f"/acme/relations/of/{ids[0]}?to={ids[6]}").text
    assert re.findall(r"Number \d", page.split('class="relation-way"')[1].split("</ol>")[0]) == [
        "Number 0", "Number 4", "Number 5", "Number 6",
    ]  # fmt: skip


def test_merging_two_who_are_related_leaves_nobody_related_to_themselves(app, three):
    mia, tom, zeltbau = three
    with make.inside():
        one, two = Customer.find(id=mia.id), Customer.find(id=tom.id)
        Relation.add(RelationKind.ready("partner"), one, two)
        for end in (one, two):
            Relation.add(RelationKind.ready("works"), end, Company.find(id=zeltbau.id))
        merge_customers(one, two)
        [left] = db.session.scalars(select(Relation)).all()
        assert (left.from_person_id, left.to_company_id) == (mia.id, zeltbau.id)


def test_kinds_are_a_workspaces_own(boris, client, three):
    admin = make.browser(boris)
    form = {"name": "looks after", "reverse": "is looked after by", "one": "person", "other": "company"}
    assert admin.post("/acme/settings/relations", data=form).status_code == 303
    assert admin.post("/acme/settings/relations", data=form).status_code == 422
    assert "looks after" in admin.get("/acme/settings/relations").text
    assert client.get("/acme/settings/relations").status_code == 403
    with make.inside(), speaking("de"):
        assert RelationKind.ready("parent").name == "parent of", "in the workspace's language, whoever uses it first"
    page = client.get(f"/acme/relations/new?of={three[0].id}&q=barker&lang=de").text
    assert "Elternteil von" not in page and "Zurück zu den Beziehungen" in page


def kind_called(name):
    return db.session.scalars(select(RelationKind).where(RelationKind.name == name)).one()


def test_a_kind_is_called_otherwise_in_both_directions_and_relations_keep(boris, client, three):
    admin, (mia, tom, zeltbau) = make.browser(boris), three
    for end, other, kind in ((mia, tom, "parent:one"), (mia, zeltbau, "works:one")):
        assert relate(client, end, other, kind).status_code == 303
    with make.inside():
        parent, works = kind_called("parent of"), kind_called("works for")
    there = f"/acme/settings/relations/{parent.id}/names"
    assert f'href="{there}"' in admin.get("/acme/settings/relations").text
    form = admin.get(there).text
    assert 'value="parent of"' in form and 'value="child of"' in form
    assert client.post(there, data={"name": "mother of", "reverse": "child of"}).status_code == 403
    assert admin.post(there, data={"name": "mother of", "reverse": "daughter of"}).status_code == 303
    assert "daughter of" in client.get(f"/acme/customers/{tom.id}").text
    page = client.get(f"/acme/relations/of/{mia.id}").text
    assert "mother of" in page and "parent of" not in page
    offered = client.get(f"/acme/relations/new?of={mia.id}&q=barker").text
    assert "daughter of" in offered and "parent of" not in offered, "what it was made of is not offered beside it"
    assert relate(client, mia, tom, "parent:one").status_code == 422, "a form that is open still means the same kind"
    for names, sentence in (
        ({"name": works.name, "reverse": works.reverse}, "There is such a kind already."),
        ({"name": "kin of", "reverse": ""}, "Give it two different words"),
        ({"name": "", "reverse": "x"}, "Write something here."),
        ({"name": "x" * 61, "reverse": "x"}, "at most 60 fit"),
    ):
        refused = admin.post(there, data=names)
        assert refused.status_code == 422 and sentence in refused.text
    assert "mother of ↔ daughter of" in admin.get("/acme/settings/relations").text
    with make.inside():
        changes = [row.changes for row in db.session.scalars(select(Audit).where(Audit.row_id == parent.id))]
        assert {"name": ["parent of", "mother of"], "reverse": ["child of", "daughter of"]} in changes
    foreign = make.browser(make.employee("Gina", "owner", slug="globex"))
    assert foreign.post(there.replace("acme", "globex"), data={"name": "a", "reverse": "b"}).status_code == 404


def test_what_is_ready_gets_other_words_before_it_is_used_and_is_not_ready_any_more(boris, client, three):
    admin, (mia, tom, _) = make.browser(boris), three
    there = admin.post("/acme/settings/relations/ready", data={"key": "partner"}).location
    assert admin.post("/acme/settings/relations/ready", data={"key": "partner"}).location == there
    assert admin.post(there, data={"name": "married to"}).status_code == 303
    page = admin.get("/acme/settings/relations").text
    assert "married to ↔ married to" in page and "partner of" not in page
    assert relate(client, mia, tom, "partner:one").status_code == 303
    refused = admin.post(there, data={"name": "buys from", "reverse": "sells to"})
    assert refused.status_code == 422 and "do not say who of both is the one" in refused.text
    with make.inside():
        db.session.delete(db.session.scalars(select(Relation)).one())
    assert admin.post(there, data={"name": "buys from", "reverse": "sells to"}).status_code == 303
    assert "sells to" in client.get(f"/acme/relations/new?of={mia.id}&q=barker").text
