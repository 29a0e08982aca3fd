"""The command line: parse, call, print. Each command is one library call, each option one of its keywords."""

from __future__ import annotations

import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TextIO, TypeVar

from cyclopts import App, CycloptsError, Parameter, Token
from cyclopts.config import Toml

import stillplate
from stillplate.config import check_toml, to_toml
from stillplate.errors import ParameterError, StillplateError, StillplateWarning
from stillplate.exclusion import parse_exclusion
from stillplate.files import PIPES, check_output
from stillplate.handoff import place_for
from stillplate.region import Region, parse_region
from stillplate.span import parse_time
from stillplate.video.images import check_suffix, is_image

if TYPE_CHECKING:
    from stillplate.sampling import Progress

__all__ = ["main"]

T = TypeVar("T")
UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}
INTERRUPTED, TERMINATED = 130, 143  # what a shell reports of a program ended by Ctrl-C, and by SIGTERM

app = App(
    name="stillplate",
    help="Give it a video; get the scene with nobody in it, and everything that moved, cut out.",
    help_format="plaintext",
    default_parameter=Parameter(negative=""),
    suppress_keyboard_interrupt=False,
)


app.meta.suppress_keyboard_interrupt = False


@app.meta.default
def _configured(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    config: Annotated[
        str | None,
        Parameter(help="TOML file of options, by their long names; the command line wins.", show_default=False),
    ] = None,
) -> None:
    if config is not None:
        check_toml(Path(config))
        app.config = (Toml(config, use_commands_as_keys=False, search_parents=False),)
    app(tokens, exit_on_error=False, print_error=False, result_action="return_value")


def _bytes(_: object, tokens: Sequence[Token]) -> int:
    text = tokens[0].value.upper().removesuffix("B")
    unit = UNITS.get(text[-1:], 1)
    try:
        return int(float(text[:-1] if unit > 1 else text) * unit)
    except (ValueError, OverflowError):
        raise ParameterError(f"--memory is {tokens[0].value!r}, but a size such as 512M or 2G is needed") from None


def _whole(_: object, tokens: Sequence[Token]) -> int:
    try:
        return int(tokens[0].value)
    except ValueError:
        name = tokens[0].keyword or "the pixel's place"
        raise ParameterError(f"{name} is {tokens[0].value!r}, but a whole number is needed") from None


def _time(_: object, tokens: Sequence[Token]) -> Fraction:
    return _naming(tokens[0], parse_time)


def _exclusions(_: object, tokens: Sequence[Token]) -> tuple[stillplate.Exclusion, ...]:
    return tuple(_naming(token, parse_exclusion) for token in tokens)


def _roi(_: object, tokens: Sequence[Token]) -> Region:
    return _naming(tokens[0], parse_region)


def _naming(token: Token, parse: Callable[[str], T]) -> T:
    """Parse an option's value; an error names the option."""
    try:
        return parse(token.value)
    except ParameterError as err:
        raise ParameterError(f"{token.keyword}: {err}") from err


def _weights(_: object, tokens: Sequence[Token]) -> tuple[float, ...]:
    try:
        return tuple(float(Fraction(token.value)) for token in tokens)
    except (ValueError, ZeroDivisionError):
        given = " ".join(token.value for token in tokens)
        raise ParameterError(f"--weights is {given!r}, but three numbers such as 1/3 1/3 1/3 are needed") from None


def _help(function: Callable[..., Any]) -> Callable[..., Parameter]:
    """Take the help of an option from the docstring of the library function that bears it."""
    lines = (function.__doc__ or "").splitlines()

    def option(name: str, /, **settings: Any) -> Parameter:
        at = next(number for number, line in enumerate(lines) if line.strip().startswith(f"{name} : "))
        return Parameter(help=lines[at + 1].strip(), **settings)

    return option


_render = _help(stillplate.render)
_pixel = _help(stillplate.inspect_pixel)
_batch = _help(stillplate.render_many)

