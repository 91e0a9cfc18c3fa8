"""Files as programs and enemies write them, read without a database."""

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from crm.importing.formats import child
from crm.importing.formats.caps import unpack
from crm.importing.formats.found import Unreadable
from crm.importing.queries import written
from crm.importing.rows import all_rows

PLAIN = 'Name,E-mail\n"Müller, Mia",mia@acme.example\nJo Kim,jo@acme.example\n'
ROWS = [["Müller, Mia", "mia@acme.example"], ["Jo Kim", "jo@acme.example"]]


def rows_of(folder: Path, content: bytes) -> list[tuple[list[str], str]]:
    """The cells of each row and what is wrong with it. Raises Unreadable."""
    source, target = folder / "file", folder / "rows"
    source.write_bytes(content)
    child.write(child.read(source, "people.csv"), target)
    return [(cells, problem) for _number, cells, problem in all_rows(target)]


@pytest.mark.parametrize("content", [
    PLAIN.encode("utf-8-sig"), PLAIN.encode("utf-16"), PLAIN.encode("utf-16-be"), PLAIN.encode("utf-32"),
    PLAIN.encode("cp1252"), PLAIN.replace("\n", "\r").encode(), PLAIN.replace("\n", "\r\n", 1).replace("\nJo", "\rJo").encode(),
    ("sep=;\n" + PLAIN.replace('"Müller, Mia"', '"Müller, Mia"').replace(",mia", ";mia").replace(",jo", ";jo")
     .replace("Name,", "Name;")).encode(), ("Our customers,\n\n" + PLAIN + "\n,\n\n").encode()])  # fmt: skip
def test_one_table_in_every_dress(content, tmp_path):
    assert [cells for cells, _problem in rows_of(tmp_path, content)] == ROWS


def test_a_bad_row_costs_no_other(tmp_path):
    lines = [
        "Name,Note",
        'Pipe 5",y',
        '"never closed,x',
        "=1+1,'=2+2",
        "N\x00L,z",
        "a,b,c",
        f"{'x' * 20_001},w",
        "last,v",
    ]
    found = rows_of(tmp_path, "\n".join(lines).encode())
    assert [problem for _cells, problem in found] == ["", "open_quote", "", "", "more_cells", "long_cell", ""]
    assert [cells for cells, problem in found if not problem] == [
        ['Pipe 5"', "y"], ["=1+1", "=2+2"], ["N\x00L", "z"], ["last", "v"]]  # fmt: skip
    back = "".join(written(["Name", "Note"], tmp_path / "rows", {4: "Why"}, 2))
    assert "'=1+1,'=2+2,4,Why" in back, "what came in as a formula runs in no spreadsheet when it goes out"


def spreadsheet(**parts: bytes) -> bytes:
    """With other parts, or with more."""
    book, packed = Workbook(), io.BytesIO()
    for row in (["Name", "E-mail"], ["=1+1", "mia@acme.example"]):
        book.active.append(row)
    book.save(packed)
    whole = io.BytesIO()
    with zipfile.ZipFile(packed) as before, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, parts.pop(name, before.read(name)))
        for name, content in parts.items():
            after.writestr(name, content)
    return whole.getvalue()


@pytest.mark.parametrize(("content", "code"), [
    (b"", "empty"), (b"\n\n,,\n", "empty"), (b"Name,E-mail\n", "no_rows"), (b"BEGIN:VCARD", "no_cards"),
    (",".join(f"c{n}" for n in range(1_000)).encode() + b"\n1\n", "columns"), (b"PK\x03\x04 and no more", "broken"),
    (b"\xd0\xcf\x11\xe0 old", "old_spreadsheet"), (b"\x89PNG\r\n", "kind"), (b"%PDF-1.7", "kind"),
    (spreadsheet(**{"xl/media/bomb.bin": bytes(60 << 20)}), "bomb"),
    (spreadsheet(**{"xl/vbaProject.bin": b"x"}), "macros"), (spreadsheet()[:-30], "broken")])  # fmt: skip
def test_what_is_no_table_is_refused_by_its_reason(content, code, tmp_path):
    with pytest.raises(Unreadable) as refused:
        rows_of(tmp_path, content)
    assert str(refused.value) == code


def test_a_file_of_more_rows_than_can_be_read_is_refused_when_it_comes_to_them(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "MOST_ROWS", 2)
    assert rows_of(tmp_path, PLAIN.encode())
    with pytest.raises(Unreadable, match="rows"):
        rows_of(tmp_path, f"{PLAIN}Ann,\n".encode())


def test_a_spreadsheet_that_grows_while_it_is_read_ends_its_reader_alone(tmp_path):
    """Entities in entities, ten times ten: a billion letters."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    sheet = f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    sheet += '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row></sheetData></worksheet>'
    (tmp_path / "bomb.xlsx").write_bytes(spreadsheet(**{"xl/worksheets/sheet1.xml": sheet.encode()}))
    assert unpack(tmp_path / "bomb.xlsx", tmp_path / "rows", "bomb.xlsx")["problem"] in ("broken", "costly", "empty")
