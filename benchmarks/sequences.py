"""Test sequences on disk: numbered pictures, and what is known to be true of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.io.source import NOMINAL_RATE, Frame, VideoInfo
from stillplate.sampling.gather import choose
from stillplate.synthetic import SyntheticClip

__all__ = ["LabelledSequence", "find_sequences", "read_grey", "read_rgb", "write_rgb", "write_sequence"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LabelledSequence:
    """A folder with `input/in%06d.*`, and perhaps `groundtruth/gt%06d.png`, `background.png`, `background_valid.png`.

    Where the camera moves, `homographies.txt` may have its path (`benchmarks.paths.read_published`).
    It is a `FrameSource`; frame 0 is the input with the lowest number.

    Attributes
    ----------
    folder : Path
    inputs : tuple of Path
    truths : dict of int to Path
        The labelled masks, by frame index.
    """

    folder: Path
    inputs: tuple[Path, ...]
    truths: dict[int, Path]

    @classmethod
    def at(cls, folder: Path) -> Self:
        """Look at a sequence's folder."""
        inputs = sorted((folder / "input").glob("in*.*"), key=_number)
        index = {_number(path): index for index, path in enumerate(inputs)}
        labels = sorted((folder / "groundtruth").glob("gt*.png"), key=_number)
        return cls(folder, tuple(inputs), {index[_number(path)]: path for path in labels if _number(path) in index})

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.folder.name

    @property
    def info(self) -> VideoInfo:
        """Size and length."""
        height, width, _ = read_rgb(self.inputs[0]).shape
        return VideoInfo(self.name, width, height, len(self.inputs), path=self.folder / "input")

    def __iter__(self) -> Iterator[Frame]:
        return self.take(range(len(self.inputs)))

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these indices; those past the end are left out."""
        for index in indices:
            if index < len(self.inputs):
                yield Frame(read_rgb(self.inputs[index]), index, index / NOMINAL_RATE)

    def samples(self, count: int, seed: int) -> npt.NDArray[np.uint8]:
        """Read the frames that `stillplate.fit` samples, as uint8 of shape (T, H, W, 3)."""
        return np.stack([frame.image for frame in self.take(choose(len(self.inputs), count, seed=seed))])

    def background(self) -> tuple[Image, Mask] | None:
        """Read the true plate and where it is known; None where there is no truth."""
        if not (self.folder / "background.png").exists():
            return None
        image, valid = read_rgb(self.folder / "background.png"), self.folder / "background_valid.png"
        return image, read_grey(valid) == 255 if valid.exists() else np.ones(image.shape[:2], np.bool_)

    def labels(self, index: int) -> Image:
        """Read the labelled mask of one frame."""
        return read_grey(self.truths[index])

    def close(self) -> None:
        """Nothing to free."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()


def find_sequences(folder: Path) -> list[LabelledSequence]:
    """Find a sequence, or a folder of sequences.

    Raises
    ------
    SystemExit
        If there is none.
    """
    folders = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())] if folder.is_dir() else []
    found = [LabelledSequence.at(path) for path in folders if any((path / "input").glob("in*.*"))]
    if not found:
        raise SystemExit(f"{folder}: holds no sequence: a folder with input/in000001.jpg (or .png, .webp) is needed")
    return found


def write_sequence(folder: Path, clip: SyntheticClip) -> None:
    """Write a synthetic clip and its truth in this layout."""
    (folder / "groundtruth").mkdir(parents=True, exist_ok=True)
    write_rgb(folder / "background.png", clip.plate)
    for frame in clip:
        write_rgb(folder / "input" / f"in{frame.index + 1:06d}.png", frame.image)
        label = clip.mask(frame.index).view(np.uint8) * np.uint8(255)
        cv2.imwrite(str(folder / "groundtruth" / f"gt{frame.index + 1:06d}.png"), label)


def read_rgb(path: Path) -> Image:
    """Read a picture as uint8 RGB of shape (H, W, 3)."""
    return np.ascontiguousarray(_read(path, cv2.IMREAD_COLOR)[:, :, ::-1])


def read_grey(path: Path) -> Image:
    """Read a picture as uint8 of shape (H, W)."""
    return _read(path, cv2.IMREAD_GRAYSCALE)


def write_rgb(path: Path, image: Image) -> None:
    """Write a picture; the folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), np.ascontiguousarray(image[:, :, ::-1])):
        raise SystemExit(f"{path}: cannot be written")


def _read(path: Path, mode: int) -> npt.NDArray[Any]:
    image = cv2.imread(str(path), mode)
    if image is None:
        raise SystemExit(f"{path}: is no picture that can be read")
    return image


def _number(path: Path) -> int:
    digits = re.findall(r"\d+", path.stem)
    return int(digits[-1]) if digits else -1
