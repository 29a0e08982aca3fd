"""The native core under odd arrays: any shape, stride and type ends in a result or in an error of ours.

`make sanitize` runs it, and the kernels' own tests, with AddressSanitizer and UndefinedBehaviorSanitizer built in.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillplate import kernels

Array = npt.NDArray[Any]
Draw = Callable[..., Any]
Call = Callable[[], object]

REFUSED = (ValueError, TypeError)  # ParameterError is a ValueError
TYPES = (np.uint8, np.bool_, np.float32, np.float64, np.int32, np.uint16)
MANY = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


def made(draw: Draw, shape: tuple[int, ...], dtype: type[np.generic]) -> Array:
    """An array of about that shape and type, laid out in memory somehow; now and then another one."""
    if draw(st.integers(0, 9)) == 0:
        dtype = draw(st.sampled_from(TYPES))
    if draw(st.integers(0, 9)) == 0:
        shape = tuple(draw(st.lists(st.integers(0, 5), min_size=0, max_size=4)))
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    layout = draw(st.sampled_from(("plain", "stepped", "reversed", "fortran", "read-only", "offset")))
    if not shape:
        return np.zeros((), dtype)
    if layout == "stepped":
        array = _filled(random, (*shape[:-1], 2 * shape[-1]), dtype)[..., ::2]
    elif layout == "reversed":
        array = _filled(random, shape, dtype)[::-1]
    elif layout == "fortran":
        array = np.asfortranarray(_filled(random, shape, dtype))
    elif layout == "offset":
        array = _filled(random, (shape[0] + 1, *shape[1:]), dtype)[1:]
    else:
        array = _filled(random, shape, dtype)
    array.flags.writeable = layout != "read-only"
    return array


def _filled(random: np.random.Generator, shape: tuple[int, ...], dtype: type[np.generic]) -> Array:
    kind = np.dtype(dtype).kind
    if kind == "f":
        levels = random.normal(0, 100, shape)
        odd = random.random(shape)
        levels[odd < 0.02] = np.nan
        levels[odd > 0.98] = np.inf
        return levels.astype(dtype)
    return random.integers(0, 2 if kind == "b" else 256, shape).astype(dtype)


def size(draw: Draw) -> tuple[int, int]:
    return draw(st.integers(0, 40)), draw(st.integers(0, 70))


@MANY
@given(st.data())
def test_dominant_cluster(data: st.DataObject) -> None:
    draw = data.draw
    (height, width), count = size(draw), draw(st.integers(0, 70))
    images = made(draw, (count, height, width, 3), np.uint8)
    weights = draw(st.sampled_from((None, np.float32)))
    valid = draw(st.sampled_from((None, np.bool_)))
    makers = draw(st.sampled_from((None, np.uint8)))
    try:
        colour, support, noise = kernels.dominant_cluster(
            images,
            clusters=draw(st.integers(-1, 10)),
            weights=weights and made(draw, (count, height, width), weights),
            valid=valid and made(draw, (count, height, width), valid),
            merge=draw(st.floats(width=32)),
            makers=makers and made(draw, (height, width, -(-count // 8)), makers),
            threads=draw(st.integers(1, 4)),
        )
    except REFUSED:
        return
    assert colour.shape == (*images.shape[1:3], 3)
    assert support.shape == noise.shape == images.shape[1:3]


@MANY
@given(st.data())
def test_cluster(data: st.DataObject) -> None:
    draw = data.draw
    samples = made(draw, (draw(st.integers(0, 70)), draw(st.integers(0, 90)), 3), np.uint8)
    try:
        members, _ = kernels.cluster(samples, clusters=draw(st.integers(-1, 10)), threads=draw(st.integers(1, 4)))
    except REFUSED:
        return
    assert members.shape[-2:] == samples.shape[:2] or members.size == samples.shape[0] * samples.shape[1]


@MANY
@given(st.data())
def test_patch_agreement(data: st.DataObject) -> None:
    draw = data.draw
    (height, width), count = size(draw), draw(st.integers(0, 40))
    pictures = made(draw, (count, height, width, 3), np.uint8)
    votes = made(draw, (count, height, width), np.float32)
    try:
        kernels.patch_agreement(
            pictures, votes, full=draw(st.integers(-2, 300)), sharpness=draw(st.floats(width=32)),
            own=draw(st.booleans()), most=draw(st.integers(-1, 200)), threads=draw(st.integers(1, 4)),
        )  # fmt: skip
    except REFUSED:
        return


@MANY
@given(st.data())
def test_comparisons(data: st.DataObject) -> None:
    draw = data.draw
    shape = (*size(draw), 3)
    image, plate = made(draw, shape, np.uint8), made(draw, shape, np.uint8)
    threshold: Any = draw(st.floats(width=32)) if draw(st.booleans()) else made(draw, shape[:2], np.float32)
    out, coloured = made(draw, shape[:2], np.bool_), made(draw, shape, np.uint8)
    weights = draw(st.lists(st.floats(width=32), min_size=2, max_size=4))
    calls: tuple[Call, ...] = (
        lambda: kernels.difference(image, plate, weights),
        lambda: kernels.mask(image, plate, threshold, weights, out=out),
        lambda: kernels.mask_foreground(image, plate, threshold, weights, out=(out, coloured)),
        lambda: kernels.foreground(image, out, out=coloured),
    )
    for call in calls:
        try:
            call()
        except REFUSED:
            continue


@MANY
@given(st.data())
def test_evidence(data: st.DataObject) -> None:
    draw = data.draw
    height, width = size(draw)
    image, plate = (made(draw, (height, width, 3), np.uint8) for _ in range(2))
    maps = [made(draw, (height, width), np.float32) for _ in range(4)]
    factors, weights = made(draw, (6, height, width), np.float32), made(draw, (draw(st.integers(0, 20)),), np.float32)
    reach, step, share = draw(st.integers(-1, 40)), draw(st.integers(-1, 9)), draw(st.floats(0, 1, width=32))
    pair, two = (maps[1], maps[2]), (share, share)
    near = kernels.Nearness((reach, step), two, step, (two, two), (1, reach))
    exposure = kernels.Exposure((8, 247), 1, 3, (12, 4, 0.75), share, ((0.6, 1.6), (-40, 40)))

    def thresholds() -> kernels.Thresholds:
        return kernels.Thresholds(weights, pair, pair, (factors, maps[0], maps[3]))

    calls: tuple[Call, ...] = (
        lambda: kernels.compare(image, plate, weights, colour=True, factors=factors),
        lambda: kernels.local_ratio(maps[0], pair, reach=reach, share=share, weight=share),
        lambda: kernels.local_ratio(maps[0], pair, reach=reach, share=share, weight=share, beside=maps[3]),
        lambda: kernels.faint_ratio(
            maps[0], maps[3], pair, reach=(reach, step), every=step, shares=two, usual=(two, two), weight=share
        ),
        lambda: kernels.weigh_frame(image, plate, thresholds(), near, share),
        lambda: kernels.match_frame(image, plate, step, exposure, two, thresholds(), near, share),
        lambda: kernels.downscale(image, step),
        lambda: kernels.robust_gain(image, plate, step, exposure),
    )  # fmt: skip
    for call in calls:
        try:
            call()
        except REFUSED:
            continue


@MANY
@given(st.data())
def test_shading(data: st.DataObject) -> None:
    draw = data.draw
    height, width = size(draw)
    shape = (height, width, 3)
    image, plate = made(draw, shape, np.uint8), made(draw, shape, np.uint8)
    flags, more = made(draw, shape[:2], np.bool_), made(draw, shape[:2], np.bool_)
    light = made(draw, shape[:2], np.float32)
    limits = kernels.ShadeLimits(*(draw(st.floats(width=32)) for _ in kernels.ShadeLimits._fields))
    limits = limits._replace(cell=draw(st.integers(-1, 9)), lines=draw(st.integers(-1, 40)))
    window, reach, share = draw(st.integers(-1, 9)), draw(st.integers(-1, 40)), draw(st.floats(width=32))
    both, depth = (image, plate), np.full(16, share, np.float32)
    cast = kernels.CastLimits(share, share, share, share, share, share, reach, window, share)
    calls: tuple[Call, ...] = (
        lambda: kernels.shade(both, both, flags, limits, window=window, reach=reach),
        lambda: kernels.find_uncast(
            flags, more, flags, light, rim=reach, reach=window, caster_area=share, spread=share
        ),
        lambda: kernels.cast_shadow(image, plate, flags, kernels.CastShadows(np.ones(3, np.float32), depth, cast)),
    )
    for call in calls:
        try:
            call()
        except REFUSED:
            continue


@MANY
@given(st.data())
def test_masks_edges_and_small_regions(data: st.DataObject) -> None:
    draw = data.draw
    (height, width), factor = size(draw), draw(st.sampled_from((1, 2, 4, 3, 0, -1)))
    image, plate = made(draw, (height, width, 3), np.uint8), made(draw, (height, width, 3), np.uint8)
    small = (-(-height // max(1, factor)), -(-width // max(1, factor)))
    mask, whole = made(draw, small, np.bool_), made(draw, small, np.bool_)
    levels, table = made(draw, small, np.float32), made(draw, (256, 3), np.uint8)
    inside = kernels.Inside(levels, draw(st.sampled_from((None, levels))), draw(st.integers(-1, 5)), 0.05, 0.45)
    try:
        kernels.trim_edges(mask, inside, rim=draw(st.integers(-1, 40)), hole=3)
        kernels.solid_regions(levels, levels, seed=1.6, closed=True, reach=draw(st.integers(-1, 40)), least=3, hole=3)
        evidence = kernels.SmallEvidence(levels, levels, levels, mask, whole, mask)
        smalls = (
            evidence,
            kernels.SmallLimits(fewest=1, seed=1.6, clear=4, least=1, around=draw(st.integers(0, 9)), part=0.45),
        )
        steps, specks = kernels.Upsampling(factor, 0.5, 0.4), made(draw, (height, width), np.float32)
        full = kernels.finish_mask((mask, whole), inside, (image, plate, table), steps, smalls, specks)
    except REFUSED:
        return
    assert full.shape == image.shape[:2]


@MANY
@given(st.data())
def test_smooth_grid(data: st.DataObject) -> None:
    draw = data.draw
    shape = (*draw(st.lists(st.integers(0, 9), min_size=1, max_size=4)), draw(st.sampled_from((1, 30, 600))))
    grid = made(draw, shape, np.float32)
    weights = [made(draw, (draw(st.integers(0, 34)),), np.float32) for _ in shape]
    try:
        smooth = kernels.smooth_grid(grid, weights, threads=draw(st.integers(1, 4)))
    except REFUSED:
        return
    assert smooth.shape == grid.shape


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_threads_share_nothing(threads: int) -> None:
    """The same bytes from every number of threads, again and again."""
    images = np.random.default_rng(1).integers(0, 256, (33, 40, 60, 3)).astype(np.uint8)
    first = [part.tobytes() for part in kernels.dominant_cluster(images, threads=1)]
    for _ in range(10):
        assert [part.tobytes() for part in kernels.dominant_cluster(images, threads=threads)] == first
