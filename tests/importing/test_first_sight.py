"""What is read at first sight, because a file has a million of them, is what the libraries read."""

import random

import phonenumbers
import pytest

from crm.phones import as_e164, at_first_sight
from crm.web import address_of, whole_address

DOMAINS = ["a.de", "a-b.com", "a--b.com", "-a.de", "a-.de", "a..de", "x.test", "x.local", "onion.com", "xn--p1ai.de",
           f"{'a' * 63}.de", f"{'a' * 64}.de", f"{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.de", "a.info", "a.c", "localhost"]  # fmt: skip


def at_length(typed: str) -> str | None:
    try:
        number = phonenumbers.parse(typed, "DE")
    except phonenumbers.NumberParseException:
        return None
    fits = phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if fits else None


def test_numbers_at_first_sight_are_those_of_a_long_look():
    dice = random.Random(5)
    codes = [*phonenumbers.COUNTRY_CODE_TO_REGION_CODE, 999, 210]
    for code in codes * 4:
        digits = (dice.choice(["", " ", "-"]) + dice.choice("0123456789") for _ in range(dice.randint(5, 13)))
        typed = f"+{code}{''.join(digits)}"
        assert as_e164(typed, "DE") == at_length(typed), typed
    assert at_first_sight("+49 30 901820") == "+4930901820" and at_first_sight("+49 030 901820") is None


@pytest.mark.parametrize("domain", DOMAINS)
def test_addresses_at_first_sight_are_those_of_a_long_look(domain):
    for name in ("a", "Anna.Meier+x", "n" * 64, "n" * 65, ".a", "a..b"):
        assert address_of(f"{name}@{domain}") == whole_address(f"{name}@{domain}"), name
