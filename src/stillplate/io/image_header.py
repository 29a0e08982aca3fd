"""The size and format that the header of an image file declares, read before the file is decoded."""

from __future__ import annotations

import re
import struct

from stillplate.io.tiff import TIFFS

__all__ = ["declared_size", "decoder_of", "is_cut_short"]

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
EXR = b"\x76\x2f\x31\x01"
EXR_LINES = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256}  # lines per block, by compression
TILED_OR_PARTS = 0x1A  # flags of an EXR after its version byte: tiles, deep data, several parts
END = b"\xff\xd9"  # JPEG's end marker, which cannot occur within the image data
FRAMES = {
    0xC0,
    0xC1,
    0xC2,
    0xC3,
    0xC5,
    0xC6,
    0xC7,
    0xC9,
    0xCA,
    0xCB,
    0xCD,
    0xCE,
    0xCF,
}  # JPEG markers of segments that hold the size
SCAN = 0xDA  # JPEG marker after which the image data begin
WIDTH, HEIGHT = 256, 257  # TIFF tags
MAGIC = (
    (re.compile(rb"P[14]\s"), "pbm"),
    (re.compile(rb"P[25]\s"), "pgm"),
    (re.compile(rb"P[36]\s"), "ppm"),
    (re.compile(rb"P7\s"), "pam"),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "jpeg2000"),
    (re.compile(rb"\x76\x2f\x31\x01"), "exr"),
    (re.compile(rb"SDPX|XPDS"), "dpx"),
)
NUMBERS = {3: "H", 4: "I", 16: "Q"}  # struct formats of the types of these tags


def declared_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height, in pixels, from the header of a PNG, JPEG, BMP, TIFF or extended WebP.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    (int, int) or None
        None if it is none of these, or its header is incomplete, so that it cannot be decoded either.
    """
    try:
        if data.startswith(PNG):
            width, height = struct.unpack_from(">II", data, 16)
        elif data.startswith(JPEG):
            width, height, _ = _jpeg_header(data)
        elif data.startswith(b"BM"):
            small = struct.unpack_from("<I", data, 14)[0] == 12
            width, height = struct.unpack_from("<HH" if small else "<ii", data, 18)
        elif data[:4] in TIFFS:
            width, height = _tiff_size(data)
        elif data.startswith(b"RIFF") and data[12:16] == b"VP8X":
            width, height = (1 + int.from_bytes(data[offset : offset + 3], "little") for offset in (24, 27))
        else:
            return None
    except (struct.error, LookupError):
        return None
    return abs(width), abs(height)


def decoder_of(data: bytes) -> str | None:
    """Return the name of FFmpeg's decoder for an image file by its first bytes; None if OpenCV decodes it."""
    return next((name for magic, name in MAGIC if magic.match(data)), None)


def is_cut_short(data: bytes) -> bool:
    """Whether it is a JPEG without an end marker or an EXR that lacks lines; decoders fill the missing part."""
    if data.startswith(EXR):
        return _is_cut_exr(data)
    if not data.startswith(JPEG):
        return False
    try:
        picture = _jpeg_header(data)[2]
    except (struct.error, LookupError):
        picture = 0  # header not understood: accept an end marker anywhere
    return data.find(END, picture) < 0


def _is_cut_exr(data: bytes) -> bool:
    """Whether a block of lines of an EXR lies beyond the end of the file; False for tiled and multi-part files."""
    if int.from_bytes(data[5:8], "little") & TILED_OR_PARTS:
        return False
    try:
        values, offset = _exr_attributes(data)
        top, bottom = struct.unpack_from("<4xi4xi", values[b"dataWindow"])
        count = -(-(bottom - top + 1) // EXR_LINES[values[b"compression"][0]])
        starts = struct.unpack_from(f"<{count}Q", data, offset)
        ends = [start + 8 + struct.unpack_from("<I", data, start + 4)[0] for start in starts]
    except (struct.error, LookupError, ValueError):
        return True
    return max(ends, default=0) > len(data) or min(starts, default=1) == 0


def _exr_attributes(data: bytes) -> tuple[dict[bytes, bytes], int]:
    """Attributes of an EXR, and the offset of its block table."""
    values, offset = {}, 8
    while data[offset]:
        name_end = data.index(b"\0", offset)
        kind_end = data.index(b"\0", name_end + 1)
        size = struct.unpack_from("<I", data, kind_end + 1)[0]
        values[data[offset:name_end]] = data[kind_end + 5 : kind_end + 5 + size]
        offset = kind_end + 5 + size
    return values, offset + 1


def _jpeg_header(data: bytes) -> tuple[int, int, int]:
    """Width, height, and the offset of the image data."""
    size, offset = (0, 0), 2
    while data[offset] == 0xFF:
        marker = data[offset + 1]
        if marker == 0xFF:  # a fill byte
            offset += 1
        elif marker == SCAN:
            return *size, offset
        else:
            if marker in FRAMES:
                height, width = struct.unpack_from(">HH", data, offset + 5)
                size = (width, height)
            offset += 2 + struct.unpack_from(">H", data, offset + 2)[0]
    raise LookupError("no picture")


def _tiff_size(data: bytes) -> tuple[int, int]:
    """Width and height of the first image."""
    order, big = TIFFS[data[:4]], data[2:4] in (b"+\0", b"\0+")
    if big:
        offset = struct.unpack_from(order + "Q", data, 8)[0]
        (count,), offset, step, value = struct.unpack_from(order + "Q", data, offset), offset + 8, 20, 12
    else:
        offset = struct.unpack_from(order + "I", data, 4)[0]
        (count,), offset, step, value = struct.unpack_from(order + "H", data, offset), offset + 2, 12, 8
    sides = {}
    for entry in range(offset, offset + min(count, 4096) * step, step):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if tag in (WIDTH, HEIGHT):
            sides[tag] = struct.unpack_from(order + NUMBERS[kind], data, entry + value)[0]
    return sides[WIDTH], sides[HEIGHT]
