"""Image sequences out: a folder of numbered images in place of a video."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from stillplate.arrays import Image
from stillplate.errors import EncodeError, ParameterError
from stillplate.io.address import as_path
from stillplate.io.atomic import PartialOutput
from stillplate.io.images import WRITTEN, check_suffix, encode_image
from stillplate.io.naming import NUMBER
from stillplate.io.sink import Sink

__all__ = ["NumberedFiles", "SequenceWriter", "as_sequence", "is_sequence", "place_of"]

DEFAULT_PATTERN = "%06d.png"  # names of the images where only a folder is given


@dataclass(frozen=True, slots=True)
class NumberedFiles:
    """The files of an image sequence: a folder, and the pattern of their names.

    Attributes
    ----------
    folder : Path
    pattern : str
        Pattern of the file names, such as %06d.png.
    chosen : bool
        Whether the user gave the pattern; False if only a folder was given.
    """

    folder: Path
    pattern: str
    chosen: bool = True

    def name(self, number: int) -> str:
        """Return the file name of image `number`; the first is 1."""
        return NUMBER.sub(lambda found: f"{number:0{found[1] or 1}d}", self.pattern)

    def has(self, name: str) -> bool:
        """Whether `name` matches the pattern."""
        pattern = "".join(
            re.escape(part) if place % 2 == 0 else rf"\d{{{part or 1},}}"
            for place, part in enumerate(NUMBER.split(self.pattern))
        )
        return re.fullmatch(pattern, name) is not None


def as_sequence(path: str | os.PathLike[str]) -> NumberedFiles:
    """Return the files of a sequence given as a folder or as a pattern such as DIR/%06d.exr.

    Raises
    ------
    ParameterError
        If a pattern names no folder: a sequence needs a folder of its own, which appears when all is written.
    """
    text = os.fspath(path)
    if text.endswith(("/", os.sep)) or as_path(text).is_dir() or not _is_pattern(text):
        return NumberedFiles(as_path(text), DEFAULT_PATTERN, chosen=False)
    folder = as_path(text).parent
    if not folder.name:
        raise ParameterError(f"{text}: names no folder for the images: write, for example, frames/{text}")
    return NumberedFiles(folder, Path(text).name)


def is_sequence(path: str | os.PathLike[str]) -> bool:
    """Whether an output is an image sequence: it ends in /, is a folder, or is a pattern of image names."""
    text = os.fspath(path)
    return text.endswith(("/", os.sep)) or as_path(text).is_dir() or _is_pattern(text)


def place_of(path: str | os.PathLike[str]) -> Path:
    """Return the file or folder that an output creates: of a sequence, its folder."""
    return as_sequence(path).folder if is_sequence(path) else as_path(path)


def _is_pattern(text: str) -> bool:
    """Whether the name has a number field and an image suffix; %d in the name of a video is literal."""
    return NUMBER.search(Path(text).name) is not None and Path(text).suffix.lower() in WRITTEN


class SequenceWriter(Sink):
    """Writes images as 000001.png, 000002.png, … into a folder, which appears when the last is written.

    Images are numbered as in the clip, from 1; frames left out leave gaps.

    Parameters
    ----------
    path : str or path
        The folder, or a pattern such as DIR/%06d.exr. The folder may exist if it is empty or, with `overwrite`, holds
        only images with such names.
    width, height : int
        Size of every image, in pixels.
    channels : 1, 3 or 4
        Mask, RGB or RGBA with straight alpha.
    overwrite : bool, optional
        Whether existing images may be replaced.
    names : sequence of str, optional
        Name of each image without suffix, by frame number from 0; ignored if `path` is a pattern.

    Raises
    ------
    ParameterError
        If the folder holds other files, which would be lost, or the format is unknown or lacks a needed alpha channel.
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
        self._files = as_sequence(path)
        suffix = Path(DEFAULT_PATTERN).suffix
        self._given_names = tuple(f"{name}{suffix}" for name in names) if not self._files.chosen else ()
        folder = self._files.folder
        super().__init__(str(folder), width, height, channels)
        check_suffix(folder / self._files.name(1), channels)
        self._output = PartialOutput(folder, overwrite=overwrite, folder=True)
        for entry in folder.iterdir() if folder.is_dir() else ():
            if not self._files.has(entry.name) and entry.name not in self._given_names:
                raise ParameterError(
                    f"{folder}: holds {entry.name}, which would be lost: name a new or an empty folder"
                )
        try:
            self._output.partial.mkdir()
        except OSError as err:
            raise EncodeError(f"{folder}: cannot be written: {err.strerror or err}") from err

    def _append(self, image: Image, time: Fraction) -> None:
        number = self._index
        path = self._output.partial / (self._given_names[number] if self._given_names else self._files.name(number + 1))
        try:
            path.write_bytes(encode_image(path, image))
        except OSError as err:
            raise EncodeError(f"{self._name}: picture {number + 1} cannot be written: {err.strerror or err}") from err

    def _finish(self) -> None:
        self._output.keep()

    def _abandon(self) -> None:
        self._output.discard()
