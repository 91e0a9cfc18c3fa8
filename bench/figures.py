"""Small arithmetic, and how results are shown."""

import argparse
import json
import math
import sys
import time
from typing import Any

began = time.monotonic()


def percentile(values: list[float], part: float) -> float:
    """The smallest value that `part` (0 to 1) of all do not exceed; NaN without values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else math.nan


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)


def say(text: str) -> None:
    """A line of progress."""
    print(f"[{time.monotonic() - began:6.1f} s] {text}", flush=True)


def options(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"bin/bench {sys.argv[0].rsplit('/', 1)[-1].removesuffix('.py')}")
    parser.description = description
    parser.add_argument("--json", action="store_true", help="print the result as one line of JSON, last")
    parser.add_argument("--data", help="a data folder to keep and use again (default: a new one, removed at the end)")
    return parser


def show(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(result), flush=True)
        return
    for name, value in result.items():
        print(f"{name:<24}{value}")
