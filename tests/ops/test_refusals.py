"""What cannot start says so in one sentence, with exit code 1 and nothing left behind."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from crm.ops.cli import main
from crm.ops.folder import free_port
from crm.ops.scratch import scratch_folder

from .instance import ROOT, SETTINGS

NEEDED = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
NOBODY = "postgresql://nobody:hidden@127.0.0.1:1/rapport"


@pytest.fixture
def up(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """`up(NAME=value)`: the outcome of starting with these settings."""
    with scratch_folder() as folder:
        for name in SETTINGS:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("RAPPORT_DATA", str(folder / "data"))

        def start(*arguments: str, **settings: str) -> Result:
            for name, value in settings.items():
                monkeypatch.setenv(name, value)
            ports = ["--port", str(free_port()), "--shop-port", str(free_port())]
            return CliRunner().invoke(main, ["up", *ports, *arguments])

        yield start


def refused(result: Result, *parts: str) -> None:
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    for part in parts:
        assert part in result.stderr
    assert "hidden" not in result.stderr


def test_one_address_of_a_database_without_the_others(up):
    refused(up(DATABASE_URL=NOBODY), "OWNER_DATABASE_URL and BACKUP_DATABASE_URL must be set too")


def test_a_database_that_is_not_there(up):
    result = up(DATABASE_URL=NOBODY, OWNER_DATABASE_URL=NOBODY, BACKUP_DATABASE_URL=NOBODY)
    refused(result, "DATABASE_URL at 127.0.0.1:1 cannot be reached", "refused")


def test_a_redis_that_is_not_there(up):
    refused(up(REDIS_URL="redis://:hidden@127.0.0.1:1/0"), "REDIS_URL at 127.0.0.1:1 cannot be reached")


@pytest.mark.parametrize("address", ["http://127.0.0.1", "redis://:hidden@127.0.0.1:99999/0", "redis://:hidden@[::1/0"])
def test_a_redis_address_that_is_none(up, address):
    refused(up(REDIS_URL=address), "REDIS_URL must look like redis://")


@pytest.mark.parametrize(
    "address", ["mysql://me:hidden@db/x", "postgresql://me:hidden@db:99999/x", "postgresql://me:hidden@[::1/x"]
)
def test_a_database_address_that_is_none(up, address):
    names = ("DATABASE_URL", "OWNER_DATABASE_URL", "BACKUP_DATABASE_URL")
    refused(up(**dict.fromkeys(names, address)), "DATABASE_URL must look like postgresql://")


@pytest.mark.parametrize("password", ["hidden%", "hid@den"])
def test_a_password_that_the_driver_would_misread_is_not_repeated(up, password):
    url = f"postgresql://me:{password}@127.0.0.1:1/x"
    result = up(DATABASE_URL=url, OWNER_DATABASE_URL=url, BACKUP_DATABASE_URL=url)
    refused(result, "DATABASE_URL must have user and password percent-encoded")
    assert password not in result.stderr


@pytest.mark.parametrize("role", ["superuser", "backup"])
def test_a_role_that_passes_round_the_wall_is_refused_for_the_pages(up, servers, role):
    urls = {name: getattr(servers, name.lower()) for name in ("OWNER_DATABASE_URL", "BACKUP_DATABASE_URL")}
    unsafe = getattr(servers, f"{role}_database_url")
    refused(up(DATABASE_URL=unsafe, **urls), "DATABASE_URL", "row-level security")


def test_a_setting_that_does_not_fit(up):
    refused(up(SIGNUP="perhaps"), "SIGNUP must be on or off")


def test_a_secret_whose_file_is_missing(up):
    refused(up(SMTP_URL_FILE="/nowhere/smtp"), "SMTP_URL cannot be read from /nowhere/smtp: No such file")


@pytest.mark.parametrize("option", ["--port", "--shop-port"])
def test_a_taken_port(up, option):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        refused(up(option, taken), f"Port {taken} on 127.0.0.1 is taken", option)


def test_an_address_that_is_not_this_machines(up):
    refused(up("--host", "192.0.2.1"), "on 192.0.2.1 cannot be listened on: Cannot assign requested address")


def test_a_host_without_an_address(up):
    refused(up("--host", "nowhere.invalid"), "on nowhere.invalid cannot be listened on")


@pytest.mark.parametrize("number", ["0", "many"])
def test_a_number_of_web_processes_that_is_none(up, number):
    refused(up(WEB_WORKERS=number), "WEB_WORKERS must be")


def test_a_folder_for_attachments_that_cannot_be_written(up):
    refused(up(FILES_DIR="/proc/files"), "The folder /proc/files of FILES_DIR cannot be used")


def test_the_web_server_alone_names_every_missing_setting():
    command = [sys.executable, "-m", "gunicorn", "-c", "crm/ops/gunicorn.conf.py", "crm:create_app()"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(NEEDED)}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert (result.returncode, result.stdout) == (1, "")
    assert tuple(line.split()[0] for line in result.stderr.splitlines()) == NEEDED


def test_a_data_folder_that_cannot_be_made(up):
    refused(up(RAPPORT_DATA="/proc/rapport"), "The data folder /proc/rapport cannot be used")


def test_a_port_that_is_none(up):
    assert up("--port", "65536").exit_code == 2


def test_a_command_without_a_database(up):
    refused(CliRunner().invoke(main, ["db", "migrate"]), "OWNER_DATABASE_URL is not set")


def test_bin_scripts_are_sound():
    for script in [*(ROOT / "bin").iterdir(), ROOT / ".ci" / "run", *(ROOT / "deploy").iterdir()]:
        first = script.read_text().split("\n")[0]
        if first.endswith(("/sh", "bash")):
            assert subprocess.run([first[2:].split()[-1], "-n", str(script)]).returncode == 0, script
