"""The child that reads mails: started by `caps.Reader` with the number of its end of a socket, and nothing else."""

import resource
import signal
import sys
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from .caps import CPU_SECONDS, TOO_COSTLY
from .parse import read
from .parsed import Parsed, Refusal

MOST_MEMORY = 160 * 1024 * 1024  # beside what the program itself has mapped, so that all of it stays below 200 MB


def serve(line: Connection) -> None:
    """One mail after the other until the parent hangs up."""
    limit_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's: it hangs up when it has ended its work
    while True:
        try:
            authserv_id = line.recv()
            mail = [line.recv_bytes()]
        except EOFError:
            return
        # The kernel counts CPU time, also inside of C, and ends the process: there is nobody to catch it.
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS * 0.9)
        answer = within_memory(mail, authserv_id)
        signal.setitimer(signal.ITIMER_PROF, 0)
        give(line, answer)


def give(line: Connection, answer: Parsed | Refusal) -> None:
    """The files' bytes follow one by one: together with the rest they would be copied twice."""
    files = answer.attachments if isinstance(answer, Parsed) else ()
    if isinstance(answer, Parsed):
        answer = replace(answer, attachments=tuple(replace(file, content=b"") for file in files))
    line.send(answer)
    for file in files:
        line.send_bytes(file.content)


def within_memory(mail: list[bytes], authserv_id: str) -> Parsed | Refusal:
    try:
        return read(mail.pop(), authserv_id)
    except (MemoryError, RecursionError):
        return TOO_COSTLY


def limit_memory() -> None:
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MOST_MEMORY, mapped + MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
