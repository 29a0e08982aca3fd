"""Numbered pictures out: a folder of them in place of a video."""

from __future__ import annotations

import os
from fractions import Fraction

from stillplate.errors import EncodeError, ParameterError
from stillplate.files import PartialOutput, as_sequence
from stillplate.video.images import check_suffix, encode_image
from stillplate.video.sink import Sink
from stillplate.video.source import Image

__all__ = ["SequenceWriter"]


class SequenceWriter(Sink):
    """Writes pictures as 000001.png, 000002.png, … into a folder, which appears when the last is written.

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

    Raises
    ------
    ParameterError
        If the folder holds something that would be lost, or the format is unknown or has no alpha where there is one.
    """

    def __init__(
        self, path: str | os.PathLike[str], width: int, height: int, *, channels: int = 3, overwrite: bool = False
    ) -> None:
        self._names = as_sequence(path)
        folder = self._names.folder
        super().__init__(str(folder), width, height, channels)
        check_suffix(folder / self._names.name(1), channels)
        self._output = PartialOutput(folder, overwrite=overwrite, folder=True)
        for entry in folder.iterdir() if folder.is_dir() else ():
            if not self._names.has(entry.name):
                raise ParameterError(
                    f"{folder}: holds {entry.name}, which would be lost: name a new or an empty folder"
                )
        self._count = 0
        try:
            self._output.partial.mkdir()
        except OSError as err:
            raise EncodeError(f"{folder}: cannot be written: {err.strerror or err}") from err

    def _append(self, image: Image, time: Fraction) -> None:
        self._count += 1
        path = self._output.partial / self._names.name(self._count)
        try:
            path.write_bytes(encode_image(path, image))
        except OSError as err:
            raise EncodeError(f"{self._name}: picture {self._count} cannot be written: {err.strerror or err}") from err

    def _finish(self) -> None:
        self._output.keep()

    def _abandon(self) -> None:
        self._output.discard()
