"""The scheme of an address, such as s3 of s3://bucket/clip.mp4."""

from __future__ import annotations

import os
import re

__all__ = ["ADDRESS", "LIVE", "WEB", "scheme_of"]

ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+")  # one slash suffices, since `Path` drops the second
WEB = ("http", "https")
LIVE = ("rtmp", "rtmps", "rtp", "rtsp", "rtsps", "srt", "udp")


def scheme_of(path: str | os.PathLike[str]) -> str:
    """The scheme of an address, in lower case; empty for a file's path, also that of a file with such a name."""
    text = os.fspath(path)
    found = ADDRESS.match(text)
    return "" if found is None or os.path.lexists(text) else found[1].lower()
