"""Commands that hold results against the truth: `demo`, `score` and `score-masks`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

import stillplate
from stillplate.cli.log import say_json
from stillplate.cli.options import Json, Output, Overwrite, Quiet, Seed, typed_as
from stillplate.cli.progress import progress_bars
from stillplate.errors import ParameterError
from stillplate.io.address import as_path

__all__ = ["demo", "score", "score_masks"]


def demo(
    *,
    output: Annotated[
        str, typed_as("output", "Folder for the clip and all outputs; made if need be.", name=("--output", "-o"))
    ],
    seed: Seed = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Run the command `demo`; its help stands in `entry.COMMANDS`."""
    from stillplate.cli.demo import run

    if not output:
        raise ParameterError("the folder has an empty name: give one, or . for this folder")
    with progress_bars(quiet) as progress:
        result = run(as_path(output), seed=seed, overwrite=overwrite, progress=progress)
    if json:
        say_json({"folder": result.folder, "plate": asdict(result.plate), "masks": asdict(result.masks)})
    elif not quiet:
        print(result)


def score(
    plate: Annotated[str, Parameter(metavar="IMAGE", help="Image file of the plate to score.")],
    truth: Annotated[str, Parameter(metavar="IMAGE", help="Image file of the true background.")],
    /,
    *,
    valid: Annotated[Output, Parameter(metavar="IMAGE", help="Image file, white where pixels are scored.")] = None,
    json: Json = False,
) -> None:
    """Run the command `score`; its help stands in `entry.COMMANDS`."""
    from stillplate import metrics

    where = None if valid is None else stillplate.read_image(valid)[:, :, 0] > 127
    scores = metrics.plate_scores(stillplate.read_image(plate), stillplate.read_image(truth), where)
    if json:
        say_json({"plate": plate, **asdict(scores)})
        return
    print(f"AGE      {scores.age:8.3f} grey levels")
    print(f"pEPs     {scores.peps:8.3%}")
    print(f"pCEPs    {scores.pceps:8.3%}")
    print(f"PSNR     {scores.psnr:8.2f} dB")
    print(f"MS-SSIM  {scores.ms_ssim:8.4f}")
    print(f"CQM      {scores.cqm:8.2f} dB")


def score_masks(
    masks: Annotated[str, Parameter(help="Folder (or video) of masks, in the order of the truth.")],
    truth: Annotated[str, Parameter(help="Folder of true masks with CDnet's labels.")],
    /,
    *,
    json: Json = False,
) -> None:
    """Run the command `score-masks`; its help stands in `entry.COMMANDS`."""
    from stillplate import metrics

    counts = metrics.score_folder(masks, truth)
    if json:
        figures = {"precision": counts.precision, "recall": counts.recall, "f": counts.f}
        say_json({"masks": masks, **asdict(counts), **figures})
        return
    print(f"precision  {counts.precision:.4f}")
    print(f"recall     {counts.recall:.4f}")
    print(f"F          {counts.f:.4f}")
