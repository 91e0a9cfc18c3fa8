"""What is new in a mail is shown, what it quotes is folded, and nothing is lost between them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.conversations.channels.email_in.parse import read
from crm.conversations.channels.email_in.parsed import Parsed
from crm.conversations.channels.email_in.quoted import cut

from .mails import page
from .ordinary_mails import ANSWERS, GMAIL_PAGE, KEPT_WHOLE, OUTLOOK_PAGE


@pytest.mark.parametrize("program", ANSWERS)
def test_the_answer_is_cut_from_what_it_quotes(program: str):
    text, new = ANSWERS[program]
    found = cut(text)
    assert found.new == new
    assert found.quoted


@pytest.mark.parametrize("program", KEPT_WHOLE)
def test_what_says_nothing_without_the_rest_is_kept_whole(program: str):
    found = cut(KEPT_WHOLE[program])
    assert (found.new, found.quoted) == (KEPT_WHOLE[program].strip(), "")


@pytest.mark.parametrize(("html", "new"), [(GMAIL_PAGE, "Yes, please.\n\nCarla"), (OUTLOOK_PAGE, "Ja, bitte.")])
def test_the_answer_is_cut_from_a_page_without_text(html: str, new: str):
    result = read(page(html))
    assert isinstance(result, Parsed)
    assert result.new == new
    assert "ollen wir?" in result.quoted or "again" in result.quoted


@settings(max_examples=300)
@given(st.lists(st.sampled_from(
    ["> quoted", "On Friday Acme wrote:", "Am 1.1. schrieb Acme:", "From: x", "To: y", "Subject: z", "", "words", "-- ", "_" * 32]
    ) | st.text(max_size=10), max_size=20))  # fmt: skip
def test_nothing_that_was_written_is_lost(lines):
    text = "\n".join(lines)
    found = cut(text)
    assert sorted("".join((found.new + found.quoted).split())) == sorted("".join(text.split()))
