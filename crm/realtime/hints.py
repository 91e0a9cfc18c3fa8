"""Hints to load a part of the page again: the first is heard at once, the same again at most four times a second.

Twenty employees' lists change with every message of a busy minute. A hint says nothing but "look", so those that follow
within the moment become one at its end: the last change is always looked for.
"""

import threading
from collections.abc import Callable

MOMENT_SECONDS = 0.25

Hint = tuple[str, str]


class Hints:
    def __init__(self, deliver: Callable[[str, str], None]):
        self.deliver = deliver
        self.again: dict[Hint, bool] = {}  # told within the moment -> whether it was told again since
        self.lock = threading.Lock()

    def tell(self, topic: str, text: str) -> None:
        hint = (topic, text)
        with self.lock:
            if hint in self.again:
                self.again[hint] = True
                return
            self.begin_moment(hint)  # first of all: a hint whose moment never ended would never be heard again
            self.again[hint] = False
        self.deliver(topic, text)

    def begin_moment(self, hint: Hint) -> None:
        timer = threading.Timer(MOMENT_SECONDS, self.pass_moment, [hint])
        timer.daemon = True
        timer.start()

    def pass_moment(self, hint: Hint) -> None:
        with self.lock:
            told_again = self.again.pop(hint)
        if told_again:
            self.tell(*hint)


def is_hint(text: str) -> bool:
    """Whether a frame names parts to load again, as `frames.refresh` encodes it, and says nothing else."""
    return text.startswith('{"refresh":[') and text.find("]") == len(text) - 2
