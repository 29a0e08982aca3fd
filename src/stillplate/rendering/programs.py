"""The programs that outputs are laid out for, and what each takes: names, codecs, the meaning of alpha."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stillplate.errors import ParameterError
from stillplate.io.codecs import SUFFIX
from stillplate.rendering.output_specs import IN_FOLDER, PLACED, VIDEOS

__all__ = ["PROGRAMS", "Program", "names_in_folder", "program_named"]


@dataclass(frozen=True, slots=True)
class Program:
    """What a program takes.

    Attributes
    ----------
    videos : mapping of str to str
        File name of each video in the folder of all outputs, by its output.
    codecs : mapping of int to str
        Codec of a .mov file, by the number of channels.
    premultiplied : bool
        Whether it takes colours that are multiplied by their alpha.
    lossless : tuple of str
        The videos of which it needs every bit.
    """

    videos: Mapping[str, str]
    codecs: Mapping[int, str] = field(default_factory=dict)
    premultiplied: bool = False
    lossless: tuple[str, ...] = ()


MOVIES = {name: f"{name}.mov" for name in ("clean", "cutout", "mask")}
PRORES = {1: "prores422hq", 3: "prores422hq", 4: "prores4444"}
PROGRAMS = {
    "resolve": Program(MOVIES, PRORES),
    "premiere": Program(MOVIES, PRORES),
    "nuke": Program({name: f"{name}/{name}.%04d.exr" for name in MOVIES}, PRORES, premultiplied=True),
    "propainter": Program({"frames": "frames/%06d.png", "removal": "masks/%06d.png"}),
    "diffueraser": Program({"frames": "video.mp4", "removal": "mask.mp4"}, lossless=("removal",)),
    "corridorkey": Program({"frames": "Input/%06d.png", "hint": "AlphaHint/%06d.png"}),
}


def program_named(name: str) -> Program:
    """Return the program of a name.

    Raises
    ------
    ParameterError
        If there is none.
    """
    if name not in PROGRAMS:
        raise ParameterError(f"for is {name!r}, but one of {', '.join(PROGRAMS)} is needed")
    return PROGRAMS[name]


def names_in_folder(program: str | None, codec: str | None) -> dict[str, str]:
    """Return the name of each file in the folder of all outputs, by its output; of those in `PLACED`, too.

    Parameters
    ----------
    program : str, optional
        One of `PROGRAMS`, whose videos lie there in place of the usual ones.
    codec : str, optional
        Of the videos, which then have its suffix.
    """
    names = IN_FOLDER | PLACED
    if program is not None:
        others = {name: path for name, path in names.items() if name not in VIDEOS or name in PLACED}
        names = others | dict(program_named(program).videos)
    if codec is None and (program is None or not program_named(program).codecs):
        return names
    return {name: path.removesuffix(".mp4") + SUFFIX if path.endswith(".mp4") else path for name, path in names.items()}
