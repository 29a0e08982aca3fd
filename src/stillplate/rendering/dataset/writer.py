"""The data set of a clip, written while it is rendered: which pictures stay in it is known at its end."""

from __future__ import annotations

import re
import shutil
from array import array
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from stillplate.arrays import Image
from stillplate.errors import EncodeError
from stillplate.io.atomic import PartialOutput, check_own
from stillplate.io.images import encode_image
from stillplate.rendering.dataset.labels import LABELS
from stillplate.rendering.dataset.split import PARTS, split
from stillplate.rendering.events import Event
from stillplate.rendering.objects.tracker import Tracked

__all__ = ["Dataset"]

OWN = re.compile(r"images|labels|annotations|data\.yaml")
POOL = ".pool"  # folder of the pictures and labels that wait for the end


class Dataset:
    """A folder of pictures and labels; it appears complete on leaving the `with`, or not at all.

    Parameters
    ----------
    path : Path
    size : (int, int)
        Width and height of the frames, in pixels.
    form : str
        One of `LABELS`.
    clip : str
        Begins the names of the pictures.
    rate : float
        Pictures a second that are taken.
    seed : int
        As for `split`.
    overwrite : bool

    Raises
    ------
    ParameterError
        If the folder holds anything else, which would be lost.
    EncodeError
        If it cannot be written.
    """

    def __init__(
        self, path: Path, size: tuple[int, int], form: str, clip: str, rate: float, *, seed: int, overwrite: bool
    ) -> None:
        check_own(path, OWN)
        self._path, self._size, self._clip, self._seed = path, size, clip, seed
        self._labels, self._pause, self._next = LABELS[form](), 1 / rate, float("-inf")
        self._times, self._numbers, self._things = array("d"), array("q"), array("q")
        self._output = PartialOutput(path, overwrite=overwrite, folder=True)
        self._pool = self._output.partial / POOL
        try:
            self._pool.mkdir(parents=True)
        except OSError as err:
            self._output.discard()
            raise self._refused(err) from err

    def write(self, image: Image, objects: Sequence[Tracked], time: float, index: int) -> None:
        """Take a frame, RGB, with its things, if it is time for one."""
        if time < self._next - 1e-6:
            return
        self._next = time + self._pause
        try:
            self._picture(index).write_bytes(encode_image(self._picture(index), image))
            self._label(index).write_text(self._labels.of(objects, self._size), encoding="utf-8")
        except OSError as err:
            raise self._refused(err) from err
        self._times.append(time)
        self._numbers.append(index)
        self._things.append(len(objects))

    def finish(self, events: Sequence[Event]) -> dict[str, int]:
        """Keep the pictures of events, and a few of pauses; return how many each part has, and how many are empty."""
        parts = split(self._times, self._things, events, seed=self._seed)
        kept: dict[str, list[Path]] = {}
        try:
            for part in PARTS:
                place = self._output.partial / "images" / part
                place.mkdir(parents=True)
                numbers = [self._numbers[place] for place in parts[part]]
                for index in numbers:
                    self._picture(index).rename(place / self._picture(index).name)
                kept[part] = [self._label(index) for index in numbers]
            self._labels.finish(self._output.partial, kept, self._size)
            shutil.rmtree(self._pool)
        except OSError as err:
            raise self._refused(err) from err
        empty = sum(self._things[place] == 0 for numbers in parts.values() for place in numbers)
        return {**{part: len(numbers) for part, numbers in parts.items()}, "empty": empty}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        with suppress(OSError):
            if kind is None:
                self._output.keep()
        self._output.discard()

    def _picture(self, index: int) -> Path:
        return self._pool / f"{self._clip}-{index + 1:06d}.jpg"

    def _label(self, index: int) -> Path:
        return self._pool / f"{self._clip}-{index + 1:06d}.txt"

    def _refused(self, err: OSError) -> EncodeError:
        return EncodeError(f"{self._path}: cannot be written: {err.strerror or err}: check the disk")
