"""A mail goes into a conversation only by an address that we signed, or by a Message-ID of ours and one who takes part."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from crm.conversations.channels.email_in.loops import is_own, may_answer
from crm.conversations.channels.email_in.parse import read
from crm.conversations.channels.email_in.parsed import Parsed
from crm.conversations.channels.email_in.thread import (
    Known,
    Named,
    Place,
    named,
    open_reply_address,
    place,
    reply_address,
)

from .mails import mail

SECRET, ACME, GLOBEX, CONVERSATION, OTHER = "s" * 40, uuid4(), uuid4(), uuid4(), uuid4()
ADDRESS = reply_address(SECRET, ACME, CONVERSATION, "acme.test")
CARLA = "carla@customer.test"
KNOWN = {"<ours@acme.test>": Known(CONVERSATION, frozenset({CARLA}))}


def parsed(raw: bytes) -> Parsed:
    result = read(raw)
    assert isinstance(result, Parsed)
    return result


def placed(raw: bytes) -> Place:
    mail = parsed(raw)
    return place(named(mail, SECRET, ACME), mail.sender.address, KNOWN)


def to(address: str) -> bytes:
    return mail().replace(b"support@acme.test", address.encode())


def test_a_signed_address_leads_to_its_conversation_in_any_case_of_letters():
    assert placed(to(ADDRESS)) == Place(CONVERSATION, "address")
    assert placed(to(ADDRESS.upper())) == Place(CONVERSATION, "address")
    assert len(ADDRESS.partition("@")[0]) <= 64


def test_an_envelope_without_the_address_in_the_header_leads_there_too():
    assert placed(mail(more=f"Delivered-To: {ADDRESS}\r\n".encode())) == Place(CONVERSATION, "address")


def test_a_forged_address_opens_a_new_conversation_with_a_warning():
    forged = ADDRESS.replace(CONVERSATION.hex, OTHER.hex)
    assert placed(to(forged)) == Place(warning="forged_address")


def test_another_workspaces_address_is_not_ours():
    assert open_reply_address(SECRET, GLOBEX, ADDRESS) is None
    assert open_reply_address("t" * 40, ACME, ADDRESS) is None


@given(st.text(max_size=80))
def test_no_other_text_is_a_reply_address(text):
    assert open_reply_address(SECRET, ACME, text) is None


def test_a_message_id_of_ours_counts_only_from_one_who_takes_part():
    more = b"In-Reply-To: <ours@acme.test>\r\n"
    assert placed(mail(more=more)) == Place(CONVERSATION, "message_id")
    stranger = mail(more=more).replace(CARLA.encode(), b"eve@evil.test")
    assert placed(stranger) == Place(warning="stranger")


def test_references_count_as_in_reply_to_does_and_the_newest_first():
    mail_ = parsed(mail(more=b"References: <first@acme.test> <ours@acme.test>\r\n"))
    assert named(mail_, SECRET, ACME) == Named((), ("<ours@acme.test>", "<first@acme.test>"), False)
    assert place(named(mail_, SECRET, ACME), CARLA, KNOWN) == Place(CONVERSATION, "message_id")


def test_a_subject_somebody_in_cc_and_a_name_that_looks_like_an_address_lead_nowhere():
    assert placed(mail().replace(b"Where", f"[{CONVERSATION}] Where".encode())) == Place()
    stranger = mail(more=b"In-Reply-To: <ours@acme.test>\r\nCc: carla@customer.test\r\n")
    stranger = stranger.replace(b"Carla Meyer <carla@customer.test>", b'"carla@customer.test" <eve@evil.test>')
    assert placed(stranger) == Place(warning="stranger")


def test_a_customer_of_two_workspaces_is_told_apart_by_what_each_has_sent():
    names = named(parsed(mail(more=b"In-Reply-To: <ours@acme.test>\r\n")), SECRET, GLOBEX)
    assert place(names, CARLA, {}) == Place()


def test_our_own_mail_come_back_is_known_and_never_answered():
    own = parsed(mail().replace(CARLA.encode(), b"Support@acme.test"))
    assert is_own(own, ["support@acme.test"]) and not may_answer(own, ["support@acme.test"], 0)
    assert is_own(parsed(mail()), [], ["<one@customer.test>"])


def test_at_most_three_automatic_answers_go_to_an_address_a_day():
    assert [may_answer(parsed(mail()), ["support@acme.test"], n) for n in range(5)] == [True, True, True, False, False]
