"""Video that comes through a pipe."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from typing import BinaryIO

from stillplate.errors import DecodeError, ParameterError, VideoOpenError
from stillplate.video.pyav import VideoFile

__all__ = ["PipedVideo"]


NAME = "standard input"


class PipedVideo(VideoFile):
    """A video read from a pipe to its end, and kept in a temporary file, since it is read more than once.

    Parameters
    ----------
    pipe : binary file
        Y4M, or any format that FFmpeg recognises by its content.

    Raises
    ------
    ParameterError
        If it is a terminal.
    VideoOpenError
        If there is no room for it, or it is no video.
    """

    def __init__(self, pipe: BinaryIO) -> None:
        if pipe.isatty():
            raise ParameterError("- reads the clip from a pipe, but standard input is a terminal: name a file")
        self._kept = tempfile.NamedTemporaryFile(prefix="stillplate-")  # noqa: SIM115  lives as long as the video
        try:
            shutil.copyfileobj(pipe, self._kept)
            self._kept.flush()
            super().__init__(self._kept.name)
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
        self.info = replace(self.info, name=NAME)

    def close(self) -> None:
        """Free the file and delete what was kept. Safe to call twice."""
        super().close()
        self._kept.close()
