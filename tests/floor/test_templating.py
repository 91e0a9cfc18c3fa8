"""What is remembered of pages is never somebody else's, and never old."""

from uuid import uuid4

import pytest
from flask import render_template_string
from flask_babel import gettext
from markupsafe import Markup

from crm.conversations.models import Conversation
from crm.db import db
from crm.templating import LONGEST, Pieces, picture, remembered, speaking
from crm.tenancy import as_tenant
from tests import make


def rows(client) -> str:
    return client.get("/acme/inbox/all").get_data(as_text=True)


def test_a_line_of_the_list_says_what_is_true_now(client, anna):
    with make.inside():
        number = make.conversation(customer=make.customer("Carla Meyer")).number
    assert "Carla Meyer" in rows(client)
    with make.inside():
        Conversation.find(number=number).customer.name = "Carla Schulz"
        db.session.commit()
    assert "Carla Schulz" in rows(client) and "Carla Meyer" not in rows(client)


def test_a_line_speaks_the_language_of_who_reads_it(client, anna):
    with make.inside():
        make.conversation()
    assert "waiting" in rows(client) and "wartet" not in rows(client)
    assert "wartet" in client.get("/acme/inbox/all?lang=de").get_data(as_text=True)


def word() -> str:
    return render_template_string('{{ _("Waiting") }}')


def test_what_is_written_in_another_language_is_written_in_it_alone(app):
    with app.test_request_context("/acme/?lang=en"):
        assert word() == "Waiting"
        with speaking("de"):
            assert (word(), str(gettext("Waiting"))) == ("Wartet", "Wartet")
            with speaking("en"):
                assert word() == "Waiting"
            assert word() == "Wartet"
        assert word() == "Waiting"


def test_a_mail_that_breaks_leaves_the_page_its_language(app):
    with app.test_request_context("/acme/?lang=en"):
        with pytest.raises(ZeroDivisionError), speaking("de"):
            _ = word(), 1 / 0
        assert word() == "Waiting"


def test_a_worker_speaks_each_tenants_own_language(app):
    first, second = make.tenant("acme", language="de"), make.tenant("globex", language="en")
    with app.app_context():
        said = []
        for tenant in (first, second, first):
            with as_tenant(tenant):
                said.append((word(), str(gettext("Waiting"))))
        assert said == [("Wartet", "Wartet"), ("Waiting", "Waiting"), ("Wartet", "Wartet")]


def test_the_same_key_at_another_tenant_is_another_piece(app):
    said, key = [], uuid4()
    for slug, number in (("acme", 17), ("globex", 38), ("acme", 99)):
        with app.app_context(), as_tenant(make.tenant(slug)):
            said.append(remembered("conversations/_badge.html", key, number=number, known=True))
    assert ">17<" in said[0] and ">38<" in said[1] and said[2] == said[0]


def test_words_of_a_person_stay_words_in_a_sentence(app):
    with app.test_request_context("/acme/?lang=de"):
        said = render_template_string('{{ _("Also seen by %(name)s: 100%%", name=name) }}', name="<b>100%</b>")
    assert said == "Also seen by &lt;b&gt;100%&lt;/b&gt;: 100%"


def test_the_less_used_pieces_are_forgotten():
    kept = Pieces(8)
    for number in range(100):
        kept.keep(number, Markup(number))
        assert kept.get(0) == "0"  # asked for all the time
    assert kept.get(99) == "99" and kept.get(50) is None
    assert len(kept.young) + len(kept.old) <= 8


def test_a_piece_that_is_long_is_not_kept():
    kept = Pieces(8)
    kept.keep("long", Markup("x" * (LONGEST + 1)))
    kept.keep("short", Markup("x" * LONGEST))
    assert kept.get("long") is None and kept.get("short") is not None


def test_an_icon_takes_a_class_by_place_or_by_name_and_is_spoken_with_a_label(app):
    with app.app_context():
        assert picture("x", None, "icon-sm") == picture("x", **{"class": "icon-sm"})
        assert 'class="icon icon-sm" aria-hidden="true"' in picture("x", None, "icon-sm")
        assert 'class="icon icon-filled" role="img" aria-label="Tom &amp; &lt;b&gt;"' in picture(
            "x-filled", "Tom & <b>"
        )