Video = Annotated[str, Parameter(help="The clip: a video file, or a folder or glob of images.")]
Samples = Annotated[int, _render("samples", converter=_whole)]
Clusters = Annotated[int, _render("clusters", converter=_whole)]
Vote = Annotated[Literal["calm", "majority"], _render("vote")]
Light = Annotated[Literal["auto", "fixed", "varying"], _render("light")]
Camera = Annotated[Literal["auto", "static", "moving"], _render("camera")]
MotionFrom = Annotated[str | None, _render("motion_from", show_default=False)]
Seed = Annotated[int, _render("seed", converter=_whole)]
Memory = Annotated[int, _render("memory", converter=_bytes, n_tokens=1, show_default=lambda size: f"{size >> 20}M")]
Start = Annotated[Fraction | None, _render("start", converter=_time, show_default=False)]
End = Annotated[Fraction | None, _render("end", converter=_time, show_default=False)]
Exclude = Annotated[
    tuple[stillplate.Exclusion, ...], _render("exclude", converter=_exclusions, n_tokens=1, show_default=False)
]
Overwrite = Annotated[bool, _render("overwrite")]
Quiet = Annotated[bool, Parameter(help="Show no progress and no summary.")]
Output = Annotated[str | None, Parameter(show_default=False)]


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str], Progress] | None]:
    """Show a bar with rate and time left on a terminal; none elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.0f}/s"), TimeRemainingColumn(),
    )  # fmt: skip
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:

        def stage(name: str) -> Progress:
            task = bars.add_task(name, total=None, rate=0.0)

            def show(done: int, total: int | None) -> None:
                bars.update(task, completed=done, total=total, rate=bars.tasks[task].speed or 0.0)

            return show

        yield stage


@app.command
def plate(
    video: Video,
    /,
    *,
    output: Annotated[str, Parameter(("--output", "-o"), help="Image file for the plate.")],
    support: Annotated[Output, Parameter(help="Image file for the support: white where the plate is sure.")] = None,
    provenance: Annotated[
        Output,
        Parameter(
            help="Image file for the times of the samples that made the plate: from blue (start) to red (end), "
            "the brighter the more of them, black where the ground was never seen."
        ),
    ] = None,
    tool: Annotated[
        Literal["idtracker", "trex", "bmv2"] | None,
        Parameter(("--for",), help="Write it as idtracker.ai, TRex or Background Matting V2 loads its background."),
    ] = None,
    at: Annotated[
        Fraction | None,
        Parameter(
            help="Write the plate as the light shows it at this time: seconds (or [HH:]MM:SS) from the first frame.",
            converter=_time,
            show_default=False,
        ),
    ] = None,
    samples: Samples = 64,
    clusters: Clusters = 2,
    vote: Vote = "calm",
    light: Light = "auto",
    camera: Camera = "auto",
    motion_from: MotionFrom = None,
    memory: Memory = 2**30,
    seed: Seed = 0,
    start: Start = None,
    end: End = None,
    exclude: Exclude = (),
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Write the plate: the scene with nobody in it; and one for each state of light, where there are several."""
    with stillplate.open_video(video) as source:
        if tool is not None:
            output = str(place_for(tool, output, source.info))
        outputs = {"plate": output, "support": support, "provenance": provenance}
        owners: dict[Path, str] = {}
        for name, path in outputs.items():
            if path is None:
                continue
            other = owners.setdefault(Path(path).resolve(), name)
            if other != name:
                raise ParameterError(f"{path}: asked for as {other} and as {name}: give each a path of its own")
            check_suffix(Path(path))
            check_output(Path(path), overwrite=overwrite, source=source.info.path)
        with _progress(quiet) as progress:
            background = stillplate.fit(
                source, samples=samples, clusters=clusters, vote=vote, light=light, camera=camera,
                motion_from=motion_from, memory=memory, seed=seed, start=start, end=end, exclude=exclude, masks=False,
                progress=progress and progress("sample"),
            )  # fmt: skip
        image = background.plate.image
        if at is not None:
            image = background.view(stillplate.frame_at(source, at).image).image
        states = {} if at is not None or tool is not None else _beside(Path(output), background.states)
        for place in states:
            check_output(place, overwrite=overwrite, source=source.info.path)
    if tool is not None:
        stillplate.write_for(tool, image, output, source.info, overwrite=overwrite)
    else:
        stillplate.write_image(output, image, overwrite=overwrite)
    for place, state in states.items():
        stillplate.write_image(place, state.plate.image, overwrite=overwrite)
    if support is not None:
        levels = (background.plate.support * 255).round().astype("uint8")
        stillplate.write_image(support, levels, overwrite=overwrite)
    if provenance is not None:
        from stillplate.drawing import draw_provenance

        drawing = draw_provenance(background.plate, len(background.times))
        stillplate.write_image(provenance, drawing, overwrite=overwrite)


