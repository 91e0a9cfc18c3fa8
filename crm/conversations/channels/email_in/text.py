"""Bytes to text whatever a mail claims about them, and text to what a page and a database can hold."""

import binascii
import codecs
import re
import unicodedata

# By what programs mean when they say so, not by what the name says: every latin-1 is in truth Windows' superset.
MEANT = {"us-ascii": "cp1252", "ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252", "gb2312": "gb18030"}
MEANT |= {"gbk": "gb18030", "shift_jis": "cp932", "shift-jis": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949"}
MEANT |= {"iso-2022-jp": "iso2022_jp_ext", "unicode-1-1-utf-7": "utf-7", "x-gbk": "gb18030", "cp-850": "cp850"}
# Python has more codecs than charsets, some of them slow or not for text: only these are used.
CHARSET = re.compile(
    r"utf-?8|utf-?7|utf-?16(-?[lb]e)?|iso-?8859-\d{1,2}|(cp|windows-)(125\d|437|85[0258]|86[26]|874|932|949)|koi8-[rut]"
    r"|gb18030|big5(-?hkscs)?|euc[-_]jp|iso2022_jp_ext|iso-2022-kr|tis-620|mac-?roman|macintosh",
    re.IGNORECASE,
)
ENCODED_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]{0,4000})\?=")
NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def decoded(content: bytes, charset: str = "") -> str:
    """Text, always: by the charset it claims, else by UTF-8, else by what Windows would have meant."""
    claimed = charset.strip("\"' ").lower()
    meant = MEANT.get(claimed, claimed)
    tries = [meant, "utf-8"] if CHARSET.fullmatch(meant) and meant != "cp1252" else ["utf-8"]
    for name in tries:
        try:
            return clean(content.decode(name))
        except (UnicodeError, LookupError):
            continue
    return clean(content.decode(nearest(content, tries[0]), "replace"))


def nearest(content: bytes, charset: str) -> str:
    """For what breaks off or was mixed: what was claimed, unless it claims UTF-8 and has not one letter of it."""
    if charset.replace("-", "") == "utf8":
        return "utf-8" if not content.decode("utf-8", "ignore").isascii() else "cp1252"
    return charset if known(charset) else "cp1252"


def known(charset: str) -> bool:
    try:
        return bool(codecs.lookup(charset))
    except LookupError:
        return False


def clean(text: str) -> str:
    """Without NUL, controls and halves of characters, which neither PostgreSQL nor a page takes; line ends as \\n."""
    return CONTROLS.sub("", text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))


def in_one_line(text: str, most: int = 1000) -> str:
    return " ".join(clean(text).split())[:most]


def header_text(value: str) -> str:
    """A header for people: encoded words decoded, those side by side as one, since some cut through a character."""
    out, end, last, waiting = [], 0, "", b""
    for word in ENCODED_WORD.finditer(value):
        between, charset = value[end : word.start()], word[1].lower()
        if waiting and (between.strip() or charset != last):
            out.append(decoded(waiting, last))
            waiting = b""
        out.append("" if last and not between.strip() else between)
        waiting, last, end = waiting + word_bytes(word[2], word[3]), charset, word.end()
    return "".join([*out, decoded(waiting, last) if waiting else "", value[end:]])


def word_bytes(how: str, written: str) -> bytes:
    content = written.encode("utf-8", "replace")
    return from_base64(content) if how in "bB" else binascii.a2b_qp(content, header=True)


def from_base64(content: bytes) -> bytes:
    """As much as there is: strangers between the letters are skipped, a missing end is missed."""
    try:
        return binascii.a2b_base64(content)
    except binascii.Error:
        letters = NOT_BASE64.sub(b"", content)
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def eight_bit(value: str) -> str:
    """A header with bytes in it that no mail should have: UTF-8 as a rule, else Windows."""
    return decoded(value.encode("utf-8", "surrogateescape")) if not value.isascii() else value


def shown_name(name: str, fallback: str) -> str:
    """A name that is safe to show and to save under: no path, no control, invisible or direction characters."""
    name = header_text(name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C").strip(". ")
    stem, dot, ending = name.rpartition(".")
    if len(name) > 120:
        name = f"{stem[:100]}….{ending}" if dot and len(ending) <= 10 else f"{name[:110]}…"
    return name or fallback
