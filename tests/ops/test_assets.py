import json
import re
from hashlib import sha256
from pathlib import Path

from crm.ops import assets

ROOT = Path(__file__).parents[2]


def built() -> dict[str, bytes]:
    assets.build()
    return {path.name: path.read_bytes() for path in assets.VENDOR.iterdir()}


def test_the_same_input_gives_the_same_bytes():
    assert built() == built()


def test_the_sprite_holds_every_icon_of_the_list():
    names = [line for line in (ROOT / "static" / "icons.txt").read_text().split() if not line.startswith("#")]
    sprite = built()["icons.svg"].decode()
    assert re.findall(r'<symbol id="tabler-([^"]+)" viewBox="0 0 24 24"', sprite) == sorted(set(names))
    assert "<script" not in sprite


def test_every_icon_that_a_page_names_is_in_the_list():
    names = set((ROOT / "static" / "icons.txt").read_text().split())
    pages = (ROOT / "templates").rglob("*.html")
    used = {
        (name, page.name)
        for page in pages
        for name in re.findall(r"""icon(?:\(|_name=)["']([a-z0-9-]+)""", page.read_text())
    }
    assert len(used) > 100 and [(name, page) for name, page in sorted(used) if name not in names] == []


def test_the_manifest_knows_each_file_by_its_content():
    manifest = json.loads(built()["manifest.json"])
    for name in ("vendor/htmx.min.js", "vendor/app.css", "vendor/icons.svg"):
        content = (ROOT / "static" / name).read_bytes()
        assert manifest[name] == sha256(content).hexdigest()[:12]


def test_the_style_sheets_are_joined_in_the_order_of_their_names():
    sheets = [path.name for path in sorted((ROOT / "static" / "css").glob("*.css"))]
    assert re.findall(r"^/\* (\S+\.css) \*/$", built()["app.css"].decode(), re.MULTILINE) == sheets