def _beside(path: Path, states: Sequence[stillplate.LightState]) -> dict[Path, stillplate.LightState]:
    """Name each state's plate after the plate: plate.state1.png."""
    return {path.with_suffix(f".state{number}{path.suffix}"): state for number, state in enumerate(states, 1)}


@app.command
def render(
    *videos: Annotated[
        str, Parameter(help="The clip, or several: video files, folders or globs of images, folders of clips.")
    ],
    output: Annotated[Output, _render("folder", name=("--output", "-o"))] = None,
    plate: Annotated[Output, _render("plate")] = None,
    mask: Annotated[Output, _render("mask")] = None,
    foreground: Annotated[Output, _render("foreground")] = None,
    cutout: Annotated[Output, _render("cutout")] = None,
    comparison: Annotated[Output, _render("comparison")] = None,
    report: Annotated[Output, _render("report")] = None,
    page: Annotated[Output, _render("page")] = None,
    composite: Annotated[Output, _render("composite")] = None,
    clean: Annotated[Output, _render("clean")] = None,
    stabilized: Annotated[Output, _render("stabilized")] = None,
    motion: Annotated[Output, _render("motion")] = None,
    objects: Annotated[Output, _render("objects")] = None,
    coco: Annotated[Output, _render("coco")] = None,
    yolo: Annotated[Output, _render("yolo")] = None,
    timeline: Annotated[Output, _render("timeline")] = None,
    events: Annotated[Output, _render("events")] = None,
    plate_from: Annotated[Output, _render("plate_from")] = None,
    samples: Samples = 64,
    clusters: Clusters = 2,
    vote: Vote = "calm",
    light: Light = "auto",
    camera: Camera = "auto",
    motion_from: MotionFrom = None,
    threshold: Annotated[float | None, _render("threshold")] = None,
    weights: Annotated[
        tuple[float, float, float],
        _render("weights", converter=_weights, n_tokens=3, show_default=lambda _: "1/3 1/3 1/3"),
    ] = (1 / 3, 1 / 3, 1 / 3),
    sensitivity: Annotated[float, _render("sensitivity")] = 1.0,
    shadows: Annotated[Literal["background", "foreground", "label"], _render("shadows")] = "background",
    cleanup: Annotated[Literal["none", "light", "default"], _render("cleanup")] = "default",
    memory: Memory = 2**30,
    seed: Seed = 0,
    start: Start = None,
    end: End = None,
    exclude: Exclude = (),
    roi: Annotated[Any, _render("roi", converter=_roi, n_tokens=1, show_default=False)] = None,
    audio: Annotated[bool, _render("audio", negative="--no-audio")] = True,
    jobs: Annotated[int, _batch("jobs", converter=_whole)] = 1,
    resume: Annotated[bool, _batch("resume")] = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    print_config: Annotated[
        bool, Parameter(help="Print the options in force as a file for --config, and do no more.")
    ] = False,
) -> None:
    """Write plate, mask, foreground, comparison and reports: all of them with -o DIR, or each by its own option.

    Of several clips each has a folder of its own in DIR, where the paths of outputs begin, and DIR/summary.csv a row.
    """
    options: dict[str, Any] = {
        "plate": plate, "mask": mask, "foreground": foreground, "cutout": cutout, "comparison": comparison,
        "report": report, "page": page, "composite": composite, "clean": clean, "stabilized": stabilized,
        "motion": motion, "objects": objects, "coco": coco, "yolo": yolo, "timeline": timeline, "events": events,
        "samples": samples, "clusters": clusters, "vote": vote, "light": light, "camera": camera,
        "motion_from": motion_from, "threshold": threshold, "weights": weights, "sensitivity": sensitivity,
        "shadows": shadows, "cleanup": cleanup, "memory": memory, "seed": seed, "start": start, "end": end,
        "exclude": exclude, "roi": roi, "plate_from": plate_from, "audio": audio, "overwrite": overwrite,
    }  # fmt: skip
    if print_config:
        print(to_toml({"output": output, **options, "jobs": jobs, "resume": resume, "quiet": quiet}), end="")
        return
    if not videos:
        raise ParameterError("no clip is given: name a video file, or a folder or glob of images")
    if len(videos) > 1 or jobs != 1 or resume or _is_tree(videos[0]):
        _render_many(videos, output, jobs=jobs, resume=resume, quiet=quiet, **options)
        return
    with _progress(quiet) as progress:
        result = stillplate.render(videos[0], output, progress=progress, **options)
    if not quiet and result.times and not any(path in PIPES for path in options.values()):
        place = "picture" if roi is None else "region"
        share = sum(result.foreground) / max(1, len(result.foreground))
        print(f"{len(result.times)} frames, threshold {result.threshold:.1f}, {share:.1%} of the {place} is foreground")


