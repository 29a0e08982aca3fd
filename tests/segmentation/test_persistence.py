"""What persists in time counts, what flickers does not."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.kernels import BitMask
from stillplate.segmentation.persistence import persistent, reach, steadied

Masks = npt.NDArray[np.bool_]

HEIGHT, WIDTH = 60, 80


def naive_persistent(nearby: Sequence[Masks], here: int, length: int) -> Masks:
    """Each pixel and each run by itself."""
    found = np.zeros(nearby[here].shape, np.bool_)
    for y, x in np.ndindex(found.shape):
        for first in range(here - length + 1, here + 1):
            run = range(first, first + length)
            if first >= 0 and run[-1] < len(nearby):
                found[y, x] |= all(nearby[frame][y, x] for frame in run if frame != here)
    return found


def naive_reach(found: Masks) -> Masks:
    """Each square that fits into what is found, grown by its side less one."""
    near = np.zeros_like(found)
    for side in (3, 5, 9, 17):
        for y, x in np.ndindex(found.shape[0] - side + 1, found.shape[1] - side + 1):
            if found[y : y + side, x : x + side].all():
                near[max(0, y - side + 1) : y + 2 * side - 1, max(0, x - side + 1) : x + 2 * side - 1] = True
    return near


def naive_steadied(
    before: Masks, mask: Masks, after: Masks, ratio: npt.NDArray[np.float32], cut: Masks, further: Masks
) -> Masks:
    """Each pixel by itself, then each region of eight neighbours."""
    either, both, filled = before | after, before & after, mask.copy()
    for y, x in np.ndindex(mask.shape):
        if both[y, x] and (ratio[y, x] > 1 or cut[y, x]):
            filled[y, x] = True
        if both[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].any() and not either[y, x] and ratio[y, x] <= 1.6:
            filled[y, x] = False
    kept, wide, waiting = np.zeros_like(filled), reach(either).mask(), filled.copy()
    for start in np.ndindex(mask.shape):
        region, edge = set[tuple[int, ...]](), {start} if waiting[start] else set[tuple[int, ...]]()
        while edge:
            y, x = edge.pop()
            waiting[y, x] = False
            region.add((y, x))
            around = product(range(max(0, y - 1), y + 2), range(max(0, x - 1), x + 2))
            edge |= {(v, u) for v, u in around if v < mask.shape[0] and u < mask.shape[1] and waiting[v, u]}
        near = any(
            further[y, x] or wide[y, x] or either[max(0, y - 4) : y + 5, max(0, x - 4) : x + 5].any() for y, x in region
        )
        for y, x in region:
            kept[y, x] = near or len(region) >= 0.002 * mask.size
    return kept


def packed(masks: Sequence[Masks]) -> list[BitMask]:
    return [BitMask.of(mask) for mask in masks]


def rectangle(left: int, top: int, width: int, height: int) -> Masks:
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[top : top + height, left : left + width] = True
    return mask


@pytest.mark.parametrize("length", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("frames", [1, 2, 6, 11])
def test_runs_against_the_plain_twin(length: int, frames: int) -> None:
    nearby = list(np.random.default_rng(0).random((frames, 7, 9)) < 0.8)

    for here in range(frames):
        assert np.array_equal(persistent(packed(nearby), here, length).mask(), naive_persistent(nearby, here, length))


@pytest.mark.parametrize("here", [0, 2, 5])
def test_an_object_that_enters_or_leaves_persists(here: int) -> None:
    """Frames 2 to 6 of a clip show it: each of them is in one run of five."""
    nearby = [np.full((1, 1), 2 <= frame <= 6) for frame in range(9)]

    assert persistent(packed(nearby), here, 5).mask().item() == (2 <= here <= 6)


def test_nothing_persists_in_fewer_frames_than_a_run_has() -> None:
    assert not persistent(packed([np.ones((3, 4), np.bool_)] * 4), 1, 5).any()


@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_reach_against_the_plain_twin(share: float) -> None:
    """Away from the image's edge, where squares that lie half outside are taken to fit."""
    found = np.random.default_rng(1).random((HEIGHT, WIDTH)) < share
    found[:18], found[-18:], found[:, :18], found[:, -18:] = False, False, False, False

    assert np.array_equal(reach(found).mask(), naive_reach(found))


