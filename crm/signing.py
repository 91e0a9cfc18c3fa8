"""What the server signs for browsers and links to bring back: sessions, bearers, files, ratings."""

from typing import Any

from itsdangerous import TimestampSigner


class PatientSigner(TimestampSigner):
    """A signature of the future is as good as one of now: clocks are set back, and those of two machines differ.

    itsdangerous refuses it, which signs everybody out for as long as the clock was wrong.
    """

    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        value, signed_at = super().unsign(signed_value, return_timestamp=True)
        if max_age is not None and self.get_timestamp() - signed_at.timestamp() > max_age:
            super().unsign(signed_value, max_age)  # raises in its own words
        return (value, signed_at) if return_timestamp else value
