"""Damaged videos: what bit rot and broken transfers make of a file, and what the command line may make of that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np

import stillplate
from stillplate.io.opening import open_sink
from tests.patience import HANGS

__all__ = ["CODECS", "make_clip", "verdict"]

CODECS = (".mp4", ".mkv", ".webm", ".avi")


def make_clip(path: Path) -> bytes:
    """Write two seconds of a block that walks over a textured ground; return the file's bytes."""
    ground = np.random.default_rng(0).integers(60, 120, (48, 64, 3)).astype(np.uint8)
    with open_sink(path, 64, 48, channels=3) as sink:
        for number in range(50):
            image = ground.copy()
            image[12:30, number : number + 12] = (220, 200, 60)
            sink.write(image, Fraction(number, 25))
    return path.read_bytes()


def damaged(data: bytes, seed: int) -> bytes:
    """Damage a file in one of six ways."""
    random = np.random.default_rng(seed)
    hurt, size = bytearray(data), len(data)
    first, second = sorted(int(place) for place in random.integers(0, size, 2))
    length = int(random.integers(1, max(2, size // 8)))
    kind = seed % 6
    if kind == 0:
        for place in random.integers(0, size, int(random.integers(1, 20))):
            hurt[place] ^= 1 << int(random.integers(8))
    elif kind == 1:
        del hurt[first:]
    elif kind == 2:
        del hurt[first : first + length]
    elif kind == 3:
        hurt[first : first + length], hurt[second : second + length] = (
            hurt[second : second + length],
            hurt[first : first + length],
        )
    elif kind == 4:
        hurt[first : first + length] = bytes(len(hurt[first : first + length]))
    else:
        hurt[first : first + length] = random.bytes(len(hurt[first : first + length]))
    return bytes(hurt)


def judge(clip: Path, folder: Path) -> str:
    """Render a clip by the command line. Tell what is wrong with how it ended; empty if nothing is."""
    outputs = {
        "--mask": folder / "mask.mkv",
        "--foreground": folder / "foreground.mkv",
        "--plate": folder / "plate.png",
    }
    command = [sys.executable, "-m", "stillplate", "render", str(clip), "--threshold", "30", "--cleanup", "none"]
    command += ["--samples", "6", "--quiet", "--overwrite", *(str(part) for pair in outputs.items() for part in pair)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=HANGS)
    except subprocess.TimeoutExpired:
        return "it hangs"
    lines = done.stderr.splitlines()
    told = [line for line in lines if not line.startswith("stillplate: warning: ")]
    left = sorted(path.name for path in folder.iterdir())
    if done.returncode == 2:
        if len(told) != 1 or not told[0].startswith("stillplate: "):
            return f"it ends with {lines}"
        return f"it leaves {left}" if left else ""
    if done.returncode != 0 or told:
        return f"it ends with {done.returncode} and {lines[-5:]}"
    return _wrong_with(outputs.values())


def _wrong_with(outputs: Iterable[Path]) -> str:
    """Decode what was written."""
    counts = set()
    for path in outputs:
        if path.suffix == ".png":
            stillplate.read_image(path)
        else:
            with stillplate.open_video(path) as video:
                counts.add(sum(1 for _ in video))
        path.unlink()
    return "" if len(counts) == 1 and min(counts) > 0 else f"its videos have {counts} frames"


def verdict(folder: Path, suffix: str, seed: int) -> str:
    """Damage a clip of this codec in an empty folder, render it, and return what ended wrongly; empty if nothing."""
    data = make_clip(folder / f"clip{suffix}")
    clip, out = folder / f"damaged{suffix}", folder / "out"
    clip.write_bytes(damaged(data, seed))
    out.mkdir()
    return judge(clip, out)
