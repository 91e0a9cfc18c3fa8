"""The translators' catalogs: every text of pages, mails and sentences is read anew from the sources and written into each.

A catalog is stable: sorted, without line numbers and dates, so that a change shows only what was changed.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from .stop import Stop

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "crm" / "translations"
SOURCES = ("crm", "templates")
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
WIDTH = 120
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
HEADER = """\
# Rapport in {language}. Written by `crm messages`; the words are in docs/words.md.
msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def extracted() -> Catalog:
    """Every text in the sources, as a template without translations."""
    with (FOLDER / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    template = Catalog()
    for _file, _line, text, _comments, context in extract_from_dir(
        ROOT, methods, options, KEYWORDS, directory_filter=is_ours
    ):
        template.add(text, context=context)
    return template


def is_ours(folder: str) -> bool:
    """The walk stays out of node_modules, .venv and the data folder."""
    return Path(folder).relative_to(ROOT).parts[0] in SOURCES


def catalogs() -> list[Path]:
    return sorted(FOLDER.glob("*/LC_MESSAGES/messages.po"))


def read(path: Path) -> Catalog:
    return read_po(BytesIO(path.read_bytes()), locale=path.parts[-3])


def updated(path: Path, template: Catalog) -> Catalog:
    """The catalog with the texts of today: new ones empty, gone ones forgotten, nothing guessed."""
    catalog = read(path)
    catalog.update(template, no_fuzzy_matching=True)
    return catalog


def text_of(catalog: Catalog) -> str:
    written = BytesIO()
    write_po(written, catalog, WIDTH, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    locale = catalog.locale
    assert locale
    header = HEADER.format(language=locale.english_name, code=locale, plurals=catalog.plural_forms)
    return header + written.getvalue().decode().strip() + "\n"


def problems(catalog: Catalog) -> Iterator[str]:
    """A sentence for each text that is not translated, is only guessed, or has other placeholders."""
    for message in catalog:
        if message.id and not complete(message):
            yield f"not translated: {shown(message)}"
        elif message.id and message.fuzzy:
            yield f"only guessed: {shown(message)}"
        elif message.id and not fits(message):
            yield f"other placeholders: {shown(message)}"


def forms(text: object) -> tuple[str, ...]:
    """The text, or its singular and plurals."""
    return tuple(text) if isinstance(text, tuple | list) else (str(text or ""),)


def complete(message: Message) -> bool:
    return all(forms(message.string))


def fits(message: Message) -> bool:
    """The same placeholders; a singular may write its number as a word."""
    wanted = [sorted(PLACEHOLDER.findall(text)) for text in forms(message.id)]
    found = [sorted(PLACEHOLDER.findall(text)) for text in forms(message.string)]
    number = {"%(num)s", "%(num)d", "%(n)s", "%(count)s"} if len(wanted) > 1 else set()
    return found[-1] == wanted[-1] and all(set(wanted[-1]) - number <= set(one) <= set(wanted[-1]) for one in found)


def shown(message: Message) -> str:
    return forms(message.id)[0]


def bring_up_to_date(check: bool) -> None:
    """Write every catalog anew, or with `check` only compare. Raises Stop when something is left to translate."""
    template, left = extracted(), []
    for path in catalogs():
        catalog = updated(path, template)
        left += [f"{path.parts[-3]}: {problem}" for problem in problems(catalog)]
        if check and path.read_text() != text_of(catalog):
            left.append(f"{path.relative_to(ROOT)} is not up to date: run crm messages.")
        elif not check:
            path.write_text(text_of(catalog))
    if left:
        raise Stop("\n".join(left))
