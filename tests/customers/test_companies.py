"""Companies, and who works there."""

import html
import re
import uuid

from sqlalchemy import select

from crm.accounts.models import Employee
from crm.audit import Audit
from crm.conversations.models import Conversation
from crm.customers.models import Company, Customer
from crm.customers.places import work_at
from crm.db import db
from crm.tickets.models import Ticket
from crm.timeline import topic_of
from tests import make
from tests.accounts.steps import errors_of
from tests.catalog import shop
from tests.customers.test_customers import FORM as PERSON
from tests.customers.test_customers import id_in
from tests.customers.test_page import lines

FORM = {
    "name": "Northwind Traders",
    "domain": "https://www.Northwind.example/shop",
    "industry": "Retail",
    "employees": "120",
    "phone": "+49 30 901820",
    "city": "Berlin",
    "country": "DE",
    "tags": "VIP,  key  account ,vip",
    "external_id": "A-7",
}


def company(name="Northwind Traders", slug="acme", **facts):
    with make.inside(slug):
        return Company.add(name=name, **facts)


def test_a_company_is_added_found_and_changed(client):
    response = client.post("/acme/companies", data=FORM)
    assert response.status_code == 303
    page = client.get(response.location).text
    for shown in ("Northwind Traders", "northwind.example", "Retail", "120", "Berlin, Germany", "key account", "A-7"):
        assert shown.split(", ")[0] in page
    assert page.count("tag-tinted") == 2
    assert "Northwind Traders" in client.get("/acme/companies?q=northwind+berlin").text
    assert "No company found" in client.get("/acme/companies?q=elsewhere").text
    assert client.get(f"{response.location}/edit").status_code == 200
    assert client.post(response.location, data={**FORM, "name": "Northwind", "tags": ""}).status_code == 303
    page = client.get(response.location).text
    assert ">Northwind</h1>" in page
    assert "tag-tinted" not in page


def test_what_does_not_fit_into_a_company_comes_back_with_what_was_typed(client):
    here = f"/acme/companies/{company(external_id='A-7').id}"
    for wrong in ({"name": ""}, {"name": "x" * 201}, {"name": "a\x00"}, {"domain": "nowhere"}, {"domain": "a b.de"},
                  {"website": "javascript://a.b/%0aalert(1)"}, {"employees": "-1"}, {"employees": "1e9"}, {"country": "XX"},
                  {"founded": "99999"}, {"tags": ",".join(map(str, range(31)))}, {"tags": "x" * 41}, {"parent": "Nobody"},
                  {"owner_id": str(uuid.uuid4())}, {"owner_id": "x"}):  # fmt: skip
        response = client.post(here, data={**FORM, **wrong})
        assert response.status_code == 422, wrong
        assert len(errors_of(response)) == 1, wrong
        assert 'value="Retail"' in response.text
    taken = client.post("/acme/companies", data=FORM)
    assert "Another company has this number" in errors_of(taken)[0]


def test_no_company_stands_above_itself(client):
    top, middle, low = company("Top"), company("Middle"), company("Low")
    assert client.post(f"/acme/companies/{middle.id}", data={"name": "Middle", "parent": "top"}).status_code == 303
    assert client.post(f"/acme/companies/{low.id}", data={"name": "Low", "parent": "Middle"}).status_code == 303
    for name in ("Low", "Middle", "Top"):
        refused = client.post(f"/acme/companies/{top.id}", data={"name": "Top", "parent": name})
        assert "cannot stand above itself" in errors_of(refused)[0]
    assert "Subsidiaries" in client.get(f"/acme/companies/{middle.id}").text
    page = client.get(f"/acme/companies/{low.id}").text
    assert page.index("Top</a>") < page.index("Middle</a>")


