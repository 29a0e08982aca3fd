"""The command `view`: a clip in the browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

import stillplate
from stillplate.cli.groups import RUN
from stillplate.cli.options import FIT_OPTIONS, Output, typed_as, with_keywords
from stillplate.errors import ParameterError
from stillplate.io.address import as_path
from stillplate.segmentation.options import MaskOptions

if TYPE_CHECKING:
    from stillplate.viewer.session import Start

__all__ = ["view"]

MASK_OPTIONS = ("threshold", "weights", "sensitivity", "shadows", "cleanup", "min_size", "temporal", "clean_shadows")
OPENING = ("fps", "levels")
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")  # without one of them, Linux has no window for a browser


@with_keywords(stillplate.render, (*FIT_OPTIONS, *MASK_OPTIONS, "roi"))
def view(
    video: Annotated[str, Parameter(metavar="CLIP", help="The clip, or the folder of a batch's results.")],
    /,
    *,
    background: Annotated[
        str | None,
        typed_as(
            "plate_from", "Background that `Background.save` wrote, to show in place of a new one.", metavar="NPZ"
        ),
    ] = None,
    output: Annotated[
        Output, typed_as("output", "Folder that the page's render button writes to.", name=("--output", "-o"))
    ] = "out",
    port: Annotated[int, typed_as("seed", "Port of the page; 0 is any that is free.", metavar="PORT")] = 0,
    host: Annotated[
        str,
        typed_as(
            "cluster", "Address to answer at; others than 127.0.0.1 show the clip to the network.", show_default=True
        ),
    ] = "127.0.0.1",
    browser: Annotated[bool, Parameter(group=RUN, help="Open the page in a browser.", negative="--no-browser")] = True,
    **options: Any,
) -> None:
    """Run the command `view`; its help stands in `entry.COMMANDS`."""
    try:
        from stillplate.viewer.clips import Clips
        from stillplate.viewer.guard import LOOPBACK
        from stillplate.viewer.serving import serve
    except ModuleNotFoundError as err:
        raise ParameterError(f"view needs {err.name}, which is not installed: pip install 'stillplate[view]'") from err
    from stillplate.viewer.results import is_results, read_results

    results = read_results(as_path(video)) if is_results(as_path(video)) else None
    if results is None:
        clips = Clips([(video, _start(background, output, options))])
    else:
        clips = Clips([None if one.start is None else (one.clip, one.start) for one in results], results)
    if host not in LOOPBACK:
        print(f"stillplate: warning: {host}: whoever has the address sees the clip, and can render it", file=sys.stderr)
    with closing(clips):
        if results is None:
            clips.view(0)  # what is wrong with the clip is told here

        def ready(address: str) -> None:
            print(f"{video}: {address} (Ctrl-C ends it)", flush=True)
            if browser and (sys.platform != "linux" or any(os.environ.get(name) for name in DISPLAYS)):
                webbrowser.open(address)

        serve(clips, host, port, ready)


def _start(background: str | None, output: str | None, options: dict[str, Any]) -> Start:
    """Return how the clip is opened."""
    from stillplate.viewer.knobs import Knobs, fit_keywords
    from stillplate.viewer.session import Start

    masks = {name: options.pop(name) for name in MASK_OPTIONS}
    switches = {name: masks.pop(name) for name in ("temporal", "clean_shadows")}
    exclude, roi = options.pop("exclude"), options.pop("roi")
    return Start(
        background=None if background is None else stillplate.Background.load(background),
        fit=fit_keywords({name: value for name, value in options.items() if name not in OPENING}),
        exclude=exclude,
        roi=roi,
        knobs=Knobs(masks=MaskOptions(**masks).checked(), **switches),
        folder=as_path(output or "out"),
        opening={name: options[name] for name in OPENING if options[name] is not None},
        memory=options["memory"],
    )
