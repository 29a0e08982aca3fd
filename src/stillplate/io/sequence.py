"""Numbered pictures out: a folder of them in place of a video."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from stillplate.arrays import Image
from stillplate.errors import EncodeError, ParameterError
from stillplate.io.atomic import PartialOutput
from stillplate.io.images import WRITTEN, check_suffix, encode_image
from stillplate.io.naming import NUMBER
from stillplate.io.sink import Sink

__all__ = ["Numbered", "SequenceWriter", "as_sequence", "is_sequence", "place_of"]

NUMBERED = "%06d.png"  # what pictures in a folder are called where nothing is said


@dataclass(frozen=True, slots=True)
class Numbered:
    """Many pictures that are one output: a folder, and how they are called in it.

    Attributes
    ----------
    folder : Path
    pattern : str
        Of their names, such as %06d.png.
    chosen : bool
        Whether that was asked for, and not merely a folder.
    """

    folder: Path
    pattern: str
    chosen: bool = True

    def name(self, number: int) -> str:
        """Tell what the picture of that number is called; the first is 1."""
        return NUMBER.sub(lambda found: f"{number:0{found[1] or 1}d}", self.pattern)

    def has(self, name: str) -> bool:
        """Tell whether a picture may be called so."""
        pattern = "".join(
            re.escape(part) if place % 2 == 0 else rf"\d{{{part or 1},}}"
            for place, part in enumerate(NUMBER.split(self.pattern))
        )
        return re.fullmatch(pattern, name) is not None


def as_sequence(path: str | os.PathLike[str]) -> Numbered:
    """Read a folder, or a pattern such as DIR/%06d.exr, as the pictures that are to be written.

    Raises
    ------
    ParameterError
        If a pattern names no folder: pictures have one of their own, which appears when all are written.
    """
    text = os.fspath(path)
    if text.endswith(("/", os.sep)) or Path(text).is_dir() or not _is_pattern(text):
        return Numbered(Path(text), NUMBERED, chosen=False)
    folder = Path(text).parent
    if not folder.name:
        raise ParameterError(f"{text}: names no folder for the pictures: write frames/{text}, say")
    return Numbered(folder, Path(text).name)


def is_sequence(path: str | os.PathLike[str]) -> bool:
    """Tell whether an output is a folder of numbered pictures: it ends in /, is a folder, or is a pattern of names."""
    text = os.fspath(path)
    return text.endswith(("/", os.sep)) or Path(text).is_dir() or _is_pattern(text)


def place_of(path: str | os.PathLike[str]) -> Path:
    """Tell the file or folder that an output becomes."""
    return as_sequence(path).folder if is_sequence(path) else Path(path)


def _is_pattern(text: str) -> bool:
    """A number in the name of a picture; in that of a video, %d is nothing but letters."""
    return NUMBER.search(Path(text).name) is not None and Path(text).suffix.lower() in WRITTEN


class SequenceWriter(Sink):
    """Writes pictures as 000001.png, 000002.png, … into a folder, which appears when the last is written.

    A picture's number is that in the clip, from 1: where one of the input was left out, its number is, too.

    Parameters
    ----------
    path : str or path
        The folder; or a pattern of the pictures' names in it, such as DIR/%06d.exr. The folder may exist if it is empty
        or, with `overwrite`, holds such pictures only.
    width, height : int
        Of every picture.
    channels : 1, 3 or 4
        Mask, RGB or RGBA with straight alpha.
    overwrite : bool, optional
        Replace the pictures that are there.
    names : sequence of str, optional
        What each picture is called, without a suffix, by its number from 0; of a pattern, the numbers are.

    Raises
    ------
    ParameterError
        If the folder holds something that would be lost, or the format is unknown or has no alpha where there is one.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        width: int,
        height: int,
        *,
        channels: int = 3,
        overwrite: bool = False,
        names: Sequence[str] = (),
    ) -> None:
        self._names = as_sequence(path)
        suffix = Path(NUMBERED).suffix
        self._own = tuple(f"{name}{suffix}" for name in names) if not self._names.chosen else ()
        folder = self._names.folder
        super().__init__(str(folder), width, height, channels)
        check_suffix(folder / self._names.name(1), channels)
        self._output = PartialOutput(folder, overwrite=overwrite, folder=True)
        for entry in folder.iterdir() if folder.is_dir() else ():
            if not self._names.has(entry.name) and entry.name not in self._own:
                raise ParameterError(
                    f"{folder}: holds {entry.name}, which would be lost: name a new or an empty folder"
                )
        try:
            self._output.partial.mkdir()
        except OSError as err:
            raise EncodeError(f"{folder}: cannot be written: {err.strerror or err}") from err

    def _append(self, image: Image, time: Fraction) -> None:
        number = self._index
        path = self._output.partial / (self._own[number] if self._own else self._names.name(number + 1))
        try:
            path.write_bytes(encode_image(path, image))
        except OSError as err:
            raise EncodeError(f"{self._name}: picture {number + 1} cannot be written: {err.strerror or err}") from err

    def _finish(self) -> None:
        self._output.keep()

    def _abandon(self) -> None:
        self._output.discard()
