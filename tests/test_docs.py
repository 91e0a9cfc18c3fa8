"""What is written about the product is true: links lead somewhere, paths and commands exist, nothing strange is kept."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:bin|crm|docs|static|templates|tests|migrations|bench|deploy)/[\w./-]+)`")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(page):
    text = page.read_text()
    missing = [target for target in LINK.findall(text) if "://" not in target and not target.startswith(("#", "mailto:"))
               and not (page.parent / target.partition("#")[0]).exists()]  # fmt: skip
    missing += [path for path in PATH.findall(text) if not (ROOT / path).exists()]
    assert missing == []


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_headings_find_them(page):
    for target in LINK.findall(page.read_text()):
        name, _, wanted = target.partition("#")
        if wanted and "://" not in target:
            other = page.parent / name if name else page
            assert wanted in {anchor(line) for line in re.findall(r"^#+ (.+)$", other.read_text(), re.MULTILINE)}, (
                target
            )


def test_commands_that_are_shown_exist():
    from crm.ops.cli import main

    shown = {command for page in PAGES for command in re.findall(r"`crm ([a-z-]+)", page.read_text())}
    assert shown <= set(main.commands), shown - set(main.commands)
    programs = {name for page in PAGES for name in re.findall(r"(?<![\w/])bin/([a-z]+)\b", page.read_text())}
    assert {name for name in programs if not (ROOT / "bin" / name).exists()} == set()


def test_every_module_says_what_it_is():
    modules = [path for path in (ROOT / "crm").rglob("*.py") if path.name not in ("__main__.py", "blueprint.py")]
    assert [str(path) for path in modules if ast.get_docstring(ast.parse(path.read_text())) is None] == []


def test_no_file_names_where_packages_come_from():
    """A mirror must do as well; lock files hold versions and hashes."""
    hosts = re.compile("|".join(["pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.(org|com)"]).encode())
    named = [str(path.relative_to(ROOT)) for path in tracked() if hosts.search(path.read_bytes())]
    assert named == []


def test_nothing_private_or_built_is_kept():
    names = [str(path.relative_to(ROOT)) for path in tracked()]
    unwanted = re.compile(r"(^|/)(var|node_modules|\.venv|__pycache__|vendor)/|\.(pyc|log|env|pem|sqlite)$|(^|/)\.env$")
    assert [name for name in names if unwanted.search(name)] == []
    keys = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}")
    assert [name for name in names if keys.search((ROOT / name).read_bytes())] == []
    large = [name for name in names if (ROOT / name).stat().st_size > 1_000_000]
    assert large == []


def test_the_words_we_do_not_use_are_not_used():
    """An exclamation mark sells or scolds; a button says what it does."""
    texts = "\n".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    said = re.findall(r"""_\("((?:[^"\\]|\\.)*)"|_\('((?:[^'\\]|\\.)*)'""", texts)
    sentences = [first or second for first, second in said]
    assert len(sentences) > 200
    assert [
        text
        for text in sentences
        if "!" in text or re.search(r"\b[Pp]lease enter|[Oo]ops|successfully|[Ii]nvalid\b", text)
    ] == []
