"""What README.md and docs/ name is really there: paths, commands, options, settings, addresses, links and sign-ins."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from crm import create_app
from crm.ops.cli import main
from crm.ops.demo import PASSWORD, STORY
from tests.conftest import replaced

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "bench" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"var", "node_modules", ".venv"}
BUILT = {"static/vendor", "static/vendor/"}
# What speaks of settings besides Python: a setting is named there, too, when the docs name it.
SPEAKERS = ["compose.yaml", "Dockerfile", *(f"{folder}/*" for folder in ("deploy", "bin")), "crm/**/*.py"]

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def quoted(page: Path) -> list[str]:
    """What stands between backticks, and the lines of code blocks without their comments."""
    text = page.read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.split(" #")[0].strip() for block in blocks for line in block.splitlines()]
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)) + lines


@each_page
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if re.match(r"https?:|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@each_page
def test_every_path_is_there(page):
    for words in quoted(page):
        for word in words.split():
            path = word.strip("'\",:;").removeprefix("./")
            if path.split("/")[0] in FOLDERS and "/" in path and path not in BUILT and "…" not in path:
                assert list(ROOT.glob(path.rstrip("/"))), f"{path} is named and missing"


@each_page
def test_every_command_and_option_exists(page):
    for words in quoted(page):
        for command, option in asked(words):
            assert command is not None, words
            known = {name for parameter in command.params for name in parameter.opts}
            assert not option or option in known, f"{option} in: {words}"


def asked(words: str) -> Iterator[tuple[click.Command | None, str]]:
    """Each command of ours in a line of shell, once by itself and once with each of its options."""
    for line in re.split(r" && | \| ", words):
        found = re.search(r"(?:^|\s)(?:\.venv/bin/)?(crm|bin/up)((?: [a-z]+)*)((?: .*)?)$", line)
        if found is None or line.startswith("crm/"):
            continue
        names = ["up"] if found[1] == "bin/up" else found[2].split()
        command = find(names)
        yield command, ""
        yield from ((command, option) for option in re.findall(r"(?:^| )(--[a-z-]+)", found[3]))


def find(names: list[str]) -> click.Command | None:
    command: click.Command | None = main
    for name in names:
        if isinstance(command, click.Group):
            command = command.commands.get(name)
    return command


@each_page
def test_every_setting_is_read_somewhere(page):
    spoken = "\n".join(path.read_text() for pattern in SPEAKERS for path in ROOT.glob(pattern) if path.is_file())
    for words in quoted(page):
        for name in re.findall(r"(?:^|[\s$\"])([A-Z][A-Z]+(?:_[A-Z]+)+)\b", words):
            assert name.removesuffix("_FILE") in spoken, f"{name} is named and nobody reads it"


def test_every_address_of_the_first_five_minutes_answers(config, tmp_path):
    app = create_app(replaced(config, mail_sink_dir=str(tmp_path)), testing=True)
    addresses = re.findall(r"http://127\.0\.0\.1:8000(/[\w/-]*)", (ROOT / "README.md").read_text())
    assert addresses
    for address in addresses:
        path = address.removeprefix("/acme") if address.startswith("/acme/") else address
        try:
            app.url_map.bind("").match(path)
        except RequestRedirect:
            pass
        except HTTPException:
            pytest.fail(f"{address} has no page")


def test_the_demos_sign_ins_are_the_ones_that_are_named():
    text = (ROOT / "README.md").read_text()
    named = set(re.findall(r"\w+@acme\.test", text))
    known = {person["email"] for tenant in json.loads(STORY.read_text())["tenants"] for person in tenant["employees"]}
    assert named and named <= known
    assert f"`{PASSWORD}`" in text


def test_the_newest_changes_are_those_of_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert re.search(r"^## \[?([\d.]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1] == version  # type: ignore[index]


def test_pictures_are_small_and_shown():
    shown = (ROOT / "README.md").read_text()
    for picture in (ROOT / "docs" / "pictures").iterdir():
        assert picture.stat().st_size <= 200 * 1024
        assert f"docs/pictures/{picture.name}" in shown
