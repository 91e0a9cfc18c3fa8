import re

from crm.accounts.models import Employee
from crm.tickets.models import SavedView
from tests import make
from tests.tickets.test_tickets import send, ticket_of


def save(client, query, **form):
    return client.post(f"/acme/tickets/views?{query}", data=form).location


def test_a_view_keeps_filters_and_order_and_counts_what_it_shows(client):
    urgent, other = ticket_of(client, body="Burning tent"), ticket_of(client, body="Late parcel")
    send(client, urgent, priority="urgent")
    there = save(client, "view=open&priority=urgent&sort=created", name="Fires")
    page = client.get(there).text
    assert "Burning tent" in page and "Late parcel" not in page and 'value="created" selected' in page
    assert re.search(r'aria-current="page">.*Fires', page)
    counted = client.get("/acme/tickets/views").text
    assert re.search(r'Fires</span> <span class="view-count">1<', counted)
    assert other


def test_own_views_are_ones_own_and_shared_ones_everybodys(client, anna, boris):
    save(client, "view=open&tag=tent", name="My tents")
    shared = save(client, "view=open&tag=boat", name="All boats", shared="1")
    id = re.search(r"saved=([0-9a-f-]+)", shared)[1]
    theirs = make.browser(make.employee("Ida", "agent"))
    page = theirs.get("/acme/tickets").text
    assert "All boats" in page and "My tents" not in page
    assert theirs.post(f"/acme/tickets/views/{id}/removal").status_code == 403
    assert make.browser(boris).post(f"/acme/tickets/views/{id}/removal").status_code == 303
    assert "All boats" not in client.get("/acme/tickets").text


def test_a_view_is_changed_shared_and_shared_no_more(client, boris):
    there = save(client, "view=open&tag=tent", name="Tents", shared="1")
    id, colleague = re.search(r"saved=([0-9a-f-]+)", there)[1], make.browser(make.employee("Ida", "agent"))
    page = client.get(there).text
    assert f'action="/acme/tickets/views/{id}?' in page and f'name="saved" value="{id}"' in page
    assert "Change the view" not in colleague.get(there).text
    here = f"/acme/tickets/views/{id}?view=open&tag=boat"
    assert colleague.post(here, data={"name": "Mine"}).status_code == 403
    changed = make.browser(boris).post(here, data={"name": "Boats", "shared": "1"})
    assert changed.status_code == 303 and "tag=boat" in changed.location, "admins keep order among shared ones"
    assert "Boats" in colleague.get("/acme/tickets").text
    assert client.post(here, data={"name": "Boats"}).status_code == 303
    assert "Boats" not in colleague.get("/acme/tickets").text and "Boats" in client.get("/acme/tickets").text
    assert client.post(here, data={"name": ""}).status_code == 422


def test_what_does_not_fit_is_not_kept(client):
    assert client.post("/acme/tickets/views?priority=huge", data={"name": "X"}).status_code == 422
    assert client.post("/acme/tickets/views", data={"name": ""}).status_code == 422


def test_how_many_views_are_kept_and_shared_is_limited_and_said_above_the_list(client, anna, boris):
    with make.inside():
        for at in range(50):
            SavedView.keep(Employee.find(id=boris.id if at < 25 else make.employee("Ida").id), f"V{at}", True, {})
    refused = client.post("/acme/tickets/views?view=open", data={"name": "One more", "shared": "1"})
    assert refused.status_code == 409 and "Colleagues share 50 views already" in refused.text
    assert 'id="tickets"' in refused.text and 'value="One more"' in refused.text
    assert client.post("/acme/tickets/views?view=open", data={"name": "One more"}).status_code == 303
