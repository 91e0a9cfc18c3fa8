"""Builds static/vendor (front-end packages, icon sprite, one style sheet, manifest) and the translations.

The same input gives the same bytes; a file is written only when it changed.
"""

import json
import os
import re
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from .stop import Stop

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "static" / "vendor"
MODULES = ROOT / "node_modules"
COPIES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "hx-ws.min.js": "htmx.org/dist/ext/hx-ws.min.js",
    "hx-upsert.min.js": "htmx.org/dist/ext/hx-upsert.min.js",
    "hx-preload.min.js": "htmx.org/dist/ext/hx-preload.min.js",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
}


def build() -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    built = {name: without_map(module(path)) for name, path in COPIES.items()}
    built["icons.svg"] = sprite()
    built["app.css"] = style_sheet()
    for name, content in built.items():
        write(VENDOR / name, content)
    write(VENDOR / "manifest.json", manifest())
    compile_translations()


def module(path: str) -> str:
    try:
        return (MODULES / path).read_text()
    except FileNotFoundError:
        raise Stop(f"node_modules/{path} is missing: run npm ci first, or bin/setup, which does.") from None


def without_map(content: str) -> str:
    """Source maps are not served, so a browser should not ask for them."""
    return re.sub(r"\n?(//|/\*)# sourceMappingURL=\S+( \*/)?\s*$", "\n", content)


def sprite() -> str:
    """One <symbol id="tabler-NAME"> for each name in static/icons.txt; NAME-filled is the filled form."""
    lines = (ROOT / "static" / "icons.txt").read_text().split("\n") if (ROOT / "static" / "icons.txt").exists() else []
    names = sorted({line.strip() for line in lines if line.strip() and not line.startswith("#")})
    symbols = "\n".join(map(symbol, names))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def symbol(name: str) -> str:
    style, stem = ("filled", name.removesuffix("-filled")) if name.endswith("-filled") else ("outline", name)
    source = module(f"@tabler/icons/icons/{style}/{stem}.svg")
    match = re.search(r"<svg([^>]*)>(.*)</svg>", source, re.DOTALL)
    assert match, name
    kept = re.findall(r'((?:viewBox|fill|stroke[\w-]*)="[^"]*")', match[1])
    shapes = re.sub(r"\s*\n\s*", "", match[2])
    return f'<symbol id="tabler-{name}" {" ".join(kept)}>{shapes}</symbol>'


def style_sheet() -> str:
    sheets = sorted((ROOT / "static" / "css").glob("*.css"))
    return "\n".join(f"/* {sheet.name} */\n{sheet.read_text()}" for sheet in sheets)


def manifest() -> str:
    """{path under static: hash of its content}, for addresses that may be cached for ever."""
    static = ROOT / "static"
    files = sorted(path for path in static.rglob("*") if path.is_file() and path.name != "manifest.json")
    return json.dumps({path.relative_to(static).as_posix(): digest(path) for path in files}, indent=1) + "\n"


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12]


def write(path: Path, content: str) -> None:
    if not path.exists() or path.read_text() != content:
        path.write_text(content)


def compile_translations() -> None:
    for catalog in sorted((ROOT / "crm" / "translations").glob("*/LC_MESSAGES/messages.po")):
        compile_translation(catalog)


def compile_translation(catalog: Path) -> None:
    compiled = catalog.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime > catalog.stat().st_mtime:
        return
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    translations = read_po(BytesIO(catalog.read_bytes()), locale=catalog.parts[-3])
    translations.creation_date = translations.revision_date = datetime.fromtimestamp(0, UTC)
    written = BytesIO()
    write_mo(written, translations)
    draft = compiled.with_suffix(f".{os.getpid()}")  # a reader never sees half of it
    draft.write_bytes(written.getvalue())
    draft.replace(compiled)
