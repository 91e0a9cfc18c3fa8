"""An Excel workbook of one sheet, written while its rows are read: nothing of it is ever whole in memory.

What the format needs is ECMA-376, parts 1 and 2. Texts stand in their cells and are never formulas.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

MOST_ROWS = 1_048_575  # and the head
LONGEST = 32_767
CHUNK = 65_536
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
FIRST_DAY = datetime(1899, 12, 30)
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
FORMAT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/'
    'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{FORMAT}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{FORMAT}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{FORMAT}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # Styles by number: 1 is a head, 2 a date, 3 a date with a time.
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts count="2"><font/><font><b/></font></fonts><fills count="2"><fill>'
    '<patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1">'
    '<border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf/><xf fontId="1" applyFont="1"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
HEAD = (
    f'<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
)
WIDTH = 20  # in signs: a moment does not fit into what is usual, and would be shown as ####


class Outlet:
    """What a ZIP is written into: it is taken out again as bytes."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Everything is there already."""

    def take(self) -> bytes:
        taken, self.parts, self.size = b"".join(self.parts), [], 0
        return taken


def workbook(head: list[str], lines: Iterator[list[Any]], title: str) -> Iterator[bytes]:
    outlet = Outlet()
    with ZipFile(outlet, "w", ZIP_DEFLATED) as file:  # type: ignore[call-overload]
        for name, content in {**PARTS, "xl/workbook.xml": book(title)}.items():
            file.writestr(part(name), XML + content)
        with file.open(part("xl/worksheets/sheet1.xml"), "w") as sheet:
            sheet.write((XML + HEAD + widths(len(head)) + "<sheetData>" + row(head, 1)).encode())
            for line in lines:
                sheet.write(row(line).encode())
                if outlet.size > CHUNK:
                    yield outlet.take()
            sheet.write(b"</sheetData></worksheet>")
    yield outlet.take()


def widths(columns: int) -> str:
    return f'<cols><col min="1" max="{columns}" width="{WIDTH}" customWidth="1"/></cols>'


def part(name: str) -> ZipInfo:
    """Without the moment: the same rows make the same file."""
    found = ZipInfo(name)
    found.compress_type = ZIP_DEFLATED
    return found


def book(title: str) -> str:
    name = quoteattr(re.sub(r"[\[\]:*?/\\']", " ", clean(title))[:31].strip() or "Sheet")
    sheets = f'<sheets><sheet name={name} sheetId="1" r:id="rId1"/></sheets>'
    return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{sheets}</workbook>'


def row(cells: list[Any], style: int = 0) -> str:
    return f"<row>{''.join(cell(one, style) for one in cells)}</row>"


def cell(value: Any, style: int) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float | Decimal):
        return f"<c><v>{value}</v></c>"
    if isinstance(value, date):
        return day(value)
    styled = f' s="{style}"' if style else ""
    return f'<c t="inlineStr"{styled}><is><t xml:space="preserve">{escape(clean(str(value)))}</t></is></c>'


def day(value: date) -> str:
    """As days since 1900; earlier ones, which a spreadsheet cannot count, as text."""
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    if moment.year < 1901:
        return cell(value.isoformat(), 0)
    since = moment.replace(tzinfo=None) - FIRST_DAY
    return f'<c s="{3 if isinstance(value, datetime) else 2}"><v>{since.days + since.seconds / 86_400:.6f}</v></c>'


def clean(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text[:LONGEST])
