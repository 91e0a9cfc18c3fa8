"""A back-up taken while people talk, restored beside the living database, and compared with the ledger.

Done as an operator does it by hand, with the embedded PostgreSQL's own pg_dump and pg_restore: `crm backup` takes its
place here when there is one.
"""

import os
import subprocess
import time
from typing import BinaryIO

from .faults import fault
from .house import House
from .invariants import ledgers

RESTORED = "restored"
COMPARED = "SELECT client_id::text, body, deleted_at IS NOT NULL FROM messages"
HOLES = """SELECT count(*) FROM conversations c WHERE c.staff_position <> (SELECT count(*) FROM events e JOIN messages m
    ON m.tenant_id = e.tenant_id AND m.id = e.subject_id WHERE m.tenant_id = c.tenant_id AND m.conversation_id = c.id)"""


@fault()
def backup_and_restore(house: House) -> None:
    time.sleep(1)
    before = ledgers(house)
    dump = house.folder / "run" / "back-up"
    with dump.open("wb") as file:
        run(house, "backup", "pg_dump", "--format=custom", "--compress=1", "rapport", stdout=file)
    with house.superuser("postgres") as connection:
        connection.execute(f"CREATE DATABASE {RESTORED} TEMPLATE template0 OWNER rapport_owner")
    with dump.open("rb") as file:
        run(house, "superuser", "pg_restore", "--exit-on-error", "--dbname", RESTORED, stdin=file)
    with house.superuser(RESTORED) as connection:
        kept = {id: None if gone else body for id, body, gone in connection.execute(COMPARED)}
        holes = connection.execute(HOLES).fetchone()
    after = ledgers(house)
    missing = [id for id in before.acked if id not in kept]
    wrong = [id for id in before.acked & kept.keys() if kept[id] not in after.texts(id) | {before.sent[id]["text"]}]
    house.notes.append(f"{len(kept)} messages restored, of {len(before.acked)} acknowledged before the dump began")
    if missing or wrong or (holes and holes[0]):
        house.failures.append(f"the restored copy misses {len(missing)}, garbles {len(wrong)}, has holes in {holes}")


def run(house: House, role: str, program: str, *options: str, stdin: BinaryIO | None = None,
        stdout: BinaryIO | None = None) -> None:  # fmt: skip
    """One of PostgreSQL's programs as that role. Raises RuntimeError with what it said."""
    postgres = house.stack.postgres
    name = "postgres" if role == "superuser" else f"rapport_{role}"
    command = [str(postgres.bin / program), "-h", "127.0.0.1", "-p", str(postgres.port), "-U", name, *options]
    environment = os.environ | {"PGPASSWORD": postgres.passwords[role]}
    done = subprocess.run(command, env=environment, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)
    if done.returncode:
        raise RuntimeError(f"{program}: {done.stderr.decode()[-300:]}")