def test_a_customer_works_in_several_companies_of_which_one_is_the_main_one(client):
    response = client.post("/acme/customers", data={**PERSON, "company": "Northwind Traders", "title": "Buyer"})
    mia, here = id_in(response), response.location
    company("Contoso")
    assert client.post(f"{here}/places", data={"company": "contoso", "title": "Adviser"}).status_code == 303
    with make.inside():
        first, second = sorted((place for place in places(mia)), key=lambda place: place.company.name == "Contoso")
        assert (first.main, second.main, second.title) == (True, False, "Adviser")
    assert "Mia Meier" in client.get(f"/acme/companies/{second.company_id}").text
    assert client.post(f"/acme/places/{second.id}/main").status_code == 303
    assert client.post(f"/acme/places/{second.id}/removal").status_code == 303
    with make.inside():
        assert Customer.find(id=mia).company.name == "Northwind Traders"
        assert len(places(mia)) == 1


def test_what_somebody_is_at_a_company_is_changed_where_it_stands(client, anna):
    ode, mia = company("Ode"), make.customer("Mia")
    with make.inside(actor=anna):
        place = work_at(Customer.find(id=mia.id), Company.find(id=ode.id), "Buyer")
    of_person, of_company = f"/acme/customers/{mia.id}", f"/acme/companies/{ode.id}"
    for page, path in ((of_person, f"/acme/places/{place.id}"), (of_company, f"/acme/companies/places/{place.id}")):
        assert f'action="{path}"' in client.get(page).text
        refused = client.post(path, data={"title": "x" * 101})
        assert refused.status_code == 422 and "at most 100 fit" in errors_of(refused)[0]
        assert re.search(r'place-title" open>.*?value="x{101}".*?field-error', refused.text, re.DOTALL)
        changed = client.post(path, data={"title": f"Boss <{path}>"})
        assert (changed.status_code, changed.location) == (303, page)
        for shown in (of_person, of_company):
            assert html.escape(f"Boss <{path}>") in client.get(shown).text
        assert client.post(path, data={"title": f"Boss <{path}>"}).status_code == 303
        assert lines(client.get(of_person).text).count("What they are at Ode was changed") == 1 + (page == of_company)
    client.post(f"/acme/places/{place.id}", data={"title": ""})
    assert "Boss" not in client.get(of_company).text
    with make.inside():
        said = db.session.scalars(select(Audit).where(Audit.row_id == place.id).order_by(Audit.id)).all()
        assert said[-1].changes["title"] == [f"Boss </acme/companies/places/{place.id}>", ""]


def test_a_place_that_cannot_be_kept_comes_back_in_its_form(client):
    here = f"/acme/customers/{make.customer('Mia').id}"
    refused = client.post(f"{here}/places", data={"company": "   ", "title": "Boss"})
    assert refused.status_code == 422 and "<h1" in refused.text and ">Mia</h1>" in refused.text
    assert errors_of(refused) == ["Write something here."]
    form = re.search(r'<details class="panel-add box-add" open>.*?</details>', refused.text, re.DOTALL)[0]
    assert 'value="Boss"' in form and 'id="field-company-error"' in form
    assert client.post(f"{here}/places", data={"company": "Ode", "title": "x" * 101}).status_code == 422
    with make.inside():
        assert Company.first(name="Ode") is None, "nothing is half kept"


def places(customer_id):
    from crm.customers.places import places_of

    found = places_of(Customer.find(id=customer_id))
    return [place for place in found if place.company and place.customer]


def test_a_company_of_another_tenant_is_nowhere(client, carla):
    theirs, mine = company("Contoso", "globex"), make.customer()
    for path in ("", "/edit"):
        assert client.get(f"/acme/companies/{theirs.id}{path}").status_code == 404
    assert client.post(f"/acme/companies/{theirs.id}", data=FORM).status_code == 404
    assert "Contoso" not in client.get("/acme/companies").text
    assert "Contoso" not in client.get("/acme/companies/names?company=Con").text
    assert client.post(f"/acme/customers/{mine.id}/places", data={"company": "Contoso"}).status_code == 303
    with make.inside():
        assert Customer.find(id=mine.id).company_id != theirs.id
    with make.inside("globex"):
        place = work_at(Customer.find(id=make.customer(slug="globex").id), Company.find(id=theirs.id))
    for path in (
        f"places/{place.id}/main",
        f"places/{place.id}/removal",
        f"places/{place.id}",
        f"companies/places/{place.id}",
    ):
        assert client.post(f"/acme/{path}", data={"title": "x" * 101}).status_code == 404


