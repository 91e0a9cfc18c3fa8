"""vCards as telephones and address books write them: each of its versions, whatever it carries along."""

import base64
import tracemalloc

import pytest

from crm.importing.formats import cards

PHOTO = base64.b64encode(bytes(range(256)) * 4_000).decode()  # more than is read of a card
FOLDED = "\n ".join(PHOTO[at : at + 73] for at in range(0, len(PHOTO), 73))
LONG = f"X-FACE:{'a' * 999}\n"
V21 = """N;CHARSET={0};ENCODING=QUOTED-PRINTABLE:M{1}ller;J{2}rg;;;
TEL;FAX:030 1
TEL;CELL:+49 170 1234567
EMAIL;HOME:j@home.example
EMAIL;PREF;WORK:j@acme.example
ADR;HOME;CHARSET={0};ENCODING=QUOTED-PRINTABLE:;;Ring 1=0D=0AHof;K{2}ln;;50667;Germany
NOTE;ENCODING=QUOTED-PRINTABLE:Likes tea=
 and milk
PHOTO;ENCODING=BASE64;JPEG:{3}
"""
APPLE = """PRODID:-//Apple Inc.//macOS 14.5//EN
N:Müller;Jörg;;;
FN:Jörg Müller
ORG:Acme\\, Inc.;Sales;
item1.EMAIL;type=INTERNET;type=pref:j@acme.example
item1.X-ABLabel:_$!<Other>!$_
EMAIL;type=INTERNET;type=HOME:j@home.example
TEL;type=CELL;type=VOICE;type=pref:+49 170 1234567
TEL;type=WORK;type=FAX:030 1
item2.ADR;type=WORK:;;Far away;Ulm;;89073;Germany
item3.ADR;type=HOME;type=pref:;;Ring 1\\nHof;Köln;;50667;Germany
item3.X-ABADR:de
NOTE:Likes tea and m
 ilk
PHOTO;ENCODING=b;TYPE=JPEG:{3}
CATEGORIES:myContacts,vip
"""
V40 = """FN:Jörg Müller
EMAIL;PREF=2:j@home.example
EMAIL;PREF=1:mailto:j@acme.example
TEL;VALUE=uri;PREF=1;TYPE="voice,cell":tel:+49-170-1234567
TEL;TYPE=fax:030 1
ADR;LABEL="Ring 1, Köln":;;Ring 1,Hof;Köln;;50667;Germany
PHOTO:data:image/jpeg;base64,{3}
NOTE:Likes tea and milk
"""
KNOWN = {"Name": "Jörg Müller", "E-mail": "j@acme.example", "Other email": "j@home.example", "Phone": "+49 170 1234567",
         "Other phones": "030 1", "Street": "Ring 1, Hof", "City": "Köln", "Postal code": "50667", "Country": "Germany",
         "Note": "Likes tea and milk"}  # fmt: skip


def read(path, text: str, encoding: str = "utf-8") -> list[tuple[dict[str, str], str]]:
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    table = cards.read(path)
    return [({name: cell for name, cell in zip(table.headings, cells, strict=True) if cell}, problem)
            for _number, cells, problem in table.rows]  # fmt: skip


@pytest.mark.parametrize(("version", "body", "encoding", "more"), [
    ("2.1", V21.format("UTF-8", "=C3=BC", "=C3=B6", FOLDED), "utf-8", {}),
    ("2.1", V21.format("ISO-8859-1", "=FC", "=F6", FOLDED), "ascii", {}),
    ("3.0", APPLE.replace("{3}", FOLDED), "utf-16", {"Organization": "Acme, Inc.", "Categories": "vip"}),
    ("4.0", V40.replace("{3}", PHOTO), "utf-8-sig", {"Phone": "+49-170-1234567"})])  # fmt: skip
def test_a_card_of_every_version_says_the_same(tmp_path, version, body, encoding, more):
    text = f"BEGIN:VCARD\nVERSION:{version}\n{body}END:VCARD\n"
    assert read(tmp_path / "card.vcf", text * 2, encoding) == [(KNOWN | more, "")] * 2


def test_a_card_that_nobody_ended_costs_no_other_and_comes_as_far_as_it_goes(tmp_path):
    text = "BEGIN:VCARD\nVERSION:3.0\nFN:One\nBEGIN:VCARD\nBEGIN:VCARD\nVERSION:3.0\nFN:Two\nEND:VCARD\nBEGIN:VCARD\nFN:Three\n"
    assert read(tmp_path / "cards.vcf", text) == [({"Name": name}, "") for name in ("One", "Two", "Three")]


def test_a_card_too_long_to_hold_costs_no_other_nor_the_memory_for_it(tmp_path):
    path = tmp_path / "long.vcf"
    path.write_text(f"BEGIN:VCARD\nFN:Long\n{20_000 * LONG}BEGIN:VCARD\nFN:Mia\nEND:VCARD\n")
    tracemalloc.start()
    try:
        [none, mia] = cards.cards(path, "utf-8")
        assert none == "" and "Mia" in mia and tracemalloc.get_traced_memory()[1] < path.stat().st_size / 2
    finally:
        tracemalloc.stop()
