"""How many connections each web process holds, in memory that all of them see.

A browser keeps its connection, and with it whom it talks to. Which of two idle processes wakes first is chance: of eight
readers one process often held six, and everybody waited for it while the other rested.
"""

import mmap
import time
from collections.abc import Callable

MOST = 64  # processes of one server; whatever comes after them shares the last place
FREE = -1
LEAVING = 1 << 40  # nobody waits for one that takes no more
PATIENCE_SECONDS = 0.03  # after which one accepts although another has less: that one may be busy, or stopped


class Shares:
    """Places are given by the master before it forks, so that no two processes take the same."""

    def __init__(self) -> None:
        self.counts = memoryview(mmap.mmap(-1, MOST * 8)).cast("q")
        for place in range(MOST):
            self.counts[place] = FREE

    def take(self) -> int:
        place = next((place for place in range(MOST) if self.counts[place] == FREE), MOST - 1)
        self.counts[place] = 0
        return place

    def free(self, place: int) -> None:
        self.counts[place] = FREE

    def leave(self, place: int) -> None:
        self.add(place, LEAVING)

    def add(self, place: int, number: int) -> None:
        if self.counts[place] != FREE:
            self.counts[place] += number

    def least(self) -> int:
        return min((count for count in self.counts if count != FREE), default=0)


class Turn:
    """Whether a process accepts what comes, or leaves it to one with less.

    Of many that wait only the first is waited for: whoever did not take that one takes none of those behind it, either.
    """

    def __init__(self, shares: Shares, place: int, clock: Callable[[], float] = time.monotonic):
        self.shares, self.place, self.clock = shares, place, clock
        self.since = self.asked_at = 0.0
        self.waited_for = FREE

    def is_mine(self) -> bool:
        moment, least = self.clock(), self.shares.least()
        if self.shares.counts[self.place] <= least:
            self.waited_for = FREE
            return True
        asked_lately = moment - self.asked_at <= PATIENCE_SECONDS
        if least != self.waited_for or not asked_lately:  # it took one, or none was waiting meanwhile
            self.since = moment
        self.asked_at, self.waited_for = moment, least
        return moment - self.since > PATIENCE_SECONDS
