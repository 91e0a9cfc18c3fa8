"""What somebody wants to be told, by which ways, and when not."""

from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from ..accounts.models import Employee
from ..db import now
from ..tenancy import current_tenant
from .kinds import WAYS, kinds


@dataclass
class Wishes:
    """Kept with the employee's other preferences. What is kept is what they do not want, so that a new kind reaches them."""

    employee: Employee

    @cached_property
    def kept(self) -> dict[str, Any]:
        return (self.employee.preferences or {}).get("notifications") or {}

    def wants(self, kind: str, way: str) -> bool:
        return kind not in self.kept.get("without", {}).get(way, ())

    def ways(self, kind: str) -> set[str]:
        return {way for way in kinds[kind].ways if self.wants(kind, way)}

    @property
    def quiet(self) -> list[str]:
        """[from, to] as "20:00", over midnight too; [] for never."""
        return self.kept.get("quiet") or []

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.employee.time_zone or current_tenant.time_zone)

    def is_quiet(self, moment: datetime | None = None) -> bool:
        """Whether it is their quiet time, by their own clock."""
        if not self.quiet:
            return False
        here = (moment or now()).astimezone(self.zone).time()
        begin, end = (time.fromisoformat(one) for one in self.quiet)
        return begin <= here < end if begin < end else here >= begin or here < end

    @property
    def silent(self) -> list[str]:
        """The signals at which their open pages make no sound: those of which they want none that comes with them."""
        heard = {kind.sound for kind in kinds.values() if self.wants(kind.name, "sound")}
        return sorted({kind.sound for kind in kinds.values()} - heard - {"notified"})

    def keep(self, wanted: dict[str, list[str]], quiet: list[str]) -> None:
        """`wanted`: {way: the kinds that come by it}."""
        without = {way: [name for name in kinds if name not in wanted[way]] for way in WAYS}
        self.employee.prefer(notifications={"without": without, "quiet": quiet})