def _is_tree(path: str) -> bool:
    place = Path(path)
    return place.is_dir() and not any(is_image(one) for one in place.iterdir())


def _render_many(videos: Sequence[str], output: str | None, *, quiet: bool, **options: Any) -> None:
    """Render many clips, tell of each as it is done, and exit 1 if one failed."""
    if output is None:
        raise ParameterError("several clips need a folder for their outputs: give it with -o DIR")
    count = 0

    def tell(outcome: stillplate.Outcome, clips: int) -> None:
        nonlocal count
        count += 1
        if not quiet:
            ending = outcome.error or (f"{outcome.seconds:.1f} s" if outcome.state == "done" else "whole already")
            print(f"[{count}/{clips}] {outcome.state}: {_named(outcome.clip, ending)}", flush=True)

    outcomes = stillplate.render_many(videos, output, done=tell, **options)
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    for outcome in failed:
        print(f"stillplate: {_named(outcome.clip, outcome.error)}", file=sys.stderr)
    if failed:
        sys.exit(1)


def _named(clip: Path, told: str) -> str:
    return told if told.startswith(f"{clip}: ") else f"{clip}: {told}"


@app.command
def check(
    video: Video,
    /,
    *,
    output: Annotated[Output, Parameter(("--output", "-o"), help="JSON file for the same figures.")] = None,
    samples: Samples = 64,
    clusters: Clusters = 2,
    vote: Vote = "calm",
    light: Light = "auto",
    camera: Camera = "auto",
    motion_from: MotionFrom = None,
    memory: Memory = 2**30,
    seed: Seed = 0,
    start: Start = None,
    end: End = None,
    exclude: Exclude = (),
    overwrite: Overwrite = False,
) -> None:
    """Tell how far the clip is what the method takes it for: movement, light, camera, samples, what stood still."""
    with stillplate.open_video(video) as source:
        if output is not None:
            check_output(Path(output), overwrite=overwrite, source=source.info.path)
        with _progress(quiet=False) as progress:
            background = stillplate.fit(
                source, samples=samples, clusters=clusters, vote=vote, light=light, camera=camera,
                motion_from=motion_from, memory=memory, seed=seed, start=start, end=end, exclude=exclude,
                progress=progress and progress("sample"),
            )  # fmt: skip
    found = background.assumptions
    assert found is not None  # a new background has them
    if output is not None:
        found.save(Path(output), overwrite=overwrite)
    print(*found.lines(), *background.stays, sep="\n")


