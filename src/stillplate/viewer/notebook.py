"""The page in an output cell of a notebook."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Any

from stillplate.background.background import Background
from stillplate.errors import ParameterError
from stillplate.io.opening import SourceLike

__all__ = ["Viewed", "view"]

HEIGHT = 720  # pixels of the cell, in which the whole page fits


class Viewed:
    """A clip that is looked at in a notebook; shown where it is the last value of a cell.

    Attributes
    ----------
    address : str
        Of the page, for a browser on this machine.
    """

    def __init__(self, address: str, end: Any, height: int) -> None:
        self.address, self._end, self._height = address, end, height

    def __repr__(self) -> str:
        return f"<page at {self.address}>"

    def _repr_html_(self) -> str:
        """Show the page in a frame."""
        source = escape(self.address, quote=True)
        return f'<iframe src="{source}" width="100%" height="{self._height}" style="border: 0"></iframe>'

    def close(self) -> None:
        """End the server and its threads. Safe to call twice."""
        self._end()


def view(
    source: SourceLike | Background,
    clip: SourceLike | None = None,
    *,
    folder: str | os.PathLike[str] = "out",
    port: int = 0,
    height: int = HEIGHT,
    memory: int = 2**30,
    **options: Any,
) -> Viewed:
    """Show a clip, its plate and its masks in an output cell of a notebook, to look at, tune and correct.

    Parameters
    ----------
    source : path, FrameSource or array; or Background
        The clip, as for `fit`; or a background, and then its `clip`.
    clip : path, FrameSource or array, optional
        The clip of a background.
    folder : path
        Where the page's render button writes to.
    port : int
        Of the page, on this machine; 0 is any that is free.
    height : int
        Of the cell, in pixels.
    memory : int
        Bytes that frames and samples may take.
    **options
        As for `fit`.

    Returns
    -------
    Viewed
        Shown where it is the last value of a cell; `address` opens in a browser, `close()` ends it.

    Raises
    ------
    ParameterError
        If starlette or uvicorn is not installed, or the clip of a background is missing.
    VideoOpenError, DecodeError
        If the clip cannot be read.

    Notes
    -----
    The page is answered by this process, to this machine only, under an address with a random token. If the notebook
    runs on another machine, give a `port` and forward it: ``ssh -L 8765:localhost:8765 HOST`` for ``port=8765``.

    Examples
    --------
    >>> import numpy as np, stillplate
    >>> shown = stillplate.view(np.full((5, 40, 60, 3), 90, np.uint8))
    >>> shown.address.startswith("http://127.0.0.1:")
    True
    >>> shown.close()
    """
    try:
        from stillplate.viewer.clips import Clips
        from stillplate.viewer.serving import serve_behind
        from stillplate.viewer.session import Start
    except ModuleNotFoundError as err:
        raise ParameterError(f"view needs {err.name}, which is not installed: pip install 'stillplate[view]'") from err
    background = source if isinstance(source, Background) else None
    shown = clip if isinstance(source, Background) else source
    if shown is None:
        raise ParameterError("a background is given without its clip: give that as the second argument")
    exclude, roi = options.pop("exclude", None), options.pop("roi", None)
    opening = {name: options.pop(name) for name in ("fps", "levels") if options.get(name) is not None}
    start = Start(
        background=background,
        fit=options,
        exclude=exclude,
        roi=roi,
        folder=Path(folder),
        opening=opening,
        memory=memory,
    )
    clips = Clips([(shown, start)])
    try:
        clips.view(0)
        address, end = serve_behind(clips, port)
    except BaseException:
        clips.close()
        raise
    return Viewed(address, end, height)
