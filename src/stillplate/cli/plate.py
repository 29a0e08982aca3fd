"""The command `plate`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy.typing as npt
from cyclopts import Parameter

import stillplate
from stillplate.background.depth import is_deep
from stillplate.cli.groups import OUTPUTS
from stillplate.cli.log import say, say_json
from stillplate.cli.many import clips_of, is_folder, is_tree, own_place, run_each, within
from stillplate.cli.options import (
    FIT_OPTIONS,
    Jobs,
    Json,
    Output,
    Overwrite,
    Quiet,
    Videos,
    help_of,
    typed_as,
    with_keywords,
)
from stillplate.cli.progress import progress_bars
from stillplate.cli.summary import tell_doubts
from stillplate.errors import ParameterError
from stillplate.imaging.rectangle import Rectangle
from stillplate.io.address import as_path
from stillplate.io.atomic import check_not_among, check_output, resolve_links
from stillplate.io.images import check_suffix
from stillplate.io.opening import SourceLike, opened
from stillplate.io.source import SourceOfFiles
from stillplate.rendering.batch import check_apart
from stillplate.rendering.clips import Clip, check_names
from stillplate.rendering.outputs import check_suffixes, output_folder
from stillplate.sampling.gather import Progress
from stillplate.sampling.span import Span, frames_in

if TYPE_CHECKING:
    from stillplate.background.background import Background

__all__ = ["plate"]


@dataclass(frozen=True, slots=True)
class PlateTold:
    """What became of the plate of one clip: a text, what is doubtful about it, and figures."""

    text: str
    doubts: tuple[str, ...]
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlateRequest:
    """The options of `plate` for each clip, with those of opening it and of `fit` in groups."""

    tool: str | None
    at: Fraction | None
    depth: str
    crop: Any
    overwrite: bool
    opening: dict[str, Any]
    fitting: dict[str, Any]


@with_keywords(stillplate.render, ("depth", "crop", *FIT_OPTIONS))
def plate(
    *videos: Videos,
    output: Annotated[
        str,
        typed_as(
            "output",
            "Image file for the plate, or a folder: one a clip, named after it.",
            name=("--output", "-o"),
            metavar="IMAGE",
        ),
    ],
    support: Annotated[Output, typed_as("plate", "Image file for the support: white where the plate is sure.")] = None,
    provenance: Annotated[
        Output,
        typed_as(
            "plate",
            "Image file for the times of the samples that made the plate: from blue (start) to red (end), "
            "the brighter the more of them, black where the ground was never seen.",
        ),
    ] = None,
    save_background: Annotated[
        Output, typed_as("save_background", help_of(stillplate.render, "save_background"))
    ] = None,
    tool: Annotated[
        Literal["idtracker", "trex", "bmv2"] | None,
        Parameter(
            ("--for",),
            group=OUTPUTS,
            metavar="TOOL",
            help="Write it as idtracker.ai, TRex or Background Matting V2 loads its background.",
        ),
    ] = None,
    at: Annotated[
        Fraction | None,
        typed_as(
            "start",
            "Write the plate as the light shows it at this time: seconds (or [HH:]MM:SS) from the first frame.",
            group=OUTPUTS,
        ),
    ] = None,
    jobs: Jobs = 1,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    json: Json = False,
    **options: Any,
) -> None:
    """Run the command `plate`; its help stands in `entry.COMMANDS`."""
    clips = clips_of(videos, output if is_folder(output) else None)
    several = len(clips) > 1 or is_tree(videos, clips)
    folder = output if tool is not None and is_folder(output) else None
    if tool is None:
        output = within(output, ".png") or output
    outputs = {
        "output": output, "support": support, "provenance": provenance, "save_background": save_background,
    }  # fmt: skip
    opening = {name: options.pop(name) for name in ("fps", "levels")}
    request = PlateRequest(tool, at, options.pop("depth"), options.pop("crop"), overwrite, opening, options)
    if several:
        check_names(clips)
        check_apart({**outputs, "output": output if folder is None else None}, clips)
    with output_folder(folder):
        if several:
            tell = _tell_figures if json else _quietly if quiet else _tell_of_clip
            run_each(clips, _plate_one, {"request": request}, outputs, jobs, tell)
            return
        places: dict[str, Any] = {name: own_place(path, clips[0].name) for name, path in outputs.items()}
        with progress_bars(quiet) as progress:
            told = _plate_one(clips[0].source, request=request, **places, progress=progress)
    if json:
        _tell_figures(clips[0], told)
    elif not quiet:
        _tell(told)


def _tell_of_clip(clip: Clip, told: PlateTold) -> None:
    _tell(told, f"{clip.path}: ")


def _tell_figures(clip: Clip, told: PlateTold) -> None:
    say_json({"clip": clip.path, **told.figures, "doubts": told.doubts})


def _quietly(clip: Clip, told: object) -> None:
    """Tell nothing."""


def _tell(told: PlateTold, clip: str = "") -> None:
    """Print what was written to standard output, and what is doubtful to standard error."""
    say(told.text)
    tell_doubts(told.doubts, clip)


def _plate_one(
    video: SourceLike,
    *,
    output: str,
    support: str | None,
    provenance: str | None,
    save_background: str | None,
    request: PlateRequest,
    progress: Callable[[str], Progress] | None = None,
) -> PlateTold:
    """Write the plate of one clip; return what was written, and what is doubtful about it."""
    tool, at, depth, overwrite = request.tool, request.at, request.depth, request.overwrite
    if tool is not None and request.crop is not None:
        raise ParameterError(f"--crop is given, but {tool} needs a plate of the clip's size: leave one of them out")
    with opened(video, **request.opening) as source:
        if tool is not None:
            from stillplate.rendering.external_tools import place_for

            output = str(place_for(tool, output, source.info))
        outputs = {
            "plate": output, "support": support, "provenance": provenance, "save_background": save_background,
        }  # fmt: skip
        owners: dict[str, str] = {}
        for name, path in outputs.items():
            if path is None:
                continue
            other = owners.setdefault(resolve_links(path), name)
            if other != name:
                raise ParameterError(f"{path}: asked for as {other} and as {name}: give each a path of its own")
            if name == "save_background":
                check_suffixes({name: path})
            else:
                check_suffix(Path(path))
            check_output(as_path(path), overwrite=overwrite, source=source.info.path)
        if isinstance(source, SourceOfFiles):
            check_not_among((as_path(path) for path in outputs.values() if path), source.files)
        frames = frames_in(source.info, Span.of(request.fitting["start"], request.fitting["end"]))
        deep = is_deep(depth, Path(output), source)
        if deep and (tool is not None or at is not None):
            deep = _refuse(depth, "at" if tool is None else "for")
        background = _fit(tool, masks=save_background is not None)(
            source, **request.fitting, progress=progress and progress("sample")
        )
        states: Sequence[npt.NDArray[Any]] = [state.plate.image for state in background.states]
        image: npt.NDArray[Any] = background.plate.image
        if deep:
            from stillplate.background.deep_plate import deep_plates

            states = deep_plates(
                background, source, memory=request.fitting["memory"], progress=progress and progress("deepen")
            )
            image, states = states[0], states if background.states else []
        if at is not None:
            image = background.view(stillplate.frame_at(source, at).image).image
        from stillplate.background.crop import crop_of

        part = crop_of(request.crop, background) or Rectangle(0, 0, *image.shape[1::-1])
        image, states = part.of(image), [part.of(state) for state in states]
        beside = {} if at is not None or tool is not None else _beside(as_path(output), states)
        for place in beside:
            check_output(place, overwrite=overwrite, source=source.info.path)
    if tool is not None:
        stillplate.write_for(tool, image, output, source.info, overwrite=overwrite)
    else:
        stillplate.write_image(output, image, overwrite=overwrite)
    for place, state in beside.items():
        stillplate.write_image(place, state, overwrite=overwrite)
    if support is not None:
        shares = (part.of(background.plate.support) * 255).round().astype("uint8")
        stillplate.write_image(support, shares, overwrite=overwrite)
    if provenance is not None:
        from stillplate.rendering.drawing import draw_provenance

        drawing = draw_provenance(background.plate, len(background.times))
        stillplate.write_image(provenance, part.of(drawing), overwrite=overwrite)
    if save_background is not None:
        background.save(save_background, overwrite=overwrite)
    from stillplate.background.doubts import find_doubts

    further = [str(path) for path in (*beside, support, provenance, save_background) if path is not None]
    more = ", ".join(further)
    written = f"{output} written: {background.sureness}" + (f"; also written: {more}" if more else "")
    if background.assumptions is not None and background.assumptions.never_seen:
        written += f"\n{background.assumptions.never_seen}"
    figures = {**asdict(background.sureness), "outputs": [output, *further]}
    return PlateTold(written, find_doubts(background, frames=frames), figures)


def _fit(tool: str | None, *, masks: bool) -> Callable[..., Background]:
    """Return the function that fits the background, for a tool if there is one; for masks, too, if they are wanted."""
    if tool is None:
        return partial(stillplate.fit, masks=masks)
    from stillplate.rendering.external_tools import fit_for

    return partial(fit_for, tool)


def _refuse(depth: str, option: str) -> bool:
    """Return False, because --at and --for write 8 bits; raise ParameterError if 16 are demanded."""
    if depth == "16":
        raise ParameterError(f"--depth is 16, but --{option} writes a plate of 8 bits: leave one of them out")
    return False


def _beside(path: Path, plates: Sequence[npt.NDArray[Any]]) -> dict[Path, npt.NDArray[Any]]:
    """Return the plate of each light state by its path: plate.state1.png."""
    return {path.with_suffix(f".state{number}{path.suffix}"): plate for number, plate in enumerate(plates, 1)}
