"""Quality of lossy video: one scale from 0 to 100, and the options of each encoder for it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from stillplate.errors import ParameterError

__all__ = ["LOSSLESS", "LOSSY", "SCALES", "Quality", "as_quality", "lossless_encoding", "quality_options"]

Quality = float | str | None
LOSSLESS = "lossless"
SCALES: Mapping[str, tuple[float, float]] = {
    "libx264": (51, 1), "libvpx-vp9": (63, 1), "prores_ks": (32, 1), "mjpeg": (31, 2),
}  # fmt: skip
"""The encoder's quantiser or CRF at quality 0 and at quality 100."""
LOSSY = {*SCALES, "dnxhd"}
"""Codecs that change pictures; the size of a DNxHR frame is fixed by its profile, so its quality is, too."""
PRORES_UNIT = 118  # FFmpeg's units per step of the quantiser
LOSSLESS_ENCODINGS: Mapping[str, Mapping[int, tuple[str, str, Mapping[str, str]]]] = {
    "libx264": {
        1: ("libx264", "gray", {"preset": "ultrafast", "qp": "0"}),
        3: ("libx264rgb", "rgb24", {"preset": "ultrafast", "qp": "0"}),
    },
    "libvpx-vp9": {
        channels: ("libvpx-vp9", "gbrp", {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "lossless": "1"})
        for channels in (1, 3)
    },
}
"""For each codec and number of channels: the lossless encoder, its pixel format and its options."""


def as_quality(quality: Quality) -> float | str | None:
    """Return a checked quality: a number from 0 to 100, also given as text, "lossless", or None for the default.

    Raises
    ------
    ParameterError
        If it is none of these.
    """
    if quality is None or quality == LOSSLESS:
        return quality
    try:
        number = float(quality)
    except ValueError:
        number = -1.0
    if not (isfinite(number) and 0 <= number <= 100):
        raise ParameterError(f"quality is {quality}, but a number, 0 to 100 (the best), or {LOSSLESS} is needed")
    return number


def quality_options(codec: str, quality: float) -> dict[str, str]:
    """Return the encoder's options for a quality from 0 to 100; none for a codec whose quality is fixed."""
    if codec not in SCALES:
        return {}
    worst, best = SCALES[codec]
    level = round(worst + (best - worst) * quality / 100)  # linear interpolation
    match codec:
        case "libx264":
            return {"crf": str(level), "qp": "-1"}
        case "libvpx-vp9":
            return {"crf": str(level), "b": "0"}
        case "prores_ks":
            return {"global_quality": str(level * PRORES_UNIT)}
        case _:
            return {"qmin": str(level), "qmax": str(level)}


def lossless_encoding(codec: str, channels: int) -> tuple[str, str, Mapping[str, str]] | None:
    """Return encoder, pixel format and options that keep every bit; None if the codec has no lossless form."""
    return LOSSLESS_ENCODINGS.get(codec, {}).get(channels)