@app.command
def pixel(
    video: Video,
    x: Annotated[int, Parameter(help="Column of the pixel, from 0 at the left.", converter=_whole)],
    y: Annotated[int, Parameter(help="Row of the pixel, from 0 at the top.", converter=_whole)],
    /,
    *,
    output: Annotated[str, Parameter(("--output", "-o"), help="Image file for the drawing.")],
    samples: Samples = 64,
    clusters: Clusters = 2,
    vote: Vote = "calm",
    light: Light = "auto",
    memory: Memory = 2**30,
    seed: Seed = 0,
    start: Start = None,
    end: End = None,
    exclude: Exclude = (),
    overwrite: Overwrite = False,
) -> None:
    """Draw one pixel's samples, their clusters and the colour chosen."""
    from stillplate.drawing import draw_pixel

    check_suffix(Path(output))
    with stillplate.open_video(video) as source:
        check_output(Path(output), overwrite=overwrite, source=source.info.path)
        history = stillplate.inspect_pixel(
            source, x, y, samples=samples, clusters=clusters, vote=vote, light=light, memory=memory, seed=seed,
            start=start, end=end, exclude=exclude,
        )  # fmt: skip
    stillplate.write_image(output, draw_pixel(history), overwrite=overwrite)


@app.command
def demo(
    *,
    output: Annotated[str, Parameter(("--output", "-o"), help="Folder for the clip and all outputs; made if need be.")],
    seed: Seed = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Make a synthetic street, run the main job on it and tell how close it comes to the truth."""
    from stillplate.demo import run

    with _progress(quiet) as progress:
        result = run(Path(output), seed=seed, overwrite=overwrite, progress=progress)
    if not quiet:
        print(result)


@app.command
def score(
    plate: Annotated[str, Parameter(help="Image file of the plate to score.")],
    truth: Annotated[str, Parameter(help="Image file of the true background.")],
    /,
    *,
    valid: Annotated[Output, Parameter(help="Image file, white where pixels are scored.")] = None,
) -> None:
    """Score a plate against the true background: AGE, pEPs, pCEPs, PSNR, MS-SSIM, CQM."""
    from stillplate import metrics

    where = None if valid is None else stillplate.read_image(valid)[:, :, 0] > 127
    scores = metrics.plate_scores(stillplate.read_image(plate), stillplate.read_image(truth), where)
    print(f"AGE      {scores.age:8.3f} grey levels")
    print(f"pEPs     {scores.peps:8.3%}")
    print(f"pCEPs    {scores.pceps:8.3%}")
    print(f"PSNR     {scores.psnr:8.2f} dB")
    print(f"MS-SSIM  {scores.ms_ssim:8.4f}")
    print(f"CQM      {scores.cqm:8.2f} dB")


@app.command
def score_masks(
    masks: Annotated[str, Parameter(help="Folder (or video) of masks, in the order of the truth.")],
    truth: Annotated[str, Parameter(help="Folder of true masks with CDnet's labels.")],
    /,
) -> None:
    """Score masks against true ones by CDnet's rules: precision, recall, F."""
    from stillplate import metrics

    counts = metrics.score_folder(masks, truth)
    print(f"precision  {counts.precision:.4f}")
    print(f"recall     {counts.recall:.4f}")
    print(f"F          {counts.f:.4f}")


def _warn(
    message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    print(f"stillplate: warning: {message}", file=sys.stderr)


def main() -> None:
    """Run the command line: exit 0 when done, 2 with one line on stderr when the input was wrong, 130 on Ctrl-C.

    Of several clips 1 if one failed; 143 on SIGTERM, as tidily as on Ctrl-C.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    warnings.simplefilter("once", StillplateWarning)
    warnings.showwarning = _warn
    app.config = ()
    try:
        tokens = [PIPES[1] if token == PIPES[0] else token for token in sys.argv[1:]]  # for cyclopts, - is an option
        app.meta(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except (StillplateError, CycloptsError) as err:
        error: BaseException | None = err if isinstance(err, StillplateError) else err.__cause__
        line = " ".join(str(error if isinstance(error, StillplateError) else err).split())
        print(f"stillplate: {line}", file=sys.stderr)
        sys.exit(2)
    except OSError as err:
        print(f"stillplate: {err.filename or 'the system'}: {err.strerror or err}: check the path", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("stillplate: interrupted: nothing is left half-written", file=sys.stderr)
        sys.exit(INTERRUPTED)
