"""The command `pixel`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

import stillplate
from stillplate.cli.converters import whole_number
from stillplate.cli.log import say_json
from stillplate.cli.options import FIT_OPTIONS, Json, Overwrite, Video, typed_as, with_keywords
from stillplate.errors import ParameterError
from stillplate.io.address import as_path
from stillplate.io.atomic import check_output
from stillplate.io.images import check_suffix

__all__ = ["pixel"]

TABLE = ".csv"


@with_keywords(stillplate.inspect_pixel, FIT_OPTIONS)
def pixel(
    video: Video,
    x: Annotated[int, Parameter(help="Column of the pixel, from 0 at the left.", converter=whole_number)],
    y: Annotated[int, Parameter(help="Row of the pixel, from 0 at the top.", converter=whole_number)],
    /,
    *more: Annotated[
        int, Parameter(name="X Y", help="Further pixels: column and row of each.", converter=whole_number)
    ],
    output: Annotated[
        tuple[str, ...],
        typed_as(
            "plate",
            "Image file for the drawing, or a table in .csv of every sample. Give it twice for both.",
            name=("--output", "-o"),
            metavar="FILE",
            n_tokens=1,
        ),
    ] = (),
    overwrite: Overwrite = False,
    json: Json = False,
    **options: Any,
) -> None:
    """Run the command `pixel`; its help stands in `front_page.COMMANDS`."""
    if len(more) % 2:
        raise ParameterError(f"{more[-1]} is a column without a row: give the column and row of each pixel")
    if not output and not json:
        raise ParameterError("no output is asked for: give -o FILE.png, -o FILE.csv or --json")
    for path in output:
        if Path(path).suffix.lower() != TABLE:
            check_suffix(Path(path))
    with stillplate.open_video(video, fps=options.pop("fps"), levels=options.pop("levels")) as source:
        for path in output:
            check_output(as_path(path), overwrite=overwrite, source=source.info.path)
        places = [(x, y), *zip(more[::2], more[1::2], strict=True)]
        found = stillplate.inspect_pixels(source, places, **options)
    from stillplate.rendering.pixel import draw_pixels, pixel_dict, write_pixel_table

    for path in output:
        if Path(path).suffix.lower() == TABLE:
            write_pixel_table(as_path(path), found, overwrite=overwrite)
        else:
            stillplate.write_image(path, draw_pixels(found), overwrite=overwrite)
    if json:
        say_json({"clip": video, "pixels": [pixel_dict(one) for one in found], "outputs": output})
