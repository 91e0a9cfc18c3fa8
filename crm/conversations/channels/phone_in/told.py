"""What was told of a call, whoever told it in whatever form."""

from dataclasses import dataclass
from datetime import datetime

STATES = ("ringing", "answered", "ended")


@dataclass(frozen=True)
class Told:
    """One state of one call. `id` is what the exchange calls it; `state` one of STATES, or "" for a fact alone.

    `theirs` is the other side's number as it was told, `ours` the line of ours; `agent` who of us: an e-mail address, an
    extension or a number. `outcome` and `seconds` are known at the end, if at all. `leg`: this is only one of the
    telephones that ring for the call.
    """

    id: str
    state: str
    direction: str = "in"
    theirs: str = ""
    ours: str = ""
    agent: str = ""
    at: datetime | None = None
    seconds: int | None = None
    outcome: str | None = None
    recording_url: str = ""
    leg: bool = False
