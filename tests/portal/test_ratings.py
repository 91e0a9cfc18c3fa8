"""Stars by e-mail: asked once, at the right people, and given once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.conversations.models import Conversation, FollowUp, Rating
from crm.customers.models import Customer
from crm.db import db, now
from crm.mail import Mail
from crm.portal import ratings
from crm.tenancy import public_link
from tests import make

from .steps import count


def due(email: str | None = "mia@example.com", **values) -> Rating:
    """A rating whose time to be asked for by mail has come."""
    closed = make.closed_conversation(customer=make.customer("Mia Meier", claimed_email=email, **values))
    with make.inside():
        rating = Rating.find(conversation_id=closed.id)
        rating.mail_due_at = now() - timedelta(minutes=1)
        return rating


def ask() -> list[Mail]:
    with make.inside():
        ratings.ask_by_mail()
    with make.inside():
        return list(db.session.scalars(select(Mail)).all())


def link(rating: Rating) -> str:
    with make.inside():
        return f"/acme/ratings/{ratings.token_of(rating)}"


def stored(rating: Rating) -> Rating:
    with make.inside():
        return Rating.find(id=rating.id)


def test_who_left_without_rating_gets_one_mail_and_no_second(app):
    rating = due()
    mails = ask() and ask()
    assert [(mail.recipient, mail.key) for mail in mails] == [("mia@example.com", f"rating:{rating.id}")]
    with make.inside():
        address = public_link("ratings.page", token="")
    assert address in mails[0].body and "?stars=5" in mails[0].body and "Anna" in mails[0].subject


def test_nobody_is_asked_before_the_delay_is_over(app):
    make.closed_conversation(customer=make.customer(claimed_email="mia@example.com"))
    assert ask() == []


def test_nobody_is_asked_who_was_blocked_or_cannot_be_reached(app):
    due(email=None)
    spammer = due(email="spam@example.com")
    with make.inside():
        Customer.find(id=spammer.customer_id).block()
    assert ask() == []


def test_nobody_is_asked_about_an_episode_that_goes_on_again(app):
    rating = due()
    with make.inside():
        Conversation.locked(id=rating.conversation_id).reopen()
    assert ask() == []


def test_who_has_rated_in_the_chat_is_not_asked_again(app):
    rating = due()
    with make.inside():
        Rating.locked(id=rating.id).give(5, "")
    assert ask() == []


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_mail_scanner_that_opens_the_link_changes_nothing_cve_2026_26747(stranger, method):
    rating = due()
    response = getattr(stranger, method)(link(rating) + "?stars=1")
    assert response.status_code == 200 and "Set-Cookie" not in response.headers
    assert stored(rating).rated_at is None
    if method == "get":
        assert 'value="1" id="field-stars" required checked' in response.text


def test_the_page_takes_the_stars_without_cookie_or_script(stranger):
    rating = due()
    response = stranger.post(link(rating), data={"stars": "4", "feedback": "Kind"})
    assert response.status_code == 200 and "Thank you" in response.text
    assert (stored(rating).stars, stored(rating).feedback) == (4, "Kind")


def test_a_second_rating_is_refused_and_shows_what_was_given(stranger):
    rating = due()
    stranger.post(link(rating), data={"stars": "4"})
    response = stranger.post(link(rating), data={"stars": "1"})
    assert response.status_code == 409 and "4 of 5 stars" in response.text
    assert stored(rating).stars == 4
    assert "You have rated this already" in stranger.get(link(rating)).text


@pytest.mark.parametrize("stars", ["6", "0", "-1", "", "many", "4.5", "9" * 30])
def test_stars_that_do_not_exist_are_refused_and_the_words_are_kept(stranger, stars):
    rating = due()
    response = stranger.post(link(rating), data={"stars": stars, "feedback": "Typed with care"})
    assert response.status_code == 422 and "Typed with care" in response.text
    assert stored(rating).rated_at is None


def test_two_star_fields_at_once_are_refused(stranger):
    rating = due()
    assert stranger.post(link(rating), data={"stars": ["1", "5"]}).status_code == 422
    assert stored(rating).rated_at is None


def test_a_poor_rating_opens_a_follow_up(stranger):
    stranger.post(link(due()), data={"stars": "2"})
    with make.inside():
        assert count(FollowUp) == 1


def test_forged_and_foreign_links_open_nothing(stranger):
    rating = due()
    good = link(rating)
    make.tenant("globex")
    for path in (good[:-3] + "AAA", "/acme/ratings/x", "/acme/ratings/" + "é" * 9, good.replace("/acme/", "/globex/")):
        assert stranger.get(path).status_code == 404
        assert stranger.post(path, data={"stars": "5"}).status_code == 404
    assert stored(rating).rated_at is None


def test_a_link_ends_after_thirty_days(stranger, monkeypatch):
    rating = due()
    address = link(rating)
    monkeypatch.setattr(ratings.LINKS, "seconds", -1)
    for response in (stranger.get(address), stranger.post(address, data={"stars": "5"})):
        assert response.status_code == 410 and "no longer works" in response.text
    assert stored(rating).rated_at is None


def test_the_link_of_an_episode_rates_that_episode_alone(anna, stranger):
    first = due()
    old = link(first)
    with make.inside():
        Conversation.locked(id=first.conversation_id).reopen()
    with make.inside():
        conversation = Conversation.find(id=first.conversation_id)
    make.message(conversation, anna, "Once more")
    with make.inside():
        Conversation.locked(id=conversation.id).close(anna)
    stranger.post(old, data={"stars": "1"})
    with make.inside():
        assert [(one.episode, one.stars) for one in Rating.of(conversation)] == [(1, 1), (2, None)]
