"""Image files of a few bytes, written by hand."""

import struct
import zlib

import cv2
import numpy as np

QUICK = ("--threshold", "30", "--cleanup", "none", "--samples", "4", "--quiet")


def png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    """A small picture whose head claims another size."""
    data = bytearray(cv2.imencode(".jpg", np.full((64, 64, 3), 90, np.uint8))[1].tobytes())
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def tiff(width: int, height: int) -> bytes:
    """Whose strips are all the same few bytes."""
    strip, count = zlib.compress(bytes(width * 16)), -(-height // 16)
    after = 8 + 2 + 12 * 9 + 4
    tags = {256: width, 257: height, 258: 8, 259: 8, 262: 1, 273: after, 277: 1, 278: 16, 279: after + 4 * count}
    entries = [struct.pack("<HHII", tag, 4, count if tag in (273, 279) else 1, value) for tag, value in tags.items()]
    strips = [after + 8 * count] * count + [len(strip)] * count
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(entries) + bytes(4)
    return head + struct.pack(f"<{2 * count}I", *strips) + strip


def bmp(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHH", 100, 0, 0, 54, 40, width, height, 1, 24) + bytes(124)


WRONG_IMAGES = {
    "empty": b"",
    "text": b"not a picture",
    "signature only": b"\x89PNG\r\n\x1a\n",
    "no data": png(4, 4, b""),
    "too little data": png(400, 400, zlib.compress(b"\0" * 10)),
    "bad checksum": png(4, 4, zlib.compress(b"\0" * 52)).replace(b"IDAT", b"IDAT\xff"),
    "no pixels": png(0, 0, zlib.compress(b"")),
    "no rows": png(4, 0, zlib.compress(b"")),
    "too large": png(60_000, 60_000, zlib.compress(b"\0" * 100)),
    "a bomb": png(20_000, 20_000, zlib.compress(b"\0" * 10_000)),
    "negative": png(2**31 + 5, 7, zlib.compress(b"\0" * 100)),
    "jpeg head": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "jpeg end": b"\xff\xd8\xff\xd9",
    "bmp head": b"BM" + bytes(52),
    "bmp too large": bmp(2**30, 2**30),
    "tiff head": b"II*\0\x08\0\0\0",
    "tiff in a circle": b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
    "webp head": b"RIFF\x10\0\0\0WEBPVP8 ",
    "zeros": bytes(4000),
    "noise": bytes(np.random.default_rng(0).integers(0, 256, 4000, np.uint8)),
}
