"""The reader: a video becomes a layer whose frames are decoded when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import stillplate
from napari_stillplate.clip import Clip

__all__ = ["reader_of"]

Layers = list[tuple[Any, dict[str, Any], str]]


def reader_of(path: str | Sequence[str]) -> Callable[[str | Sequence[str]], Layers] | None:
    """Return the function that reads a video, or several, or None if one of them is none."""
    paths = [path] if isinstance(path, str) else list(path)
    try:
        for one in paths:
            stillplate.open_video(one).close()
    except stillplate.StillplateError:
        return None
    return _read


def _read(path: str | Sequence[str]) -> Layers:
    paths = [path] if isinstance(path, str) else list(path)
    return [
        (Clip(one), {"name": Path(one).stem, "rgb": True, "metadata": {"stillplate": str(one)}}, "image")
        for one in paths
    ]
