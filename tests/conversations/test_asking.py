"""For which reasons customers are asked, and when not."""

from sqlalchemy import func, select

from crm.conversations.models import Conversation, Rating
from crm.db import db, now
from crm.tenancy import forget_cached_tenant
from tests import make
from tests.conversations.mails import mail
from tests.conversations.test_receiving import become
from tests.portal.steps import visitor


def choose(admin, **fields):
    answer = admin.post("/acme/settings/ratings", data={"reasons": "", "rest_days": "0", **fields})
    forget_cached_tenant()
    return answer.status_code


def asked() -> int:
    with make.inside():
        return db.session.scalar(select(func.count()).select_from(Rating)) or 0


def test_the_workspaces_reasons_are_chips_under_the_stars(boris, anna):
    admin = make.browser(boris)
    assert choose(admin, reasons="Speed\n Kindness \nSpeed\n") == 303
    assert "Speed\nKindness</textarea>" in admin.get("/acme/settings/ratings").text
    mia = visitor()
    number = mia.begin()
    with make.inside():
        conversation = Conversation.find(number=number)
    make.message(conversation, anna, "Hello")
    mia.post(f"/my/conversations/{number}/closure")
    assert mia.get(f"/my/conversations/{number}/state").text.count('name="reasons"') == 2
    mia.post(f"/my/conversations/{number}/rating", stars="2", reasons=["Kindness", "Anything else"])
    with make.inside():
        assert Rating.find(conversation_id=conversation.id).reasons == ["Kindness"]
    assert "Kindness" in admin.get(f"/acme/conversations/{number}/panel").text
    assert choose(admin, reasons="x" * 41) == choose(admin, reasons="\n".join("abcdefghijklm")) == 422


def test_a_customer_is_left_in_peace_for_the_days_chosen(boris):
    admin, mia = make.browser(boris), make.customer("Mia")
    assert choose(admin, rest_days="30") == 303
    make.closed_conversation(customer=mia)
    make.closed_conversation(customer=mia)
    assert asked() == 1
    make.closed_conversation()
    assert asked() == 2
    assert choose(admin, rest_days="366") == 422


def test_who_got_no_answer_is_asked_only_where_it_is_wanted(boris):
    admin = make.browser(boris)

    def close() -> None:
        conversation = make.conversation()
        with make.inside():
            here = Conversation.locked(id=conversation.id)
            here.close(here.customer)

    close()
    assert asked() == 0
    choose(admin, unanswered="1")
    close()
    assert asked() == 1


def test_nobody_is_asked_about_a_mail_that_came_marked_as_spam(anna):
    for number, flag in enumerate((b"YES", b"NO")):
        told = become(mail(more=b"X-Spam-Flag: %s\r\n" % flag).replace(b"one@", b"%d@" % number))
        with make.inside():
            here = Conversation.locked(number=told["conversation"])
            here.first_reply_at = now()
            here.close(anna)
        assert asked() == number
