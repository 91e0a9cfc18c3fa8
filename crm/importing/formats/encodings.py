"""Which encoding a text file has: by its mark, by its zeros, by being right, or by what its bytes look like."""

import codecs
from pathlib import Path

MARKS = [(codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32")]
MARKS += [(codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")]
LOOKED_AT = 64 * 1024
# Those that programs of the last thirty years wrote; with all that exist a short file is taken for anything.
USUAL = "cp1252 cp1250 cp1251 cp1253 cp1254 iso8859_15 mac_roman koi8_r shift_jis euc_jp gb18030 big5 euc_kr".split()


def encoding_of(path: Path) -> str:
    """The name of a codec that reads the file; with `errors="replace"` it always does."""
    with path.open("rb") as file:
        start = file.read(LOOKED_AT)
    for mark, name in MARKS:
        if start.startswith(mark):
            return name
    if wide := without_mark(start):
        return wide
    wrong_at = first_wrong(path)
    return "utf-8" if wrong_at is None else by_looks(path, wrong_at)


def without_mark(start: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of what is mostly Latin is zero."""
    pairs = max(len(start) // 2, 1)
    if start[1::2].count(0) > pairs * 0.3 and start[0::2].count(0) < pairs * 0.05:
        return "utf-16-le"
    if start[0::2].count(0) > pairs * 0.3 and start[1::2].count(0) < pairs * 0.05:
        return "utf-16-be"
    return None


def first_wrong(path: Path) -> int | None:
    """Where the file stops being UTF-8; None when it never does."""
    decoder, before = codecs.getincrementaldecoder("utf-8")(), 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as problem:
                return max(before + problem.start - 4, 0)
            before += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return max(before - 4, 0)
    return None


def by_looks(path: Path, wrong_at: int) -> str:
    """What the start and the place of the first strange byte have in common; almost always Windows-1252 in the West."""
    from charset_normalizer import from_bytes

    with path.open("rb") as file:
        start = file.read(LOOKED_AT // 2)
        file.seek(wrong_at)
        sample = start + file.read(LOOKED_AT // 2)
    if len(sample) and sample.count(0) == 0 and is_western(sample):
        return "cp1252"
    best = from_bytes(sample, cp_isolation=USUAL).best()
    return best.encoding if best else "cp1252"


def is_western(sample: bytes) -> bool:
    """Whether each strange byte is a letter or sign of the West that stands alone or beside one other."""
    strange = [byte for byte in sample if byte > 127]
    western = set("äöüÄÖÜßéèêëàâáãåæçñóòôõøœúùûíìîïÉÈÀÁÅÆÇÑÓØŒÚÍ€–—‘’“”„…«»°§®©´·ºª½£".encode("cp1252"))
    runs = any(sample[at] > 127 and sample[at + 1] > 127 and sample[at + 2] > 127 for at in range(len(sample) - 2))
    return not runs and sum(byte in western for byte in strange) >= 0.9 * len(strange)
