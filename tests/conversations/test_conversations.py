import uuid

from crm.accounts.models import Department
from crm.conversations.models import Conversation, FollowUp, Message, Rating
from crm.conversations.models.writing import Draft, post
from tests import make


def state(conversation, slug="acme"):
    with make.inside(slug):
        return Conversation.find(id=conversation.id)


def test_a_conversation_begun_twice_with_one_client_id_is_one(app):
    customer, client_id = make.customer(), uuid.uuid4()
    with make.inside():
        first = Conversation.begin(customer, None, client_id)
        second = Conversation.begin(customer, None, client_id)
        assert first.id == second.id


def test_closing_asks_for_a_rating_and_ends_the_conversation(client, anna):
    conversation = make.conversation(assignee=anna)
    make.message(conversation, anna)
    client.post(f"/acme/conversations/{conversation.number}/closure")
    assert state(conversation).status == "closed"
    with make.inside():
        rating = Rating.find(conversation_id=conversation.id)
        assert (rating.employee_id, rating.stars, rating.episode) == (anna.id, None, 1)
        assert rating.mail_due_at is not None


def test_nobody_is_asked_to_rate_what_was_never_answered(client):
    conversation = make.conversation()
    client.post(f"/acme/conversations/{conversation.number}/closure")
    with make.inside():
        assert Rating.first(conversation_id=conversation.id) is None


def test_closing_twice_does_nothing_the_second_time(client, anna):
    conversation = make.closed_conversation()
    before = state(conversation).staff_position
    assert client.post(f"/acme/conversations/{conversation.number}/closure").status_code == 302
    assert state(conversation).staff_position == before


def test_a_closed_conversation_takes_no_more_messages_from_its_customer(app):
    conversation = make.closed_conversation()
    with make.inside():
        locked = Conversation.locked(id=conversation.id)
        try:
            post(locked, locked.customer, Draft("One more", uuid.uuid4()))
        except Exception as refusal:
            assert refusal.code == 409
        else:
            raise AssertionError("a closed conversation took a message")


def test_reopening_begins_a_new_episode_with_its_own_rating(client, anna):
    conversation = make.closed_conversation()
    with make.inside():
        Rating.locked(conversation_id=conversation.id).give(5, "")
    client.post(f"/acme/conversations/{conversation.number}/reopening")
    assert state(conversation).episode == 2
    make.message(conversation, anna)
    client.post(f"/acme/conversations/{conversation.number}/closure")
    with make.inside():
        assert [(rating.episode, rating.stars) for rating in Rating.of(conversation)] == [(1, 5), (2, None)]


def test_a_poor_rating_opens_a_follow_up_for_the_lead(app):
    lead = make.employee("Lena", "lead")
    rating = make.rating(2, "Slow")
    with make.inside():
        follow_up = FollowUp.find(rating_id=rating.id)
        assert follow_up.owner_id == lead.id and follow_up.done_at is None
    page = make.browser(lead).get("/acme/follow-ups")
    assert "Slow" in page.text
    make.browser(lead).post(f"/acme/follow-ups/{follow_up.id}/completion", data={"note": "Called, refunded"})
    with make.inside():
        assert FollowUp.find(rating_id=rating.id).done_at is not None


def test_a_good_rating_opens_none(app):
    rating = make.rating(4)
    with make.inside():
        assert FollowUp.first(rating_id=rating.id) is None


def test_the_stars_reach_the_employees_screen_at_once(app, pushed):
    rating = make.rating(5)
    with make.inside():
        conversation = Conversation.find(id=rating.conversation_id)
    assert '"panel"' in pushed(conversation.topic)


def test_transfer_to_a_colleague_with_a_note(client, boris):
    conversation = make.conversation()
    form = {"to": f"employee:{boris.id}", "note": "She needs an answer today"}
    client.post(f"/acme/conversations/{conversation.number}/transfer", data=form)
    found = state(conversation)
    assert (found.status, found.assignee_id) == ("open", boris.id)
    with make.inside():
        note = Message.find(conversation_id=conversation.id, kind="note")
        assert note.body == "She needs an answer today" and note.customer_position is None


def test_transfer_to_a_department_puts_it_into_that_queue(client, anna):
    conversation, sales = make.conversation(assignee=anna), make.department("Sales")
    client.post(f"/acme/conversations/{conversation.number}/transfer", data={"to": f"department:{sales.id}"})
    found = state(conversation)
    assert (found.status, found.assignee_id, found.department_id) == ("queued", None, sales.id)


def test_transfer_to_nowhere_is_refused_and_changes_nothing(client, anna, carla):
    conversation = make.conversation(assignee=anna)
    with make.inside("globex"):
        foreign = Department.first()
    targets = {"employee": 422, f"employee:{carla.id}": 404, f"department:{foreign.id}": 404, f"tenant:{anna.id}": 422}
    for to, status in targets.items():
        response = client.post(f"/acme/conversations/{conversation.number}/transfer", data={"to": to})
        assert response.status_code == status, to
    assert state(conversation).assignee_id == anna.id


def test_employees_talk_to_each_other_and_nobody_else_sees_it(client, anna, boris):
    response = client.post("/acme/conversations", data={"employee_id": str(boris.id)})
    again = make.browser(boris).post("/acme/conversations", data={"employee_id": str(anna.id)})
    assert response.location == again.location
    path = response.location
    assert client.post(f"{path}/messages", data=make.message_form("Lunch?")).status_code == 201
    assert "Lunch?" in make.browser(boris).get(path).text
    assert "Lunch?" in make.browser(boris).get("/acme/inbox/direct").text
    outsider = make.browser(make.employee("Dora", "owner"))
    assert outsider.get(path).status_code == 404
    assert outsider.post(f"{path}/messages", data=make.message_form()).status_code == 404


def test_a_talk_between_colleagues_cannot_be_handed_to_others(client, boris):
    path = client.post("/acme/conversations", data={"employee_id": str(boris.id)}).location
    lead = make.employee("Lena", "lead")
    department = make.department()
    for verb, sent in (("transfer", {"to": f"employee:{lead.id}"}), ("transfer", {"to": f"department:{department.id}"}),
                       ("acceptance", {}), ("closure", {}), ("reopening", {})):  # fmt: skip
        assert client.post(f"{path}/{verb}", data=sent).status_code == 404, verb
    assert make.browser(lead).get(path).status_code == 404
    assert make.browser(lead).post("/acme/inbox/queue/acceptance").status_code == 409
    with make.inside():
        found = Conversation.find(number=int(path.rsplit("/", 1)[1]))
        assert (found.status, found.assignee_id, found.department_id) == ("open", None, None)


def test_seen_is_remembered_and_told(client, anna, pushed):
    conversation = make.conversation(assignee=anna)
    client.post(f"/acme/conversations/{conversation.number}/reading", data={"seq": 1})
    assert '"signal": "seen"' in pushed(conversation.customer_topic)
    assert client.post(f"/acme/conversations/{conversation.number}/reading", data={"seq": -1}).status_code == 422


def test_blocking_as_spam_closes_and_asks_for_no_rating(anna):
    lead = make.employee("Lena", "lead")
    conversation = make.conversation(assignee=anna)
    make.message(conversation, anna)
    assert make.browser(anna).post(f"/acme/conversations/{conversation.number}/spam").status_code == 403
    make.browser(lead).post(f"/acme/conversations/{conversation.number}/spam")
    with make.inside():
        assert Rating.first(conversation_id=conversation.id) is None
        assert Conversation.find(id=conversation.id).customer.blocked_at is not None
