"""Reasons to doubt a result as a whole, as sentences that say what to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import pi, sqrt
from typing import Any

from stillplate.background.background import Background
from stillplate.io.phases import log_phase
from stillplate.io.source import FrameSource
from stillplate.sampling.gather import Progress

__all__ = ["find_doubts", "shows_movement"]


MOSTLY = 0.5  # share of the plate: if more is uncertain, the result as a whole is doubtful
WIDELY = 0.25  # share of the image: specks on a smaller share do not make the result doubtful


def find_doubts(
    background: Background,
    moves: bool | None = None,
    options: Mapping[str, Any] | None = None,
    frames: int | None = None,
) -> tuple[str, ...]:
    """Return the reasons to doubt a result as a whole, with what to try.

    Parameters
    ----------
    background : Background
    moves : bool, optional
        Whether any frame has foreground; None if no mask was computed.
    options : mapping of str to value, optional
        Options in force, by the keywords of `render`; its defaults if not given.
    frames : int, optional
        Number of frames to sample from, if it is known.

    Returns
    -------
    tuple of str
        A sentence for each reason: no frame has foreground; the ground of some frames was not told apart from what
        moves; most of the plate is uncertain; small regions are left out of masks on a quarter of the image or more, as
        snow, rain or glints. Empty if there is no reason.
    """
    given = options or {}
    ground = _doubt_ground(background, given)
    still = "" if moves is not False or ground else _doubt_movement(background, given)
    return tuple(filter(None, (still, ground, _doubt_plate(background, frames), _doubt_specks(background, given))))


def shows_movement(background: Background, frames: FrameSource, progress: Progress | None = None) -> bool:
    """Return whether any frame that made the plate has foreground; frames are read until one has.

    Parameters
    ----------
    background : Background
        As `fit` made it, with masks.
    frames : FrameSource
        The clip that the background was fitted to.
    progress : callable, optional
        Called with the number of frames compared so far and the number of all.
    """
    log_phase("mask")
    for count, frame in enumerate(frames.take(background.indices), start=1):
        if background.mask(frame.image, frame.index).any():
            return True
        if progress:
            progress(count, len(background.indices))
    return False


def _doubt_movement(background: Background, options: Mapping[str, Any]) -> str:
    """Return the sentence for a clip without foreground."""
    found = background.assumptions
    try_these = ["--sensitivity 2 for what is faint"]
    if options.get("threshold") is not None:
        try_these = [f"a --threshold under {options['threshold']:g}"]
    if background.noise.specks is not None or options.get("min_size") is not None:
        try_these.append("a small --min-size for what is small")
    if background.light is not None or background.flicker is not None:
        try_these.append("--light fixed, if it was taken for light")
    if background.camera is None and found is not None and found.camera.figure is None:
        try_these.append("--camera moving, if the camera moves")
    where = "" if background.roi is None else " in the region"
    return f"nothing was found that moves{where}: if something does, try {_listed(try_these)}"


def _doubt_ground(background: Background, options: Mapping[str, Any]) -> str:
    """Return the sentence for frames whose ground was not told apart; empty if there are none, or the plate decides."""
    shares = background.motion_shares
    if shares is None or not shares.unclear or options.get("threshold") is not None:
        return ""
    masks = "carried from frames beside them, or empty" if options.get("temporal") else "empty"
    return (
        f"in {len(shares.unclear)} of {len(shares)} frames the ground was not told apart from what moves, and their "
        f"masks are {masks}: choose a part of the clip without them with --start, --end and --trim, or try "
        "--threshold, by which the plate alone decides"
    )


def _doubt_plate(background: Background, frames: int | None) -> str:
    """Return the sentence for a plate that is mostly uncertain; empty if it is not."""
    if not background.indices:  # an imported plate
        return ""
    sureness = background.sureness
    if 1 - sureness.certain <= MOSTLY:
        return ""
    more, found = 2 * len(background.indices), background.assumptions
    few = found is None or "--samples" in found.samples.advice  # else enough show the ground, or every frame was read
    samples = f"more samples (--samples {more}) or " if few and (frames is None or frames >= more) else ""
    also = "" if background.camera is not None else "another clip of the same place with --also, "
    return (
        f"{1 - sureness.certain:.0%} of the plate is not certain, {sureness.never_seen:.1%} was never seen: try "
        f"{samples}a longer clip, {also}and --exclude for what stands before the ground"
    )


def _doubt_specks(background: Background, options: Mapping[str, Any]) -> str:
    """Return the sentence for specks on a large share of the image; empty if there are none or an option decides."""
    specks = background.noise.specks
    given = [options.get(name) for name in ("min_size", "threshold")]
    if specks is None or any(one is not None for one in given) or options.get("cleanup", "default") != "default":
        return ""
    share = float((specks > 0).mean())
    if share < WIDELY:
        return ""
    width, height = background.size
    across = sqrt(float(specks.max()) * width * height * 4 / pi)
    return (
        f"on {share:.0%} of the picture small regions come and go as snow, rain or glints do: those of up to "
        f"{across:.0f} pixels across are left out of masks; --min-size, in pixels, decides it otherwise"
    )


def _listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence, joined by commas and "or"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])}, or {words[-1]}"
