"""What a clip is called on a page: its file's name, and the folder before it where that alone says nothing."""

from __future__ import annotations

from pathlib import Path

__all__ = ["clip_name"]

SAY_NOTHING = {"clip", "frame", "frames", "image", "images", "img", "imgs", "input", "rgb", "video"}  # of any clip


def clip_name(path: str) -> str:
    """Return the name of a clip by its path; with its folder's name where its own is a number or a word for any clip.

    Examples
    --------
    >>> clip_name("/data/street.mp4"), clip_name("/data/highway/input"), clip_name("/data/gate/0001.avi")
    ('street.mp4', 'highway/input', 'gate/0001.avi')
    """
    whole = Path(path)
    parts = [part for part in whole.parts if part != whole.anchor]
    stem = whole.stem.lower().rstrip("0123456789_-")
    says_nothing = stem in SAY_NOTHING or not any(letter.isalpha() for letter in stem)
    return "/".join(parts[-2 if says_nothing else -1 :]) or path
