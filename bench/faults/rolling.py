"""A new version under load: the workers are replaced one by one, and the sockets move."""

import os
import subprocess
import sys
from pathlib import Path

from .faults import fault
from .house import House

CRM = str(Path(sys.executable).with_name("crm"))


def crm(*arguments: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | ({"RAPPORT_DATA": str(folder)} if folder else {})
    return subprocess.run([CRM, *arguments], env=environment, capture_output=True, text=True)


def why_no_reload() -> str:
    return "" if crm("reload", "--help").returncode == 0 else "there is no `crm reload` yet"


@fault(settles=3.0, why_not=why_no_reload)
def rolling_restart(house: House) -> None:
    """Must cost nobody a second try."""
    done = crm("reload", folder=house.folder)
    if done.returncode:
        house.failures.append(f"crm reload: {done.stderr.strip()[-200:]}")