def test_further_addresses_numbers_and_owners_stay_with_a_customer(client, anna):
    details = {
        "emails": "mia@work.example\nMIA@work.example",
        "tags": "vip",
        "lifecycle_stage": "prospect",
        "city": "Bonn",
    }
    response = client.post(
        "/acme/customers", data={**PERSON, **details, "owner_id": str(anna.id), "time_zone": "Europe/Berlin"}
    )
    edit = client.get(f"{response.location}/edit").text
    for shown in ("mia@work.example</textarea>", 'value="vip"', 'value="Bonn"', '"prospect" selected', "Europe/Berlin"):
        assert shown in edit
    assert client.post(response.location, data=PERSON).status_code == 303
    assert "mia@work.example" in client.get(f"{response.location}/edit").text
    other = client.post("/acme/customers", data={**PERSON, "email": "else@example.com", "emails": "mia@work.example"})
    assert "Another customer has one of these addresses" in errors_of(other)[0]
    for wrong in (
        {"lifecycle_stage": "hero"},
        {"owner_id": str(uuid.uuid4())},
        {"emails": "nobody"},
        {"time_zone": "Moon/Base"},
    ):
        assert client.post(response.location, data={**PERSON, **wrong}).status_code == 422


def test_a_companys_page_tells_what_its_people_did_bought_and_need(client, anna, pushed, statements):
    ode, mia, ben = company("Ode"), make.customer("Mia"), make.customer("Ben")
    with make.inside(actor=anna):
        for one in (mia, ben):
            work_at(Customer.find(id=one.id), Company.find(id=ode.id))
    make.conversation(customer=ben, body="Where is my stove?")
    assert '"refresh": ["timeline"]' in pushed(topic_of(ben.tenant_id, ben.id))
    shop.purchase(mia, (shop.product(), 2), upto="paid")
    talk = make.conversation(customer=mia, body="My tent is torn")
    with make.inside(actor=anna):
        Ticket.open_from(Conversation.locked(id=talk.id), Employee.find(id=anna.id), "Torn tent")
    client.get(f"/acme/companies/{ode.id}")
    del statements[:]
    page = client.get(f"/acme/companies/{ode.id}").text
    beyond = [one for one in statements if not one.startswith(("BEGIN", "COMMIT"))]
    assert len(beyond) <= 10, beyond  # two of them know who asks
    for words in ("€238.00", "Torn tent", "Where is my stove?", "The company was added", ">Mia</a>", ">Ben</a>"):
        assert words in page
    assert lines(client.get(f"/acme/companies/{ode.id}?kind=tickets").text) == ["Ticket #1 was opened"]
    seen = re.findall(r'id="event-([0-9a-f-]+)"', page)
    again = client.get(f"/acme/companies/{ode.id}/timeline?since={seen[1]}").text
    assert len(re.findall(r'id="event-', again)) == 2
    older = client.get(f"/acme/companies/{ode.id}/timeline?before={seen[-2]}").text
    assert re.findall(r'id="event-([0-9a-f-]+)"', older) == seen[-1:]


def test_an_open_page_of_a_company_shows_who_joins_and_what_is_to_be_done_with_them(client, pushed):
    ode, mia = company("Ode"), make.customer("Mia")
    empty = client.get(f"/acme/companies/{ode.id}").text
    again = html.unescape(re.search(r'data-refresh="people" data-src="([^"]+)"', empty)[1])
    assert 'id="live"' not in client.get(again).text, "whom it hears already it need not hear anew"
    client.post(f"/acme/customers/{mia.id}/places", data={"company": "Ode", "title": "Boss"})
    assert '"refresh": ["people", "timeline"]' in pushed(topic_of(mia.tenant_id, ode.id))
    make.rating(1, "Too slow", customer=mia)
    people = client.get(again).text
    assert ">Mia</a>" in people and 'hx-target="#headcount" hx-swap="innerHTML">1<' in people and 'id="live"' in people
    page = client.get(f"/acme/companies/{ode.id}").text
    assert 'id="follow-ups-title"' in page and "Too slow" in page
