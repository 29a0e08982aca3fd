"""Planes of FFmpeg's frames, filled with masks and RGB images for an encoder."""

from __future__ import annotations

from collections.abc import Sequence

from stillplate.arrays import AnyArray, Image
from stillplate.io import colour

__all__ = ["fill_planes"]


def fill_planes(planes: Sequence[AnyArray], image: Image, pixels: str, luma: colour.Luma) -> None:
    """Fill the planes of a frame to be encoded.

    Parameters
    ----------
    planes : sequence of uint8 or uint16 arrays
        Those of the frame; written to.
    image : uint8 array of shape (H, W), (H, W, 3), RGB, or (H, W, 4), RGBA
        Of even height and width where chroma has half of them.
    pixels : str
        FFmpeg's name of the pixel format, of `formats.FORMATS`.
    luma : (float, float)
        Weights of red and blue in Y′.
    """
    if not pixels.startswith("yuv"):
        for plane, part in zip(planes, _parts(image, pixels), strict=True):
            plane[...] = part
        return
    full, bits = pixels.startswith("yuvj"), 10 if pixels.endswith("10le") else 8
    if image.ndim == 2:
        colour.fill_from_grey(image, planes, full=full, bits=bits)
        return
    if "420" in pixels:
        colour.fill_half_chroma(image[:, :, :3], planes[:3], luma, full=full)
    else:
        parts = colour.planes_from_rgb(image[:, :, :3], luma, full=full, bits=bits)
        if "422" in pixels:
            parts = [parts[0], *map(colour.halved_across, parts[1:])]
        for plane, part in zip(planes[:3], parts, strict=True):
            plane[...] = part
    for alpha in planes[3:]:
        alpha[...] = colour.deepened(image[:, :, 3], bits)


def _parts(image: Image, pixels: str) -> Sequence[AnyArray]:
    """Return what goes to each plane of a format of grey or RGB."""
    if pixels == "gbrp":
        red, green, blue = (image,) * 3 if image.ndim == 2 else (image[:, :, part] for part in range(3))
        return [green, blue, red]
    return [colour.bgra(image)] if pixels in ("bgr0", "bgra") else [image]
