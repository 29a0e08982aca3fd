"""What an image file claims of itself in its head, before a few of its bytes become gigabytes."""

from __future__ import annotations

import re
import struct

from stillplate.io.tiff import TIFFS

__all__ = ["claimed_size", "decoder_of", "is_cut_short"]

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
EXR = b"\x76\x2f\x31\x01"
EXR_LINES = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256}  # of a block, by its compression
TILED_OR_PARTS = 0x1A  # bits of an EXR's flags, which follow a byte of version: tiles, deep data, several parts
END = b"\xff\xd9"  # of a JPEG; within its picture, no byte but 0 follows a 255
FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}  # markers that tell a size
SCAN = 0xDA  # the marker that the picture follows
WIDTH, HEIGHT = 256, 257  # TIFF's tags
MAGIC = (
    (re.compile(rb"P[14]\s"), "pbm"),
    (re.compile(rb"P[25]\s"), "pgm"),
    (re.compile(rb"P[36]\s"), "ppm"),
    (re.compile(rb"P7\s"), "pam"),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "jpeg2000"),
    (re.compile(rb"\x76\x2f\x31\x01"), "exr"),
    (re.compile(rb"SDPX|XPDS"), "dpx"),
)
NUMBERS = {3: "H", 4: "I", 16: "Q"}  # types of their values


def claimed_size(data: bytes) -> tuple[int, int] | None:
    """Read width and height, in pixels, out of the head of a PNG, JPEG, BMP, TIFF or extended WebP.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    (int, int) or None
        None where it is none of these, or its head is not whole: then it cannot be decoded either.
    """
    try:
        if data.startswith(PNG):
            width, height = struct.unpack_from(">II", data, 16)
        elif data.startswith(JPEG):
            width, height, _ = _jpeg(data)
        elif data.startswith(b"BM"):
            small = struct.unpack_from("<I", data, 14)[0] == 12
            width, height = struct.unpack_from("<HH" if small else "<ii", data, 18)
        elif data[:4] in TIFFS:
            width, height = _tiff(data)
        elif data.startswith(b"RIFF") and data[12:16] == b"VP8X":
            width, height = (1 + int.from_bytes(data[place : place + 3], "little") for place in (24, 27))
        else:
            return None
    except (struct.error, LookupError):
        return None
    return abs(width), abs(height)


def decoder_of(data: bytes) -> str | None:
    """Name FFmpeg's decoder for an image file by how it begins; None if it is another's."""
    return next((name for magic, name in MAGIC if magic.match(data)), None)


def is_cut_short(data: bytes) -> bool:
    """Tell whether it is a JPEG whose picture has no end, or an EXR that lacks lines: that would come out grey."""
    if data.startswith(EXR):
        return _is_cut_exr(data)
    if not data.startswith(JPEG):
        return False
    try:
        picture = _jpeg(data)[2]
    except (struct.error, LookupError):
        picture = 0  # in a head like this there may be anything, but an end must be somewhere
    return data.find(END, picture) < 0


def _is_cut_exr(data: bytes) -> bool:
    """Tell whether a block of lines of an EXR ends after the file does; False of one in tiles or parts."""
    if int.from_bytes(data[5:8], "little") & TILED_OR_PARTS:
        return False
    try:
        values, place = _exr_values(data)
        top, bottom = struct.unpack_from("<4xi4xi", values[b"dataWindow"])
        count = -(-(bottom - top + 1) // EXR_LINES[values[b"compression"][0]])
        starts = struct.unpack_from(f"<{count}Q", data, place)
        ends = [start + 8 + struct.unpack_from("<I", data, start + 4)[0] for start in starts]
    except (struct.error, LookupError, ValueError):
        return True
    return max(ends, default=0) > len(data) or min(starts, default=1) == 0


def _exr_values(data: bytes) -> tuple[dict[bytes, bytes], int]:
    """The attributes of an EXR, and where its table of blocks starts."""
    values, place = {}, 8
    while data[place]:
        name_end = data.index(b"\0", place)
        kind_end = data.index(b"\0", name_end + 1)
        size = struct.unpack_from("<I", data, kind_end + 1)[0]
        values[data[place:name_end]] = data[kind_end + 5 : kind_end + 5 + size]
        place = kind_end + 5 + size
    return values, place + 1


def _jpeg(data: bytes) -> tuple[int, int, int]:
    """Width, height, and where the picture starts."""
    size, place = (0, 0), 2
    while data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # one more than need be
            place += 1
        elif marker == SCAN:
            return *size, place
        else:
            if marker in FRAMES:
                height, width = struct.unpack_from(">HH", data, place + 5)
                size = (width, height)
            place += 2 + struct.unpack_from(">H", data, place + 2)[0]
    raise LookupError("no picture")


def _tiff(data: bytes) -> tuple[int, int]:
    """Of the first picture in it."""
    order, big = TIFFS[data[:4]], data[2:4] in (b"+\0", b"\0+")
    if big:
        place = struct.unpack_from(order + "Q", data, 8)[0]
        (count,), place, step, value = struct.unpack_from(order + "Q", data, place), place + 8, 20, 12
    else:
        place = struct.unpack_from(order + "I", data, 4)[0]
        (count,), place, step, value = struct.unpack_from(order + "H", data, place), place + 2, 12, 8
    sides = {}
    for entry in range(place, place + min(count, 4096) * step, step):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if tag in (WIDTH, HEIGHT):
            sides[tag] = struct.unpack_from(order + NUMBERS[kind], data, entry + value)[0]
    return sides[WIDTH], sides[HEIGHT]
