"""Video read from a pipe, in any container or as raw samples."""

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
from stillplate.io.temporary import TemporaryFile

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
    """Size, rate and pixel format of a raw video, which has no header.

    Attributes
    ----------
    width, height : int
        Size of each frame, in pixels.
    rate : Fraction
        Frames per second.
    pixels : str
        FFmpeg's name of the pixel format; rows are not padded.
    """

    width: int
    height: int
    rate: Fraction
    pixels: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the command line's form, raw:WIDTHxHEIGHT@RATE:FORMAT.

        Raises
        ------
        ParameterError
            If the text has another form, or the pixel format is unknown.
        """
        match = RAW_FORMAT.fullmatch(text)
        if match is None or Fraction(match[3]) == 0:
            raise ParameterError(f"{text}: tells no size, rate and pixel format: write {EXAMPLE}, say")
        if match[4] not in PIXEL_FORMATS:
            raise ParameterError(
                f"{text}: {match[4]} is no pixel format that is read raw: use {', '.join(PIXEL_FORMATS)}"
            )
        return cls(int(match[1]), int(match[2]), Fraction(match[3]).limit_denominator(100_000), match[4])

    @property
    def options(self) -> dict[str, str]:
        """Options of FFmpeg's demuxer for raw video."""
        size = f"{self.width}x{self.height}"
        return {"video_size": size, "framerate": str(self.rate), "pixel_format": self.pixels}

    @property
    def frame_bytes(self) -> int:
        """Bytes per frame."""
        parts = VideoFormat(self.pixels, self.width, self.height).components
        return sum(part.width * part.height * -(-part.bits // 8) for part in parts)


class PipedVideo(VideoFile):
    """A video read from a pipe to its end, and copied to a temporary file because it is decoded more than once.

    Parameters
    ----------
    pipe : binary file
        Y4M, or any format that FFmpeg detects from the content.
    raw : RawFormat, optional
        Format of a pipe of raw samples.
    levels : Levels, optional
        As for `VideoFile`.

    Raises
    ------
    ParameterError
        If `pipe` is a terminal.
    VideoOpenError
        If the disk is full, or the data is not a video or not a whole number of raw frames.
    """

    def __init__(self, pipe: BinaryIO, raw: RawFormat | None = None, *, levels: Levels | None = None) -> None:
        if pipe.isatty():
            raise ParameterError("- reads the clip from a pipe, but standard input is a terminal: name a file")
        self._copy = TemporaryFile()
        try:
            shutil.copyfileobj(pipe, self._copy.file)
            self._copy.file.flush()
            if raw is None:
                super().__init__(self._copy.path, levels=levels)
            else:
                _check_whole(self._copy.file.tell(), raw)
                super().__init__(self._copy.path, "rawvideo", raw.options, levels=levels)
        except OSError as err:
            self._copy.close()
            raise VideoOpenError(
                f"{NAME}: no room to keep it in {tempfile.gettempdir()} ({err.strerror}): "
                "free some, or set TMPDIR to another disk"
            ) from err
        except (VideoOpenError, DecodeError) as err:
            self._copy.close()
            raise type(err)(str(err).replace(str(self._copy.path), NAME)) from err
        except BaseException:
            self._copy.close()
            raise
        # no path for raw samples, because other programs cannot read them as a video file
        self.info = replace(self.info, name=NAME, path=None if raw else self.info.path)

    def close(self) -> None:
        """Close and delete the temporary file. Safe to call twice."""
        super().close()
        self._copy.close()


def _check_whole(size: int, raw: RawFormat) -> None:
    """Raise VideoOpenError unless `size` bytes are a whole number of frames."""
    if size % raw.frame_bytes:
        raise VideoOpenError(
            f"{NAME}: {size} bytes are no whole number of frames of {raw.width}x{raw.height} {raw.pixels}, "
            f"{raw.frame_bytes} bytes each: check size and pixel format"
        )
