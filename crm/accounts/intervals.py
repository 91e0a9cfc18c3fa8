"""Hours as people write them: `9-12:30, 13:30–18`, several spans for one day."""

import re
from typing import Any

from flask_babel import gettext as _

from ..web import Kind, Unfit, clean
from .hours import Interval, merged

SPAN = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?\Z")
MOST = 6


def intervals() -> Kind:
    """[[from, to]] in minutes since midnight, in order; [] for nothing."""

    def kind(value: Any) -> list[list[int]]:
        parts = [part.strip() for part in re.split(r"[,;]", clean(value or "", 200)) if part.strip()]
        if len(parts) > MOST:
            raise Unfit(_("Write at most %(max)d spans for a day.", max=MOST))
        return [list(span) for span in merged([one_span(part) for part in parts])]

    return kind


def one_span(part: str) -> Interval:
    match = SPAN.match(part)
    if match is None:
        raise Unfit(_("Write hours such as 9:00–12:30, 13:30–18:00."))
    hour, minute, last_hour, last_minute = (int(number or 0) for number in match.groups())
    start, end = hour * 60 + minute, last_hour * 60 + last_minute
    if max(minute, last_minute) > 59 or not start < end <= 24 * 60:
        raise Unfit(
            _("The end must come after the beginning, at 24:00 at the latest. What goes on belongs to the next day.")
        )
    return start, end


def written(spans: list[list[int]]) -> str:
    """The same for people to read and to change: 09:00–12:30, 13:30–18:00."""
    return ", ".join(f"{start // 60:02}:{start % 60:02}–{end // 60:02}:{end % 60:02}" for start, end in spans)
