"""How steady the masks are: empty where nobody is, and the same from frame to frame where something moves slowly."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

import stillplate
from stillplate.arrays import Image
from stillplate.synthetic import street

__all__ = ["measure_steadiness", "overlap", "reencode", "slow_block"]

Mask = npt.NDArray[np.bool_]

SIZES = ((640, 360),)
NOISES = (2.0, 4.0, 8.0)  # grey levels, of the sensor
FRAMES = 260  # with one key frame among them that is not the first
ENCODER = {"crf": "23", "g": "250", "preset": "veryfast"}
STEP = 0.5  # pixels that the slow block moves from frame to frame


def measure_steadiness(frames: int = FRAMES) -> dict[str, dict[str, float]]:
    """Measure and print how steady the default masks are."""
    rows = {}
    for width, height in SIZES:
        for noise in NOISES:
            clip = street(width, height, frames, seed=1, noise=noise, walkers=0, vehicles=0)
            rows[f"{width}x{height}, noise {noise:g}"] = still(reencode([frame.image for frame in clip]))
    table = Table("nobody there, H.264 crf 23, GOP 250", "frames with an empty mask", "pixels set in > 0.1 % of frames")
    for name, row in rows.items():
        table.add_row(name, f"{row['empty']:.1%}", f"{row['flickering']:.0f}")
    console = Console(width=110)
    console.print(table)
    images, _ = slow_block(frames=120)
    background = stillplate.fit(images, samples=40)
    rows["slow block"] = {"overlap": overlap([background.mask(image) for image in images])}
    share = rows["slow block"]["overlap"]
    console.print(f"IoU of consecutive masks of a block that moves {STEP} pixels a frame: {share:.3f}")
    return rows


def still(images: Sequence[Image]) -> dict[str, float]:
    """Count what is set where nothing should be."""
    background = stillplate.fit(iter(images))
    counts = np.zeros(images[0].shape[:2], np.int64)
    empty = 0
    for image in images:
        mask = background.mask(image)
        counts += mask
        empty += not mask.any()
    return {"empty": empty / len(images), "flickering": float(np.count_nonzero(counts > 0.001 * len(images)))}


def overlap(masks: Sequence[Mask]) -> float:
    """Mean intersection over union of each mask with the next; pairs of empty ones are left out."""
    pairs = [(one & other, one | other) for one, other in pairwise(masks)]
    shares = [np.count_nonzero(both) / np.count_nonzero(either) for both, either in pairs if either.any()]
    return float(np.mean(shares)) if shares else 0.0


def slow_block(width: int = 320, height: int = 180, frames: int = 120) -> tuple[npt.NDArray[np.uint8], list[Mask]]:
    """Draw a textured block that crosses an empty street slowly, and its true masks."""
    ground = street(width, height, frames, seed=3, noise=2.0, walkers=0, vehicles=0)
    texture = np.random.default_rng(0).integers(120, 240, (height // 3, width // 10, 3)).astype(np.uint8)
    images, masks = [], []
    for frame in ground:
        left, top = int(width / 4 + STEP * frame.index), height // 3
        image, mask = frame.image.copy(), np.zeros((height, width), np.bool_)
        image[top : top + texture.shape[0], left : left + texture.shape[1]] = texture
        mask[top : top + texture.shape[0], left : left + texture.shape[1]] = True
        images.append(image)
        masks.append(mask)
    return np.stack(images), masks


def reencode(images: Sequence[Image]) -> list[Image]:
    """Send frames through H.264 and back."""
    data = io.BytesIO()
    height, width, _ = images[0].shape
    with av.open(data, "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=25, options=ENCODER)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    data.seek(0)
    with av.open(data, "r") as written:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in written.decode(video=0)]
