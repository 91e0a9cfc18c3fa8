"""What two customers must share one of to be compared at all: everybody with everybody would be five billion of 100,000."""

from collections.abc import Iterator

from .compare import Known

LARGEST = 60  # more people of one key have it by chance, and others of their keys find them


def keys_of(one: Known) -> set[str]:
    return {key for key in found(one) if key}


def found(one: Known) -> Iterator[str]:
    for email in one.emails:
        yield f"e:{email}"
        local = "".join(sign for sign in email.partition("@")[0] if sign.isalnum())
        yield f"l:{local}" if len(local) > 4 else ""
    yield from (f"p:{number}" for number in one.phones if len(number) > 5)
    if one.street and (one.postal_code or one.city):
        yield f"a:{one.postal_code or one.city}:{one.street}"
    yield from of_name(one)


def of_name(one: Known) -> Iterator[str]:
    """The whole name as it is heard, its beginnings, and each long word with the town."""
    heard = one.heard
    if len(heard) > 1:
        yield "n:" + " ".join(heard)
        yield "b:" + " ".join(word[:3] for word in heard) + f":{one.city or one.postal_code}"
        yield from (
            f"w:{word}:{place}" for word in heard if len(word) > 3 for place in {one.postal_code, one.city} if place
        )
