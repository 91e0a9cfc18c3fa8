"""Reading a stranger's mail where it can do no harm: in a child process with limits on its time and memory.

A child reads many mails, one after the other; one that is too costly ends it, and the next mail gets a new child.
"""

import os
import subprocess
import sys
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from socket import socketpair
from types import TracebackType
from typing import Self

from .parse import MAX_BYTES, refusal
from .parsed import Parsed, Refusal

CPU_SECONDS, WALL_SECONDS, MAILS_PER_CHILD = 2, 20, 500
ROOT = Path(__file__).resolve().parents[4]  # where `crm` is found, also when it is not installed
TOO_COSTLY = Refusal("too_costly", "This mail takes too much time or memory to read. The original is kept.")


class Reader:
    """One child. Not for several threads or forks at once: make one for each, and keep it, for it starts in 0.3 s."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self.line: Connection | None = None
        self.read = 0

    def understand(self, raw: bytes, authserv_id: str = "") -> Parsed | Refusal:
        """The mail, or why not. Only what cannot be a mail, or costs too much, is refused."""
        if len(raw) > MAX_BYTES:  # not even handed over
            return refusal("too_large")
        if self.read >= MAILS_PER_CHILD or self.child is None or self.child.poll() is not None:
            self.begin()
        try:
            return self.asked(raw, authserv_id)
        except (EOFError, OSError):
            self.close()
            return TOO_COSTLY
        except BaseException:  # whoever is called away leaves nothing half said on the line
            self.close()
            raise

    def asked(self, raw: bytes, authserv_id: str) -> Parsed | Refusal:
        assert self.line is not None
        self.read += 1
        self.line.send(authserv_id)
        self.line.send_bytes(raw)
        if not self.line.poll(WALL_SECONDS):
            raise EOFError
        answer: Parsed | Refusal = self.line.recv()
        if isinstance(answer, Parsed):
            files = (replace(file, content=self.line.recv_bytes()) for file in answer.attachments)
            return replace(answer, attachments=tuple(files))
        if answer == TOO_COSTLY:  # its memory is full of the mail
            self.close()
        return answer

    def begin(self) -> None:
        self.close()
        ours, theirs = socketpair()
        program = [sys.executable, "-m", f"{__package__}.child", str(theirs.fileno())]
        with theirs:  # no secrets of ours go into its environment
            self.child = subprocess.Popen(program, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, cwd=ROOT,
                                          env={"PATH": os.environ.get("PATH", os.defpath)})  # fmt: skip
        self.line, self.read = Connection(ours.detach()), 0

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
        if self.child is not None:
            self.child.kill()
            self.child.wait()
        self.child = self.line = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def understand(raw: bytes, authserv_id: str = "") -> Parsed | Refusal:
    """One mail in a child of its own; keep a Reader for many."""
    with Reader() as reader:
        return reader.understand(raw, authserv_id)
