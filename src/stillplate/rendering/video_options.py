"""How videos are written, whatever they show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from stillplate.errors import ParameterError
from stillplate.io.codecs import SUFFIX, codec_named
from stillplate.io.quality import LOSSLESS, Quality, as_quality
from stillplate.io.sequence import is_sequence
from stillplate.rendering.programs import program_named

__all__ = ["VideoOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoOptions:
    """How videos are written, whatever they show.

    Attributes
    ----------
    audio : bool
        Whether those that have it take the clip's sound over.
    quality, codec, premultiply
        As for `render`.
    program : str or None
        The one that they are written for.
    cut : bool
        Whether they begin with the first frame that is written.
    wipe_at : float or None
        Where the border of the wipe stands, 0..1; None if it moves.
    """

    audio: bool = True
    quality: Quality = None
    codec: str | None = None
    premultiply: bool = False
    program: str | None = None
    cut: bool = False
    wipe_at: float | None = None

    def checked(self) -> Self:
        """Return the options; raise ParameterError if one is not in its range."""
        as_quality(self.quality)
        if self.codec is not None:
            codec_named(self.codec)
        if self.program is not None:
            program_named(self.program)
        if self.wipe_at is not None and not 0 <= self.wipe_at <= 1:
            raise ParameterError(f"wipe_at is {self.wipe_at:g}, but a share of the width, 0 to 1, is needed")
        return self

    @property
    def premultiplied(self) -> bool:
        """Whether the colours of a picture with alpha are multiplied by it."""
        return self.premultiply or (self.program is not None and program_named(self.program).premultiplied)

    def quality_of(self, name: str) -> Quality:
        """Return the quality of an output."""
        return LOSSLESS if self.program is not None and name in program_named(self.program).lossless else self.quality

    def codec_of(self, path: str, channels: int) -> str | None:
        """Return the codec of a video that is written to a path; None for the one that its suffix picks."""
        if is_sequence(path):
            return None
        if self.codec is None and self.program is not None and Path(path).suffix.lower() == SUFFIX:
            return program_named(self.program).codecs.get(channels)
        return self.codec