def test_reach_grows_with_width() -> None:
    """A line of 2 pixels is gone, a leaf of 3 grows by 2, a car of 20 by 16."""
    assert not reach(rectangle(30, 20, 2, 20)).any()
    assert np.array_equal(reach(rectangle(30, 20, 3, 3)).mask(), rectangle(28, 18, 7, 7))
    assert np.array_equal(reach(rectangle(30, 20, 20, 20)).mask(), rectangle(14, 4, 52, 52))


def steady(before: Masks, mask: Masks, after: Masks, evidence: float = 0.0) -> Masks:
    return steadied(before, mask, after, np.full(mask.shape, evidence, np.float32))


def test_a_flicker_of_one_frame_goes() -> None:
    walker, flicker = rectangle(10, 10, 8, 20), rectangle(60, 40, 3, 3)

    assert np.array_equal(steady(walker, walker | flicker, walker), walker)


def test_what_comes_and_goes_stays_in_all_frames() -> None:
    """The gaps of every second frame are closed, so what is in the others must not go."""
    walker, blinking = rectangle(10, 10, 8, 20), rectangle(60, 40, 3, 3)
    weak = np.full(walker.shape, 1.1, np.float32)

    assert np.array_equal(steadied(walker, walker | blinking, walker, weak, None, walker | blinking), walker | blinking)
    assert np.array_equal(steadied(walker | blinking, walker, walker | blinking, weak, None, walker), walker | blinking)


def test_a_small_object_that_moves_by_its_size_stays() -> None:
    before, bird, after = (rectangle(left, 20, 4, 3) for left in (30, 37, 44))

    assert np.array_equal(steady(before, bird, after), bird)


def test_a_large_object_of_one_frame_stays() -> None:
    nothing, lorry = rectangle(0, 0, 0, 0), rectangle(20, 20, 5, 5)

    assert np.array_equal(steady(nothing, lorry, nothing), lorry)


@pytest.mark.parametrize(("evidence", "closed"), [(1.1, True), (0.9, False)])
def test_a_gap_of_one_frame_closes_if_its_evidence_is_weak(evidence: float, closed: bool) -> None:
    walker, gap = rectangle(10, 10, 8, 20), rectangle(12, 15, 4, 4)

    steadied_mask = steady(walker, walker & ~gap, walker, evidence)

    assert np.array_equal(steadied_mask, walker if closed else walker & ~gap)


def test_a_cast_shadow_that_is_cut_too_deep_in_one_frame() -> None:
    """What both neighbours keep of a thing stays; what they cut, too, does not come back."""
    car, shadow, deeper = rectangle(10, 10, 30, 20), rectangle(10, 30, 30, 6), rectangle(10, 26, 30, 10)
    none = np.zeros(car.shape, np.float32)

    assert np.array_equal(steadied(car, car & ~deeper, car, none, deeper | shadow), car)
    assert np.array_equal(steadied(car, car & ~deeper, car, none), car & ~deeper)


@pytest.mark.parametrize(("evidence", "cut"), [(1.5, True), (1.7, False)])
def test_an_edge_of_one_frame_is_cut_unless_its_evidence_is_strong(evidence: float, cut: bool) -> None:
    """A pixel wide, and no wider: more is no jitter of the edge."""
    walker, wide = rectangle(10, 10, 8, 20), rectangle(9, 9, 10, 22)

    assert np.array_equal(steady(walker, wide, walker, evidence), walker if cut else wide)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.5, 1.0])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (13, 7), (40, 30)])
def test_steadied_against_the_plain_twin(share: float, height: int, width: int) -> None:
    random = np.random.default_rng(3)
    before, mask, after, further = random.random((4, height, width)) < share
    ratio, cut = random.uniform(0, 3, (height, width)).astype(np.float32), random.random((height, width)) < 0.3
    nowhere = np.zeros_like(cut)
    of_three, of_five = steadied(before, mask, after, ratio), steadied(before, mask, after, ratio, cut, further)

    assert np.array_equal(of_three, naive_steadied(before, mask, after, ratio, nowhere, nowhere))
    assert np.array_equal(of_five, naive_steadied(before, mask, after, ratio, cut, further))
