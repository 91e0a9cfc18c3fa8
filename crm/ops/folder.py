"""The data folder: everything one instance keeps, and the lock that lets only one run on it."""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
from pathlib import Path

from .account import NAME, account, can_enter
from .stop import Stop

ROOT = Path(__file__).parents[2]
LEAST_FREE = 32 << 20  # two pieces of PostgreSQL's log of changes, which it makes as it begins


class DataFolder:
    def __init__(self, path: Path):
        self.path = path.absolute()

    def make(self) -> None:
        """Owner-only, except that others may pass through: as root, PostgreSQL's own user lives below."""
        self.refuse_anothers()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o711)
            for name in ("secrets", "run", "run/programs", "log", "files", "mail"):
                self.private(name)
        except OSError as problem:
            raise Stop(f"The data folder {self.path} cannot be used: {problem.strerror}.") from None
        if (free := shutil.disk_usage(self.path).free) < LEAST_FREE:
            raise Stop(
                f"The disk of {self.path} is full: {free >> 20} MB are free, and a start needs {LEAST_FREE >> 20}."
            )

    def refuse_anothers(self) -> None:
        """Root could begin on anybody's, and would lock its owner out of it."""
        try:
            owner = (self.path / "secrets").stat().st_uid
        except OSError:
            return
        if owner != os.geteuid():
            raise self.of_another()

    def private(self, name: str) -> Path:
        path = self.path / name
        path.mkdir(exist_ok=True)
        path.chmod(0o700)
        return path

    def lock(self) -> int:
        """Hold the folder for as long as the returned descriptor is open, also across exec. Raises Stop."""
        descriptor = os.open(self.path / "run" / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop(f"Rapport already runs with the data in {self.path}: stop it, or set RAPPORT_DATA.") from None
        os.set_inheritable(descriptor, True)
        return descriptor

    def in_use(self) -> bool:
        """Whether an instance runs on it."""
        try:
            os.close(self.lock())
        except FileNotFoundError:
            return False
        except PermissionError:
            raise self.of_another() from None
        except Stop:
            return True
        return False

    def secret(self, name: str) -> str:
        """A random text of 43 characters, made once."""
        path = self.path / "secrets" / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(32))
        return path.read_text()

    def port(self, name: str) -> int:
        """A free loopback port: the one used last time when it is still free."""
        path = self.path / "run" / "ports.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        if not is_free("127.0.0.1", known.get(name, 0)) or name not in known:
            known[name] = free_port(set(known.values()))
            write_private(path, json.dumps(known))
        return known[name]

    def read(self, name: str) -> dict:
        try:
            return json.loads((self.path / name).read_text())
        except FileNotFoundError:
            return {}
        except PermissionError:
            raise self.of_another() from None

    def of_another(self) -> Stop:
        return Stop(f"The data folder {self.path} belongs to another user: run this as that user.")


def write_private(path: Path, content: str) -> None:
    """Replace the file as a whole, readable by its owner only."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError:
            return False
    return True


def free_port(taken: set[int] = frozenset()) -> int:  # type: ignore[assignment]
    """A loopback port below the range from which outgoing connections take theirs."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        if port not in taken and is_free("127.0.0.1", port):
            return port


def data_path() -> Path:
    """RAPPORT_DATA, else var/ in the repository, else, when PostgreSQL's user is locked out of it, below /var/lib."""
    chosen = os.environ.get("RAPPORT_DATA")
    path = Path(chosen).absolute() if chosen else ROOT / "var"
    if can_enter(path.parent, account()) and (not path.exists() or can_enter(path, account()) or owned(path)):
        return path
    if chosen:
        raise Stop(f"The system user {NAME} cannot enter {path.parent}: set RAPPORT_DATA to a folder it can reach.")
    home = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    return Path("/var/lib/rapport") / home


def owned(path: Path) -> bool:
    """make() opens a folder of our own."""
    return path.stat().st_uid == os.geteuid()
