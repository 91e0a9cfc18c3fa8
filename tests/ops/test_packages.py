"""The lock files pin everything by hash and name no place to get it from."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_python_package_is_pinned_by_hash(name):
    text = (ROOT / name).read_text()
    packages = re.split(r"\n(?=\S)", text)
    assert len(packages) > 30
    assert not [package for package in packages if "==" not in package or "--hash=sha256:" not in package]
    assert "://" not in re.sub(r"#.*", "", text)


def test_every_front_end_package_is_pinned_by_hash():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for path, package in packages.items():
        assert "resolved" not in package
        assert not path or package["integrity"].startswith("sha512-")


def test_the_image_holds_what_the_program_needs():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}
    assert {"crm", "migrations", "static", "templates", "worker.py", "requirements.lock", "pyproject.toml"} <= kept
