"""Starts the child that reads a file, and hears what it found."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]  # where `crm` is found, also when it is not installed
WALL_SECONDS = 900


def unpack(source: Path, target: Path, name: str) -> dict[str, Any]:
    """Write the rows of `source` to `target`; return {headings, rows, samples, …}, or {problem, facts}."""
    program = [sys.executable, "-m", f"{__package__}.child", str(source), str(target), name]
    try:  # no secrets of ours go into its environment
        ended = subprocess.run(program, stdin=subprocess.DEVNULL, capture_output=True,
                               timeout=WALL_SECONDS, cwd=ROOT, env={"PATH": os.environ.get("PATH", os.defpath)})  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"problem": "costly", "facts": {}}
    if ended.returncode < 0:  # the kernel ended it at a limit
        return {"problem": "costly", "facts": {}}
    if ended.returncode:
        return {"problem": "broken", "facts": {"said": ended.stderr.decode(errors="replace")[-300:]}}
    found: dict[str, Any] = json.loads(ended.stdout)
    return found
