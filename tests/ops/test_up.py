"""`crm up` on a machine: one instance for the whole file, in the order of its life."""

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
import requests

from .instance import PATIENCE, Instance, instance, runs, wait_until

PROGRAMS = ["valkey-server", "sink.py", "worker.py", "gunicorn", "bin/postgres"]


@pytest.fixture(scope="module")
def started() -> Iterator[Instance]:
    with instance() as made:
        made.up("--empty")
        yield made


def test_it_says_where_everything_is(started):
    for line in (f"http://127.0.0.1:{started.port}", "/mail", str(started.data)):
        assert line in started.said
    wait_until(lambda: is_ready(started))


def test_without_the_demo_there_is_no_shop(started):
    assert "Demo shop" not in started.said
    assert started.child("shop.py") == 0


def test_the_data_folder_of_a_running_instance_is_refused(started):
    result = started.crm("up", "--port", "1", "--empty")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (f"Rapport already runs with the data in {started.data}: stop it, or set RAPPORT_DATA.\n")


def test_web_and_worker_never_know_the_owners_address(started):
    owner = (started.data / "secrets" / "database-owner").read_text()
    backup = (started.data / "secrets" / "database-backup").read_text()
    for program in ("gunicorn", "worker.py"):
        environment = Path(f"/proc/{started.child(program)}/environ").read_text()
        assert "DATABASE_URL=postgresql://rapport_app:" in environment
        assert owner not in environment
        assert backup not in environment
        assert "OWNER_" not in environment


def test_secrets_are_for_their_owner_only(started):
    for path in (started.data / "secrets", started.data / "run", started.data / "log", started.data / "postgres"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for path in (started.data / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_servers_want_a_password(started):
    ports = started.data / "run" / "ports.json"
    assert ports.exists()
    environment = Path(f"/proc/{started.child('gunicorn')}/environ").read_text().split("\0")
    urls = dict(line.split("=", 1) for line in environment if "=" in line)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(urls["DATABASE_URL"].replace("rapport_app:", "rapport_app:x"))
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url("redis://" + urls["REDIS_URL"].split("@")[1]).ping()


def test_a_command_beside_it_works_on_its_database(started):
    result = started.crm(
        "tenant", "create", "north", "--name", "North", "--owner-email", "ada@north.test", "--owner-name", "Ada"
    )
    assert result.returncode == 0, result.stderr
    link = result.stdout.split()[-1]
    assert started.get(link.removeprefix(f"http://127.0.0.1:{started.port}")).status_code == 200


def test_processes_share_the_connections_that_pages_keep_also_after_one_was_killed(started):
    pages = [page_of(started) for _ in range(24)]
    workers = web_workers(started)
    os.kill(workers[0], signal.SIGKILL)
    wait_until(lambda: len(held(started)) == 2 and set(web_workers(started)) != set(workers))

    def shares() -> list[int]:
        pages.append(page_of(started))
        return sorted(held(started))

    wait_until(lambda: shares()[0] > 0)  # it takes part
    least, most = shares()
    seen = [(least, most), *(shares() for _ in range(3 * (most - least)))]
    assert min(more - less for less, more in seen) <= 4, "the new one had none, the old one its half"
    for page in pages:
        page.close()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_killed_child_is_back_at_once(started, program):
    before = started.child(program)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: started.child(program) not in (0, before))


def test_after_all_that_it_works(started):
    wait_until(lambda: is_ready(started))


def test_ctrl_c_stops_everything_and_a_second_start_finds_the_data(started):
    children = started.everything()
    assert len(children) > len(PROGRAMS)
    assert started.stop(signal.SIGINT) == 0
    wait_until(lambda: not [child for child in children if runs(child)])
    started.up("--empty")
    assert started.get("/north/sign-in").status_code == 200


def test_killing_the_supervisor_leaves_nothing_running(started):
    children = started.everything()
    started.process.kill()
    started.process.wait()
    wait_until(lambda: not [child for child in children if runs(child)])


def test_it_starts_after_having_been_killed(started):
    started.up("--empty")
    assert started.get("/north/sign-in").status_code == 200


def is_ready(started: Instance) -> bool:
    try:
        return started.get("/readyz").json()["status"] == "ready"
    except requests.RequestException:  # just killed
        return False


def page_of(started: Instance) -> requests.Session:
    """A browser, which keeps its connection."""
    session = requests.Session()
    assert session.get(f"{started.url}/readyz", timeout=PATIENCE).status_code == 200
    return session


def web_workers(started: Instance) -> list[int]:
    out = subprocess.run(["pgrep", "-P", str(started.child("gunicorn"))], capture_output=True, text=True).stdout
    return [int(number) for number in out.split()]


def held(started: Instance) -> list[int]:
    """How many connections of pages each web process has."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    here = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{started.port:04X}") and row[3] == "01"}
    return [len(here & links(worker)) for worker in web_workers(started)]


def links(process: int) -> set[str]:
    folder = Path(f"/proc/{process}/fd")
    return {str(one.readlink()) for one in folder.iterdir() if one.is_symlink()}
