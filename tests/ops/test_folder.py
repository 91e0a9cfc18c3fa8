import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable

import pytest

from crm.ops import folder as folder_module
from crm.ops.folder import DataFolder
from crm.ops.programs import tied
from crm.ops.stop import Stop

from .instance import runs, wait_until


@pytest.fixture
def folder(tmp_path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    made.make()
    return made


def test_only_one_may_hold_the_lock(folder):
    held = folder.lock()
    with pytest.raises(Stop, match="already runs"):
        folder.lock()
    os.close(held)
    os.close(folder.lock())


def test_the_folder_of_somebody_else_is_left_alone_also_by_root(folder, monkeypatch):
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(Stop, match="belongs to another user"):
        folder.make()


def test_a_full_disk_is_told_before_anything_begins(folder, monkeypatch):
    monkeypatch.setattr(folder_module, "LEAST_FREE", shutil.disk_usage(folder.path).total + 1)
    with pytest.raises(Stop, match=r"^The disk of .* is full: \d+ MB are free, and a start needs \d+\.$"):
        folder.make()


def test_whoever_may_not_read_the_folder_is_told_so(folder):
    os.close(folder.lock())
    (folder.path / "run").chmod(0)
    sentence = f"The data folder {folder.path} belongs to another user: run this as that user."
    assert told_to_somebody_else(folder.in_use) == sentence
    assert told_to_somebody_else(lambda: folder.read("run/supervisor.json")) == sentence
    (folder.path / "run").chmod(0o700)


def told_to_somebody_else(act: Callable[[], object]) -> str:
    ours, theirs = os.pipe()
    if os.fork() == 0:
        if os.geteuid() == 0:
            os.setuid(65534)
        try:
            act()
        except Stop as problem:
            os.write(theirs, problem.message.encode())
        finally:
            os._exit(0)
    os.wait()
    os.close(theirs)
    with os.fdopen(ours) as said:
        return said.read()


def test_a_secret_is_made_once_and_for_its_owner(folder):
    first = folder.secret("session-key")
    assert len(first) == 43
    assert DataFolder(folder.path).secret("session-key") == first
    assert folder.secret("other") != first
    assert stat.S_IMODE((folder.path / "secrets" / "session-key").stat().st_mode) == 0o600


def test_a_port_is_kept_until_somebody_takes_it(folder):
    port = folder.port("postgres")
    assert folder.port("postgres") == port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        moved = folder.port("postgres")
        assert moved != port
    assert json.loads((folder.path / "run" / "ports.json").read_text()) == {"postgres": moved}


def test_a_tied_program_ends_with_its_parent(tmp_path):
    child_file = tmp_path / "child"
    parent_code = (
        "import os, subprocess, sys, time\n"
        "from crm.ops.programs import tied\n"
        "command = tied(os.getpid(), 'SIGTERM', '-', ['/bin/sleep', '60'])\n"
        f"open({str(child_file)!r}, 'w').write(str(subprocess.Popen(command).pid))\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", parent_code])
    wait_until(lambda: child_file.exists() and child_file.read_text(), 60)
    child = int(child_file.read_text())
    wait_until(lambda: "sleep" in command_of(child), 60)
    parent.kill()
    parent.wait()
    wait_until(lambda: not runs(child))


def test_a_program_whose_parent_is_gone_does_not_start():
    result = subprocess.run(tied(1, "SIGTERM", "-", ["/bin/echo", "started"]), capture_output=True, text=True)
    assert result.stdout == ""
    assert "is gone" in result.stderr


def command_of(process: int) -> str:
    out = subprocess.run(["ps", "-o", "args=", "-p", str(process)], capture_output=True, text=True).stdout
    return "" if "tied.py" in out else out
