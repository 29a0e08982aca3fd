"""The plate in the form that trackers and matting programs load as their background."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from stillplate.arrays import Image
from stillplate.background.background import Background
from stillplate.background.fit import fit_background
from stillplate.background.options import StillPlateOptions
from stillplate.errors import ParameterError
from stillplate.io.address import as_path
from stillplate.io.images import write_image
from stillplate.io.source import FrameSource, VideoInfo
from stillplate.sampling.gather import Progress
from stillplate.sampling.options import SamplingOptions

__all__ = ["TOOLS", "fit_for", "place_for", "write_for"]


@dataclass(frozen=True, slots=True)
class Tool:
    """The form of background that a program loads.

    Attributes
    ----------
    name : str
        Name of the file, with {} for the clip's name without its suffix.
    grey : bool
        Whether the program compares luma.
    fixed : bool
        Whether the program loads only a file of that name.
    """

    name: str
    grey: bool
    fixed: bool = False


TOOLS = {
    "idtracker": Tool("{}_background.png", grey=True),
    "trex": Tool("average_{}.png", grey=True, fixed=True),
    "bmv2": Tool("{}_bgr.png", grey=False),
}


def place_for(tool: str, path: str | os.PathLike[str], info: VideoInfo) -> Path:
    """Return the path of the plate: the tool's file name in a folder, or the path itself.

    Parameters
    ----------
    tool : "idtracker", "trex" or "bmv2"
        idtracker.ai, TRex with TGrabs, or Background Matting V2.
    path : path
        A folder (one that exists, or with a closing slash), or a PNG file.
    info : VideoInfo
        The clip's.

    Raises
    ------
    ParameterError
        If the tool is unknown, or loads only a file of another name.
    """
    if tool not in TOOLS:
        raise ParameterError(f"for is {tool!r}, but one of {', '.join(TOOLS)} is needed")
    wanted = TOOLS[tool].name.format(Path(info.name).stem)
    if os.fspath(path).endswith(("/", os.sep)) or as_path(path).is_dir():
        return as_path(path) / wanted
    if TOOLS[tool].fixed and Path(path).name != wanted:
        raise ParameterError(f"{path}: {tool} looks for {wanted}: give that name, or the folder that it is to lie in")
    return as_path(path)


def fit_for(tool: str, source: FrameSource, *, progress: Progress | None = None, **options: Any) -> Background:
    """Fit the background of a clip for another program, by all options of `fit` that make the plate.

    Raises
    ------
    ParameterError
        If the camera moves; as soon as that is known.
    """
    sampling = SamplingOptions(**{one.name: options.pop(one.name) for one in fields(SamplingOptions)})
    plate = StillPlateOptions(**options, masks=False, still_for=tool).checked()
    return fit_background(source, sampling, plate, progress=progress)


def write_for(
    tool: str, plate: Image, path: str | os.PathLike[str], info: VideoInfo, *, overwrite: bool = False
) -> Path:
    """Write a plate as the background of another program, and return its path.

    Parameters
    ----------
    tool : "idtracker", "trex" or "bmv2"
        idtracker.ai, TRex with TGrabs, or Background Matting V2.
    plate : uint8 array of shape (H, W, 3), RGB
        Of the size of the clip's frames.
    path : path
        A folder, in which the file gets the tool's name, or a PNG file.
    info : VideoInfo
        The clip's.
    overwrite : bool
        Replace an existing file.

    Returns
    -------
    Path
        Path of the file: grey (BT.601 luma, 8 bits) for trackers, in colour for matting.

    Raises
    ------
    ParameterError
        If the tool is unknown, the plate is not of the clip's size, or a file would be overwritten.
    EncodeError
        If the file cannot be written.
    """
    import cv2

    place = place_for(tool, path, info)
    if plate.shape[:2] != (info.height, info.width):
        raise ParameterError(
            f"the plate is {plate.shape[1]}x{plate.shape[0]}, but {tool} needs one of the clip's size, "
            f"{info.width}x{info.height}: its camera must stand still; if it moves, render the clip with "
            "stabilized=FILE first, and take the plate of that file"
        )
    grey = np.asarray(cv2.cvtColor(plate, cv2.COLOR_RGB2GRAY), np.uint8) if TOOLS[tool].grey else plate
    write_image(place, grey, overwrite=overwrite)
    return place
