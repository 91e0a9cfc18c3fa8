"""Clocks that jump: the server's wall clock, of all its processes at once; the browsers keep theirs."""

import shutil
import struct
import subprocess
import time
from pathlib import Path

from .faults import fault
from .house import House

SOURCE = Path(__file__).with_name("shift.c")
HOUR = 3600


class Clock:
    """A library that is loaded before libc, and the file that says how far the clock is off."""

    def __init__(self, folder: Path):
        self.library, self.file = folder / "shift.so", folder / "shift"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(self.library), str(SOURCE)], check=True)
        self.set(0)
        for path in (folder, self.library, self.file):
            path.chmod(0o755)

    def set(self, seconds: float) -> None:
        content = struct.pack("q", int(seconds * 1e9))
        if self.file.exists():
            with self.file.open("r+b") as file:
                file.write(content)
        else:
            self.file.write_bytes(content)

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "CLOCK_SHIFT": str(self.file)}


def why_no_clock() -> str:
    return "" if shutil.which("cc") else "there is no C compiler to make the library that shifts the clock"


def jump(house: House, *places: float) -> None:
    """To each of these places in turn, in seconds from the true time, and back."""
    assert house.clock
    for place in (*places, 0.0):
        house.clock.set(place)
        time.sleep(max(4.0, house.seconds / 5))


@fault(house="clock", why_not=why_no_clock)
def clock_jumps_forward(house: House) -> None:
    """Three hours: bearers run out, everything is due. Then back again."""
    jump(house, 3 * HOUR)


@fault(house="clock", why_not=why_no_clock)
def clock_jumps_back(house: House) -> None:
    jump(house, -3 * HOUR)


@fault(house="clock", why_not=why_no_clock)
def clock_jumps_to_and_fro(house: House) -> None:
    jump(house, 20.0, -20.0, 40 * 60.0, -40 * 60.0)
