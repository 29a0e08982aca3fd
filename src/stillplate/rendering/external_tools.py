"""The plate as trackers and matting programs load their background."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stillplate.arrays import Image
from stillplate.errors import ParameterError
from stillplate.io.images import write_image
from stillplate.io.source import VideoInfo

__all__ = ["TOOLS", "place_for", "write_for"]


@dataclass(frozen=True, slots=True)
class Tool:
    """What a program wants.

    Attributes
    ----------
    name : str
        Of the file, with {} for the clip's own, less its suffix.
    grey : bool
        Whether it compares luma.
    fixed : bool
        Whether it looks for that name.
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
    """Tell where the plate goes: under the tool's own name in a folder, or at the path given.

    Parameters
    ----------
    tool : "idtracker", "trex" or "bmv2"
        idtracker.ai, TRex with TGrabs, or Background Matting V2.
    path : path
        A folder (one that exists, or with a closing slash), or a PNG file.
    info : VideoInfo
        Of the clip.

    Raises
    ------
    ParameterError
        If there is no such tool, or the file has another name than the tool looks for.
    """
    if tool not in TOOLS:
        raise ParameterError(f"for is {tool!r}, but one of {', '.join(TOOLS)} is needed")
    wanted = TOOLS[tool].name.format(Path(info.name).stem)
    if os.fspath(path).endswith(("/", os.sep)) or Path(path).is_dir():
        return Path(path) / wanted
    if TOOLS[tool].fixed and Path(path).name != wanted:
        raise ParameterError(f"{path}: {tool} looks for {wanted}: give that name, or the folder that it is to lie in")
    return Path(path)


def write_for(
    tool: str, plate: Image, path: str | os.PathLike[str], info: VideoInfo, *, overwrite: bool = False
) -> Path:
    """Write a plate as another program loads its background.

    Parameters
    ----------
    tool : "idtracker", "trex" or "bmv2"
        idtracker.ai, TRex with TGrabs, or Background Matting V2.
    plate : uint8 array of shape (H, W, 3), RGB
        As large as the clip.
    path : path
        A folder, in which it gets the tool's own name, or a PNG file.
    info : VideoInfo
        Of the clip.
    overwrite : bool
        Replace a file that exists.

    Returns
    -------
    Path
        Where it is: grey (BT.601 luma, 8 bits) for trackers, in colour for matting.

    Raises
    ------
    ParameterError
        If there is no such tool, the plate is not of the clip's size, or something would be lost.
    EncodeError
        If it cannot be written.
    """
    import cv2

    place = place_for(tool, path, info)
    if plate.shape[:2] != (info.height, info.width):
        raise ParameterError(
            f"the plate is {plate.shape[1]}x{plate.shape[0]}, but {tool} needs one of the clip's size, "
            f"{info.width}x{info.height}: its camera must stand still"
        )
    grey = np.asarray(cv2.cvtColor(plate, cv2.COLOR_RGB2GRAY), np.uint8) if TOOLS[tool].grey else plate
    write_image(place, grey, overwrite=overwrite)
    return place
