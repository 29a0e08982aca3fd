"""What is in front of the plate: all steps of a frame in one call of the core."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from stillplate import kernels
from stillplate.arrays import Floats, Image
from stillplate.imaging.morphology import radius
from stillplate.kernels import BitMask, CastShadows, FoundLimits, FrameMaps, OtherLights, Reaches
from stillplate.segmentation.cast_profile import CHANGE, FLAT, LEVELS
from stillplate.segmentation.cast_shadows import CASTER_AREA, RIM, SHADOW_SPREAD
from stillplate.segmentation.cleanup import HOLE, LEAST, REACH, SEED
from stillplate.segmentation.edges import inside_of, rim_of
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.faint_shade import DEEP, MOSTLY, POWER
from stillplate.segmentation.found import Found
from stillplate.segmentation.options import MaskOptions
from stillplate.segmentation.shadows import BRIGHTEST, ENCLOSED, shade_limits, window_of
from stillplate.segmentation.soft_shade import CLEAR, EVERY, LIGHT, VEIL

__all__ = ["find_at_once"]


def find_at_once(
    evidence: Evidence,
    smooth_plate: Image | None,
    weights: tuple[Floats, Floats],
    specks: Floats | None,
    lasting: BitMask | None,
    options: MaskOptions,
    smallest: float | None,
    cast: CastShadows | None,
    lights: OtherLights | None,
) -> Found | None:
    """Find the regions of one frame.

    Parameters
    ----------
    evidence : Evidence
    smooth_plate : uint8 array of shape (h, w, 3), RGB, or None
        The plate, `smoothed`; None where that is not known yet.
    weights : two float32 arrays of shape (h, w)
        Quietness, and sure level, as for `Evidence.trust`.
    specks : float32 array of shape (h, w), 1 / pixels, or None
        1 / least area of a region.
    lasting : BitMask, optional
        Where faint evidence counts.
    options : MaskOptions
        Checked; shadows are not labelled.
    smallest : float, optional
        Least size of a region, in pixels.
    cast : CastShadows, optional
        Shadows that things cast.
    lights : OtherLights, optional
        Where the scene has several.

    Returns
    -------
    Found or None
        As `Observation.found` finds it. None where the levels of light within shade are to be told apart first.
    """
    height, width = evidence.ratio.shape
    reaches, shade, limits = _limits(height, width)
    shadows = options.shadows != "foreground"
    found = kernels.find_objects(
        FrameMaps(
            evidence.image, evidence.plate, smooth_plate, evidence.ratio,
            evidence.faint if lasting is not None else None, evidence.smooth_difference, *weights, specks,
        ),
        lasting if evidence.faint is not None else None, inside_of(evidence),
        (reaches, shade, limits if smallest is None else limits._replace(least=smallest)),
        shadows=shadows, closed=options.cleanup == "default", cast=cast if shadows else None,
        lights=lights,
    )  # fmt: skip
    if found is None:
        return None
    joined = replace(evidence, ratio=found.ratio, risen=found.risen)
    return Found(found.mask, found.shadow, joined, found.whole, cut=found.cut)


@cache
def _limits(height: int, width: int) -> tuple[Reaches, kernels.ShadeLimits, FoundLimits]:
    pixels = height * width
    near, rim, beside = (radius(part * width) for part in (REACH, RIM, REACH / 2))
    reaches = Reaches(EVERY, window_of(width), near, rim, beside, rim_of(width))
    limits = FoundLimits(
        seed=SEED, caster_area=CASTER_AREA, spread=SHADOW_SPREAD, levels_least=LEAST * pixels, clear=CLEAR, veil=VEIL,
        levels=LEVELS, change=CHANGE, flat=FLAT, deepest=LIGHT[0], brightest=LIGHT[1], power=POWER, deep=DEEP,
        mostly=MOSTLY, least=LEAST * pixels, hole=HOLE * pixels, enclosed=ENCLOSED,
    )  # fmt: skip
    return reaches, shade_limits(BRIGHTEST), limits
