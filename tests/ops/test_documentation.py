import re
from dataclasses import fields
from pathlib import Path

from click.testing import CliRunner

from crm.config import Config
from crm.ops.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operate.md").read_text()


def test_every_setting_is_explained_with_its_default():
    rows = dict(re.findall(r"^\| `([A-Z_]+)`[ ●]*\| *(.*?) *\|", PAGE, re.MULTILINE))
    for item in fields(Config):
        name, default = item.metadata["name"], item.metadata["default"]
        assert name in rows, f"{name} is missing in docs/operate.md"
        assert rows[name].strip("`") == (default or "")


def test_every_command_is_explained():
    for name, command in main.commands.items():
        for path in [f"{name} {part}" for part in getattr(command, "commands", {})] or [name]:
            assert f"`crm {path}" in PAGE
            assert CliRunner().invoke(main, [*path.split(), "--help"]).exit_code == 0
