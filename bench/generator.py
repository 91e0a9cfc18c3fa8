"""The load's own process: `python -m bench.generator MODULE:FUNCTION` reads what to do from stdin and writes what it saw.

A process of its own, so that the load and what surrounds it do not slow each other down.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any


def start(function: Callable[[dict[str, Any]], dict[str, Any]], spec: dict[str, Any]) -> "subprocess.Popen[str]":
    """Run `function(spec)` in a new process; both spec and result are JSON."""
    name = f"{function.__module__}:{function.__name__}"
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.generator", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    process.stdin.write(json.dumps(spec) + "\n")
    process.stdin.flush()
    return process


def result(process: "subprocess.Popen[str]") -> dict[str, Any]:
    said, _ = process.communicate()
    if process.returncode:
        sys.exit("The load generator failed: see the lines above.")
    return json.loads(said.splitlines()[-1])


def run(function: Callable[[dict[str, Any]], dict[str, Any]], spec: dict[str, Any]) -> dict[str, Any]:
    return result(start(function, spec))


def main(name: str) -> None:
    module, function = name.split(":")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    spec = json.loads(sys.stdin.readline())
    seen = getattr(import_module(module), function)(spec)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps(seen | {"generator_cpu_s": round(used.ru_utime + used.ru_stime, 2)}))


if __name__ == "__main__":
    main(sys.argv[1])
