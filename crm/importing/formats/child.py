"""The child that reads one file: `python -m … child FROM TO NAME`, with limits on its time, memory and what it writes.

It writes a row a line (see lines.py), and says at its end what it found.
"""

import errno
import json
import resource
import sys
from collections import Counter
from itertools import compress
from operator import not_
from pathlib import Path
from typing import Any

from .found import MOST_ROWS, Table, Unreadable
from .lines import line_of

MOST_MEMORY, MOST_WRITTEN, CPU_SECONDS = 256 << 20, 2 << 30, 300
SAMPLES, LOOKED_AT = 5, 500  # values shown of each column, rows among which they are looked for


def main(source: str, target: str, name: str) -> dict[str, Any]:
    limit()
    try:
        table = read(Path(source), name)
        about = write(table, Path(target))
    except Unreadable as problem:
        return {"problem": problem.code, "facts": problem.facts}
    except OSError as problem:
        full = problem.errno in (errno.ENOSPC, errno.EDQUOT)
        return {"problem": "full" if full else "costly", "facts": {}}
    except (MemoryError, RecursionError):
        return {"problem": "costly", "facts": {}}
    return {"headings": table.headings, **table.about, **about}


def limit() -> None:
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MOST_MEMORY, mapped + MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(path: Path, name: str) -> Table:
    """By what the file is, not by what it is called, but for vCards and old spreadsheets, which look like text or nothing."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(b"PK\x03\x04"):
        from . import spreadsheet

        return spreadsheet.read(path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("old_spreadsheet")
    if b"BEGIN:VCARD" in start.replace(b"\x00", b"").upper():
        from . import cards

        return cards.read(path)
    if start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"MZ", b"\x7fELF")):
        raise Unreadable("kind")
    from . import separated

    return separated.read(path)


def write(table: Table, target: Path) -> dict[str, Any]:
    rows, replaced, gaps, places = 0, 0, Counter[int](), range(len(table.headings))
    samples: list[list[str]] = [[] for _ in table.headings]
    with target.open("w", encoding="utf-8", newline="\n") as file:
        for row in table.rows:
            if rows >= MOST_ROWS:
                raise Unreadable("rows", most=MOST_ROWS)
            rows += 1
            line = line_of(row)
            replaced += "\ufffd" in line
            file.write(line)
            if not row[2]:
                gaps.update(compress(places, map(not_, map(str.strip, row[1]))))
                if rows <= LOOKED_AT:
                    note(samples, row[1])
    if not rows:
        raise Unreadable("no_rows")
    return {"rows": rows, "samples": samples, "gaps": [gaps[place] for place in places], "replaced": replaced}


def note(samples: list[list[str]], cells: list[str]) -> None:
    """A few different values of each column."""
    for known, cell in zip(samples, cells, strict=True):
        if len(known) < SAMPLES and cell.strip() and cell[:80] not in known:
            known.append(cell[:80].replace("\x00", "\ufffd"))


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:4])))
