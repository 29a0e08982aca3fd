"""A synthetic street through the whole job, scored against its truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stillplate import metrics, synthetic
from stillplate.arrays import Image
from stillplate.io.atomic import check_output
from stillplate.io.images import write_image
from stillplate.io.opening import open_sink, open_video
from stillplate.io.phases import log_phase
from stillplate.rendering.drawing import contact_sheet
from stillplate.rendering.output_specs import IN_FOLDER
from stillplate.rendering.render import render
from stillplate.sampling.gather import Progress
from stillplate.segmentation import composite

__all__ = ["DemoResult", "run"]

CLIP, SHEET = "street.mp4", "contact_sheet.png"
SHEET_ROWS = 4


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo made and how close it came.

    Attributes
    ----------
    folder : Path
        Where everything lies.
    plate : PlateScores
        The plate against the true one.
    masks : MaskCounts
        The written masks against the true ones, over all frames.
    frames : int
        Length of the clip.
    """

    folder: Path
    plate: metrics.PlateScores
    masks: metrics.MaskCounts
    frames: int

    def __str__(self) -> str:
        files = ", ".join((*IN_FOLDER.values(), SHEET))
        return (
            f"made {self.folder / CLIP}: {self.frames} frames of a street with walkers, vehicles and sensor noise\n"
            f"made from it, in {self.folder}: {files}\n"
            f"plate against the truth: AGE {self.plate.age:.2f} grey levels, "
            f"{self.plate.peps:.2%} of the pixels more than 20 off\n"
            f"masks against the truth: F {self.masks.f:.3f} "
            f"(precision {self.masks.precision:.3f}, recall {self.masks.recall:.3f})\n"
            f"open {self.folder / IN_FOLDER['page']} in a browser; the first picture to look at:\n"
            f"{self.folder / SHEET}"
        )


def run(
    folder: Path, *, seed: int = 0, overwrite: bool = False, progress: Callable[[str], Progress] | None = None
) -> DemoResult:
    """Make the clip, render it, score the outputs and lay out a contact sheet.

    Parameters
    ----------
    folder : Path
        Where to write; made if need be.
    seed : int
        Of the street and of the sampling.
    overwrite : bool
        Replace outputs that exist.
    progress : callable, optional
        As for `stillplate.render`.

    Returns
    -------
    DemoResult
    """
    clip = synthetic.street(seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (CLIP, SHEET, *IN_FOLDER.values()):
        check_output(folder / name, overwrite=overwrite)
    info = clip.info
    log_phase("draw street")
    with open_sink(str(folder / CLIP), info.width, info.height, info.rate, channels=3, overwrite=overwrite) as sink:
        for frame in clip:
            sink.write(frame.image, frame.time)
    result = render(folder / CLIP, folder, seed=seed, overwrite=overwrite, progress=progress)
    log_phase("score")
    counts = metrics.MaskCounts(0, 0, 0, 0)
    rows: list[list[Image]] = []
    every = len(result.times) // SHEET_ROWS
    with open_video(folder / CLIP) as frames, open_video(folder / IN_FOLDER["mask"]) as masks:
        for frame, written in zip(frames, masks, strict=True):
            mask = written.image[:, :, 0] > 127
            counts += metrics.mask_counts(mask, clip.mask(frame.index).view(np.uint8) * np.uint8(255))
            if frame.index % every == every // 2:
                plate = result.background.plate.image
                rows.append([frame.image, plate, written.image, composite.foreground(frame.image, mask)])
    sheet = contact_sheet(rows, ("frame", "plate", "mask", "foreground"))
    write_image(folder / SHEET, sheet, overwrite=overwrite)
    return DemoResult(
        folder, metrics.plate_scores(result.background.plate.image, clip.plate), counts, len(result.times)
    )
