"""The command `view`: a clip in the browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

import stillplate
from stillplate.cli.converters import whole_number
from stillplate.cli.options import FIT_OPTIONS, Output, Video, with_keywords
from stillplate.errors import ParameterError
from stillplate.segmentation.options import MaskOptions

__all__ = ["view"]

MASK_OPTIONS = ("threshold", "weights", "sensitivity", "shadows", "cleanup", "min_size", "temporal", "clean_shadows")
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")  # without one of them, Linux has no window for a browser


@with_keywords(stillplate.render, (*FIT_OPTIONS, *MASK_OPTIONS, "roi"))
def view(
    video: Video,
    /,
    *,
    background: Annotated[
        str | None,
        Parameter(help="Background that `Background.save` wrote, to show in place of a new one.", show_default=False),
    ] = None,
    output: Annotated[
        Output, Parameter(("--output", "-o"), help="Folder that the page's render button writes to.")
    ] = "out",
    port: Annotated[int, Parameter(help="Port of the page; 0 is any that is free.", converter=whole_number)] = 0,
    host: Annotated[
        str, Parameter(help="Address to answer at; others than 127.0.0.1 show the clip to the network.")
    ] = "127.0.0.1",
    browser: Annotated[bool, Parameter(help="Open the page in a browser.", negative="--no-browser")] = True,
    **options: Any,
) -> None:
    """Run the command `view`; its help stands in `entry.COMMANDS`."""
    try:
        from stillplate.viewer.clips import Clips
        from stillplate.viewer.guard import LOOPBACK
        from stillplate.viewer.serving import serve
    except ModuleNotFoundError as err:
        raise ParameterError(f"view needs {err.name}, which is not installed: pip install 'stillplate[view]'") from err
    from stillplate.viewer.knobs import Knobs
    from stillplate.viewer.session import Start

    masks = {name: options.pop(name) for name in MASK_OPTIONS}
    switches = {name: masks.pop(name) for name in ("temporal", "clean_shadows")}
    exclude, roi, memory = options.pop("exclude"), options.pop("roi"), options["memory"]
    opening = {name: options.pop(name) for name in ("fps", "levels")}
    start = Start(
        background=None if background is None else stillplate.Background.load(background),
        fit=_given(options),
        exclude=exclude,
        roi=roi,
        knobs=Knobs(masks=MaskOptions(**masks).checked(), **switches),
        folder=Path(output or "out"),
        opening={name: value for name, value in opening.items() if value is not None},
        memory=memory,
    )
    if host not in LOOPBACK:
        print(
            f"stillplate: warning: {host}: whoever has the address can see the clip, and render into {start.folder}",
            file=sys.stderr,
        )
    with closing(Clips([(video, start)])) as clips:
        clips.view(0)  # what is wrong with the clip is told here

        def ready(address: str) -> None:
            print(f"{video}: {address} (Ctrl-C ends it)", flush=True)
            if browser and (sys.platform != "linux" or any(os.environ.get(name) for name in DISPLAYS)):
                webbrowser.open(address)

        serve(clips, host, port, ready)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords of `fit` that are not its defaults."""
    from inspect import signature

    defaults = {name: one.default for name, one in signature(stillplate.fit).parameters.items()}
    return {name: value for name, value in options.items() if value != defaults[name]}
