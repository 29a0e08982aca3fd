"""Averages of evidence along the flow, along shifts that are known."""

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.segmentation.along_flow import averaged_along_flow

Floats = npt.NDArray[np.float32]
Flows = list[npt.NDArray[np.float16] | None]

SHAPE, FRAMES = (20, 40), 7
SIZES = [(1, 1), (1, 9), (7, 1), (13, 17)]
KEPT = 0.95  # share that is carried from a frame to the next
STEP = (2, -1)  # pixels that all moves from a frame to the next


def even(size: tuple[int, int], level: float) -> Floats:
    return np.full(size, level, np.float32)


def flows(forward: tuple[float, float], backward: tuple[float, float], count: int = FRAMES) -> tuple[Flows, Flows]:
    """The same displacement everywhere, from each frame to the next, and to the one before."""
    there, back = (np.broadcast_to(np.array(one, np.float16), (*SHAPE, 2)) for one in (forward, backward))
    return [*[there] * (count - 1), None], [None, *[back] * (count - 1)]


def block(frame: int, first: int = 0) -> tuple[slice, slice]:
    """Where the block lies, of 6x6 pixels that lay in the middle in the first frame."""
    x, y = (STEP[axis] * (frame - first) for axis in (0, 1))
    return slice(9 + y, 15 + y), slice(12 + x, 18 + x)


def seen_once(frame: int) -> list[Floats | None]:
    """Evidence of motion in one frame, in the block; of ground elsewhere, and in all others."""
    evidence: list[Floats | None] = [even(SHAPE, 0) for _ in range(FRAMES)]
    one = even(SHAPE, 0)
    one[block(frame)] = 1
    evidence[frame] = one
    return evidence


def means(averages: list[Floats | None]) -> list[float]:
    """Mean within the block of each frame; all its pixels are alike."""
    known = [(frame, one) for frame, one in enumerate(averages) if one is not None]
    assert all(np.ptp(one[block(frame)]) < 1e-5 for frame, one in known)
    return [float(one[block(frame)].mean()) for frame, one in known]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("level", [0, 0.3, 1])
def test_constant_evidence_stays(size: tuple[int, int], level: float) -> None:
    random = np.random.default_rng(0)
    there, back = (random.normal(0, 2, (*size, 2)).astype(np.float16) for _ in range(2))
    averages = averaged_along_flow([even(size, level)] * 4, [there] * 3 + [None], [None] + [back] * 3)

    for one in averages:
        assert one is not None
        assert one.dtype == np.float32
        assert one.shape == size
        assert one == pytest.approx(level, abs=1e-5)


def test_no_flow_no_change() -> None:
    random = np.random.default_rng(0)
    evidence = [random.random(SHAPE, np.float32) for _ in range(3)]
    averages = averaged_along_flow(evidence, [None] * 3, [None] * 3)

    for own, one in zip(evidence, averages, strict=True):
        assert one == pytest.approx(own, abs=1e-5)


def test_no_frames() -> None:
    assert averaged_along_flow([], [], []) == []


@pytest.mark.parametrize("seen", [0, 3, 6])
def test_evidence_of_one_frame_is_carried_along_to_all(seen: int) -> None:
    """By hand: it weighs as much as two frames of ground, and .95 as much with each frame in between."""
    averages = averaged_along_flow(seen_once(seen), *flows(STEP, (-STEP[0], -STEP[1])))
    expected = []
    for frame in range(FRAMES):
        weights = [KEPT ** abs(frame - other) * (1.0 if other == seen else 0.5) for other in range(FRAMES)]
        expected.append(weights[seen] / sum(weights))

    assert means(averages) == pytest.approx(expected, abs=1e-4)
    for frame, one in enumerate(averages):
        assert one is not None
        assert sorted(expected)[0] > 0.1
        rest = one.copy()
        rest[block(frame)] = 0
        assert rest.max() < 1e-5


def test_farther_frames_get_less() -> None:
    found = means(averaged_along_flow(seen_once(3), *flows(STEP, (-STEP[0], -STEP[1]))))

    assert found[3] > found[2] > found[1] > found[0]
    assert found[3] > found[4] > found[5] > found[6]


def test_evidence_is_outvoted_by_ground() -> None:
    """Seen in all frames it is sure; in all but one, it is nearly so there."""
    evidence = seen_once(3)
    for frame, one in enumerate(evidence):
        assert one is not None
        one[block(frame)] = frame != 3
    found = means(averaged_along_flow(evidence, *flows(STEP, (-STEP[0], -STEP[1]))))

    assert all(0.75 < one < 1 for one in found)
    assert min(found) == found[3]


@pytest.mark.parametrize("unknown", [2, 4])
def test_an_unknown_frame_breaks_the_chain(unknown: int) -> None:
    evidence = seen_once(3)
    evidence[unknown] = None
    averages = averaged_along_flow(evidence, *flows(STEP, (-STEP[0], -STEP[1])))

    assert [one is None for one in averages] == [frame == unknown for frame in range(FRAMES)]
    for frame, one in enumerate(averages):
        if one is not None:
            assert bool(one.max() > 0.1) == ((frame < unknown) == (unknown > 3))


def test_unknown_flow_breaks_the_chain() -> None:
    """Between frames 4 and 5; on either side, evidence is carried on."""
    forward, backward = flows(STEP, (-STEP[0], -STEP[1]))
    forward[4] = backward[5] = None
    found = means(averaged_along_flow(seen_once(3), forward, backward))

    assert min(found[:5]) > 0.1
    assert max(found[5:]) == 0


def test_all_unknown() -> None:
    assert averaged_along_flow([None] * 3, [None] * 3, [None] * 3) == [None] * 3


def test_flows_that_contradict_one_another_carry_nothing() -> None:
    evidence = seen_once(3)
    averages = averaged_along_flow(evidence, *flows((4, 0), (4, 0)))

    for own, one in zip(evidence, averages, strict=True):
        assert one == pytest.approx(own, abs=1e-5)


def test_a_small_gap_carries_less() -> None:
    """A gap of a pixel, exp(-1 / 0.5) of the weight; of a long flow, more: exp(-1 / (0.5 + 0.02 · 100))."""
    parts = {}
    for long in (0, 10):
        forward, backward = flows((long, 0), (1 - long, 0))
        evidence: list[Floats | None] = [even(SHAPE, 0), even(SHAPE, 1)]
        first = averaged_along_flow(evidence, [forward[0], None], [None, backward[1]])[0]
        assert first is not None
        parts[long] = first[10, 5]
    weights = {long: KEPT * np.exp(-1 / (0.5 + 0.02 * long**2)) for long in parts}

    for long, part in parts.items():
        assert part == pytest.approx(weights[long] / (0.5 + weights[long]), abs=1e-4)


def test_what_comes_from_outside_brings_nothing() -> None:
    """Sure motion everywhere in the next frame, and a flow that leads out of it at the right."""
    evidence: list[Floats | None] = [even(SHAPE, 0), even(SHAPE, 1)]
    forward, backward = flows((10, 0), (-10, 0))
    first = averaged_along_flow(evidence, [forward[0], None], [None, backward[1]])[0]

    assert first is not None
    assert first[:, :29].min() > 0.5
    assert not first[:, 30:].any()
