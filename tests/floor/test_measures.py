"""Pictures of which a browser would show nothing but a torn corner are told from others by their first bytes."""

import struct
import zlib

import pytest

from crm.measures import may_be_drawn
from tests.floor.world import PNG


def png(wide, high):
    head = b"IHDR" + struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


def jpeg(wide, high):
    told = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    return b"\xff\xd8" + told + b"\xff\xff\xc2\x00\x11\x08" + struct.pack(">HH", high, wide) + b"\x03" + bytes(9)


def gif(wide, high):
    return b"GIF89a" + struct.pack("<HH", wide, high) + bytes(8)


def webp(kind, rest):
    return b"RIFF" + bytes(4) + b"WEBP" + kind + bytes(4) + rest


def lossless(wide, high):
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", (wide - 1) | (high - 1) << 14))


def lossy(wide, high):
    return webp(b"VP8 ", bytes(6) + struct.pack("<HH", wide, high))


def extended(wide, high):
    return webp(b"VP8X", bytes(4) + (wide - 1).to_bytes(3, "little") + (high - 1).to_bytes(3, "little"))


KINDS = [("png", png), ("jpeg", jpeg), ("gif", gif), ("webp", lossless), ("webp", lossy), ("webp", extended)]


@pytest.mark.parametrize(("type", "made"), KINDS, ids=[made.__name__ for _type, made in KINDS])
def test_a_picture_may_be_drawn_when_it_is_whole_and_not_larger_than_cameras_make(type, made):
    type = f"image/{type}"
    assert may_be_drawn(made(4000, 3000), type) and may_be_drawn(made(1, 1), type)
    assert not may_be_drawn(made(16_000, 16_000), type), "256 million pixels in a few bytes"
    assert not any(may_be_drawn(made(4000, 3000)[:length], type) for length in range(10)), "cut off"
    assert not may_be_drawn(made(4000, 3000), "image/tiff")


def test_rubbish_behind_the_first_bytes_of_a_picture_is_none():
    for start, type in ((b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"RIFF0000WEBP", "webp")):
        for rubbish in (b"", b"\xff" * 500, b"\x00" * 40, b"<script>alert(1)</script>" * 9):
            may_be_drawn(start + rubbish, f"image/{type}")  # never raises, never goes on for ever
    assert not may_be_drawn(b"\xff\xd8\xff" + b"<script>" * 90, "image/jpeg")
    assert may_be_drawn(PNG, "image/png")
