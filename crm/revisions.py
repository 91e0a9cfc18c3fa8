"""Whether there is anything to migrate, found out without loading the models: a second start is in a hurry."""

import re
from pathlib import Path

import psycopg

VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"
LINE = re.compile(r"""^(down_revision|revision)\b[^=\n]*=\s*["'](\w+)["']""", re.MULTILINE)


def up_to_date(url: str) -> bool:
    """False also when that cannot be told."""
    try:
        with psycopg.connect(url) as connection:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except psycopg.Error:
        return False
    return {row[0] for row in rows} == newest()


def newest() -> set[str]:
    """The revisions that no other revision builds on."""
    found = [line for path in VERSIONS.glob("*.py") for line in LINE.findall(path.read_text())]
    return {name for kind, name in found if kind == "revision"} - {name for kind, name in found if kind != "revision"}
