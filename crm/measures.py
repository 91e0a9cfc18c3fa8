"""How many pixels a picture says it has, read from its first bytes without unpacking it.

PNG: the IHDR chunk (W3C PNG, 11.2.1). GIF: the logical screen (GIF89a, 18). JPEG: the frame header (ITU T.81, B.2.2).
WebP: RFC 9649, 2.5 to 2.7.
"""

from collections.abc import Callable
from struct import error, unpack_from

MOST_PIXELS = 50_000_000  # as many as cameras of telephones make; what has more, some browsers refuse to draw
MOST_SEGMENTS = 1_000
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def may_be_drawn(content: bytes, type: str) -> bool:
    """Whether it says how large it is, and is not larger than browsers draw."""
    try:
        wide, high = MEASURES[type](content)
    except (error, KeyError):
        return False
    return 0 < wide * high <= MOST_PIXELS


def png(content: bytes) -> tuple[int, int]:
    return unpack_from(">II", content, 16) if content[12:16] == b"IHDR" else (0, 0)


def gif(content: bytes) -> tuple[int, int]:
    return unpack_from("<HH", content, 6)


def jpeg(content: bytes) -> tuple[int, int]:
    """Segments are a marker and a length, one after the other, up to the frame."""
    at = 2
    for _segment in range(MOST_SEGMENTS):
        fill, marker, length = unpack_from(">BBH", content, at)
        if fill != 0xFF:
            return 0, 0
        if marker in FRAMES:
            high, wide = unpack_from(">HH", content, at + 5)
            return wide, high
        at += 1 if marker == 0xFF else 2 + max(length, 2)
    return 0, 0


def webp(content: bytes) -> tuple[int, int]:
    if content[12:16] == b"VP8X":
        low, high, tall, taller = unpack_from("<HBHB", content, 24)
        return 1 + low + (high << 16), 1 + tall + (taller << 16)
    if content[12:16] == b"VP8L":
        (bits,) = unpack_from("<I", content, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    wide, high = unpack_from("<HH", content, 26)
    return wide & 0x3FFF, high & 0x3FFF


MEASURES: dict[str, Callable[[bytes], tuple[int, int]]] = {
    "image/png": png, "image/gif": gif, "image/jpeg": jpeg, "image/webp": webp,
}  # fmt: skip
