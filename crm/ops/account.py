"""PostgreSQL refuses to run as root: it then runs under a system user of its own."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from .stop import Stop

NAME = "rapport"


def account() -> pwd.struct_passwd | None:
    """The system user, made when missing; None when we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return make_account()


def make_account() -> pwd.struct_passwd:
    for command in (
        ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
         "--shell", "/usr/sbin/nologin", NAME],
        ["adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", NAME],
    ):  # fmt: skip
        if shutil.which(command[0]) and subprocess.run(command, capture_output=True).returncode == 0:
            return pwd.getpwnam(NAME)
    raise Stop(f"PostgreSQL does not run as root, and the system user {NAME} could not be made: start as another user.")


def can_enter(path: Path, user: pwd.struct_passwd | None) -> bool:
    """Whether `user` may pass through `path` and every folder above it."""
    if user is None:
        return True
    return all(may_pass(folder, user) for folder in (path, *path.parents) if folder.exists())


def may_pass(folder: Path, user: pwd.struct_passwd) -> bool:
    mode = folder.stat()
    if mode.st_uid == user.pw_uid:
        return bool(mode.st_mode & stat.S_IXUSR)
    if mode.st_gid == user.pw_gid:
        return bool(mode.st_mode & stat.S_IXGRP)
    return bool(mode.st_mode & stat.S_IXOTH)
