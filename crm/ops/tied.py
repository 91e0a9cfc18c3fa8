"""Run a program that ends when the process that started it ends, even by kill -9.

python tied.py PARENT SIGNAL USER DOOR PROGRAM …: PARENT is the process id that must be alive, SIGNAL what the kernel
sends when it is gone, USER whom to become ("-" for nobody else), DOOR the one descriptor that the program is to have
from it (0 for none). Stands alone: it must start fast and import nothing of ours.
"""

import ctypes
import os
import pwd
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: str, death_signal: str, user: str, door: str, *command: str) -> None:
    leave_open(int(door))
    if user != "-":
        become(pwd.getpwnam(user))
    tie(int(parent), signal.Signals[death_signal])
    os.execv(command[0], command)


def leave_open(door: int) -> None:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    os.closerange(3, max(3, door))
    os.closerange(max(3, door + 1), limit)


def become(user: pwd.struct_passwd) -> None:
    os.chdir("/")
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def tie(parent: int, death_signal: signal.Signals) -> None:
    """After become(): a change of user unties. Nothing to do where the kernel is not Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The process that started this one is gone.")


if __name__ == "__main__":
    main(*sys.argv[1:])
