"""Video that comes through a pipe."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import BinaryIO, Self

from av.video.format import VideoFormat

from stillplate.errors import DecodeError, ParameterError, VideoOpenError
from stillplate.io.levels import Levels
from stillplate.io.pyav.reader import VideoFile

__all__ = ["PipedVideo", "RawFormat"]


NAME = "standard input"
PIXEL_FORMATS = (
    "rgb24", "bgr24", "rgba", "bgra", "gray", "yuv420p", "yuv422p", "yuv444p", "nv12",
    "rgb48le", "gray16le", "yuv420p10le", "yuv422p10le", "yuv444p10le", "p010le",
)  # fmt: skip
RAW_FORMAT = re.compile(r"raw:([1-9]\d{0,5})x([1-9]\d{0,5})@(\d{1,7}(?:\.\d{1,9}|/[1-9]\d{0,6})?):(\w+)")
EXAMPLE = "raw:640x360@25:rgb24"


@dataclass(frozen=True, slots=True)
class RawFormat:
    """What a header would tell of a video that has none.

    Attributes
    ----------
    width, height : int
    rate : Fraction
        Frames per second.
    pixels : str
        FFmpeg's name of how samples are laid out, without padding.
    """

    width: int
    height: int
    rate: Fraction
    pixels: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it as it is written on the command line: raw:WIDTHxHEIGHT@RATE:FORMAT.

        Raises
        ------
        ParameterError
            If it is not so written, or there is no such format.
        """
        told = RAW_FORMAT.fullmatch(text)
        if told is None or Fraction(told[3]) == 0:
            raise ParameterError(f"{text}: tells no size, rate and pixel format: write {EXAMPLE}, say")
        if told[4] not in PIXEL_FORMATS:
            raise ParameterError(
                f"{text}: {told[4]} is no pixel format that is read raw: use {', '.join(PIXEL_FORMATS)}"
            )
        return cls(int(told[1]), int(told[2]), Fraction(told[3]).limit_denominator(100_000), told[4])

    @property
    def options(self) -> dict[str, str]:
        """What FFmpeg's demuxer is told."""
        size = f"{self.width}x{self.height}"
        return {"video_size": size, "framerate": str(self.rate), "pixel_format": self.pixels}

    @property
    def frame_bytes(self) -> int:
        """How many bytes a frame takes."""
        parts = VideoFormat(self.pixels, self.width, self.height).components
        return sum(part.width * part.height * -(-part.bits // 8) for part in parts)


class PipedVideo(VideoFile):
    """A video read from a pipe to its end, and kept in a temporary file, since it is read more than once.

    Parameters
    ----------
    pipe : binary file
        Y4M, or any format that FFmpeg recognises by its content.
    raw : RawFormat, optional
        Of a pipe that brings nothing but samples.
    levels : Levels, optional
        As of a `VideoFile`.

    Raises
    ------
    ParameterError
        If it is a terminal.
    VideoOpenError
        If there is no room for it, or it is no video, or not a whole number of raw frames.
    """

    def __init__(self, pipe: BinaryIO, raw: RawFormat | None = None, *, levels: Levels | None = None) -> None:
        if pipe.isatty():
            raise ParameterError("- reads the clip from a pipe, but standard input is a terminal: name a file")
        self._kept = tempfile.NamedTemporaryFile(prefix="stillplate-")  # noqa: SIM115  lives as long as the video
        try:
            shutil.copyfileobj(pipe, self._kept)
            self._kept.flush()
            if raw is None:
                super().__init__(self._kept.name, levels=levels)
            else:
                _check_whole(self._kept.tell(), raw)
                super().__init__(self._kept.name, "rawvideo", raw.options, levels=levels)
        except OSError as err:
            self._kept.close()
            raise VideoOpenError(
                f"{NAME}: no room to keep it in {tempfile.gettempdir()} ({err.strerror}): "
                "free some, or set TMPDIR to another disk"
            ) from err
        except (VideoOpenError, DecodeError) as err:
            self._kept.close()
            raise type(err)(str(err).replace(self._kept.name, NAME)) from err
        except BaseException:
            self._kept.close()
            raise
        self.info = replace(self.info, name=NAME, path=None if raw else self.info.path)  # raw, it is no file for others

    def close(self) -> None:
        """Free the file and delete what was kept. Safe to call twice."""
        super().close()
        self._kept.close()


def _check_whole(size: int, raw: RawFormat) -> None:
    """Refuse what cannot be frames of the size that was told."""
    if size % raw.frame_bytes:
        raise VideoOpenError(
            f"{NAME}: {size} bytes are no whole number of frames of {raw.width}x{raw.height} {raw.pixels}, "
            f"{raw.frame_bytes} bytes each: check size and pixel format"
        )
