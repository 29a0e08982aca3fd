"""What moves by itself, from flows that are drawn: a plane or two surfaces, and a disc that moves on them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.camera.neighbour_flow import NeighbourFlow
from stillplate.segmentation.independent_motion import edge_on_plane, independent_motion, is_flat

Floats = npt.NDArray[np.floating]
Masks = npt.NDArray[np.bool_]
Pairs = Sequence[tuple[NeighbourFlow, NeighbourFlow]]

SHAPE = (135, 240)
SIZES = [(1, 1), (1, 9), (7, 1), (13, 17)]
OWN = (6.0, -2.0)  # pixels of the image: motion of the disc from a frame to the next
LIKELY, UNLIKELY = 0.9, 0.02  # likelihoods of what is found and what is not


def flow_of(residual: Floats, covered: Masks | None = None) -> NeighbourFlow:
    """The flow of a camera that stands; the map has half of the image's columns."""
    shown = np.ones(residual.shape[:2], np.bool_) if covered is None else covered
    on_plane = np.linalg.norm(residual, axis=2) <= 1
    return NeighbourFlow((residual / 2).astype(np.float16), residual.astype(np.float32), shown, on_plane)


def disc(x: float, y: float, radius: float) -> Masks:
    rows, columns = np.indices(SHAPE)
    return np.asarray(np.hypot(columns - x, rows - y) <= radius)


def pairs_of(x: float, y: float, radius: float, ground: Floats | None = None) -> Pairs:
    """The flow to the frame after, and back, then the flow to the frame before, and back."""
    ground = np.zeros((*SHAPE, 2)) if ground is None else ground
    pairs = []
    for sign in (1, -1):
        there, back = sign * ground, -sign * ground
        there[disc(x, y, radius)] = sign * np.array(OWN)
        back[disc(x + sign * OWN[0] / 2, y + sign * OWN[1] / 2, radius)] = -sign * np.array(OWN)
        pairs.append((flow_of(there), flow_of(back)))
    return pairs


def halves() -> Floats:
    """A far surface, which the plane follows, and a near one to the right, which moves faster."""
    ground = np.zeros((*SHAPE, 2))
    ground[:, 120:] = 5, 1
    return ground


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("radius", [1, 2, 6, 12, 30])
def test_a_disc_on_a_plane_is_found(radius: int, flat: bool) -> None:
    inside = disc(110, 70, radius)
    found = independent_motion(pairs_of(110, 70, radius), flat=flat)

    assert found.dtype == np.float32
    assert found.shape == SHAPE
    assert np.percentile(found[inside], 10) > 0.7
    assert np.median(found[inside]) > LIKELY
    assert found[~inside].max() < UNLIKELY


@pytest.mark.parametrize("flat", [False, True])
def test_a_single_neighbour_is_enough(flat: bool) -> None:
    """But at the rim that hides ground, whose flow leads to none of its own."""
    for pair in pairs_of(110, 70, 12):
        found = independent_motion([pair], flat=flat)

        assert found[disc(110, 70, 8)].min() > LIKELY
        assert found[~disc(110, 70, 12)].max() < UNLIKELY


@pytest.mark.parametrize("flat", [False, True])
def test_a_plane_alone_holds_nothing(flat: bool) -> None:
    """With errors of the flow of 0.05 pixels, nothing is likely."""
    none = np.zeros((*SHAPE, 2))
    shaken = none + np.random.default_rng(0).normal(0, 0.05, none.shape)

    for residual, most in ((none, UNLIKELY), (shaken, 0.3)):
        assert independent_motion([(flow_of(residual), flow_of(-residual))] * 2, flat=flat).max() < most


def test_two_surfaces_at_the_edge_are_ground_unless_the_scene_is_flat() -> None:
    """In a flat scene, what does not move with the plane is no ground."""
    deep, flat = (independent_motion(pairs_of(0, 0, -1, halves()), flat=value) for value in (False, True))

    assert deep.max() < UNLIKELY
    assert flat[:, :110].max() < UNLIKELY
    assert flat[8:-8, 130:-8].min() > LIKELY


@pytest.mark.parametrize("x", [60, 180])
def test_a_disc_on_either_of_two_surfaces_is_found(x: int) -> None:
    """On the near one it moves by 3.2 pixels more than what surrounds it."""
    inside, (rows, columns) = disc(x, 70, 12), np.indices(SHAPE)
    found = independent_motion(pairs_of(x, 70, 12, halves()), flat=False)

    assert np.median(found[inside]) > LIKELY
    assert found[~inside & (abs(columns - 120) > 3)].max() < UNLIKELY
    assert found[~inside & (abs(rows - 70) > 30)].max() < UNLIKELY


@pytest.mark.parametrize(("width", "expected"), [(5, False), (30, True)])
def test_a_ridge_between_two_surfaces_is_not_found(width: int, expected: bool) -> None:
    """Its flow lies between theirs, as dense flow has it at a limit; a wide region that flows so moves by itself."""
    ground = halves()
    ground[20:115, 120 - width // 2 : 120 + width // 2 + 1] = 2.5, 0.5
    found = independent_motion(pairs_of(0, 0, -1, ground), flat=False)

    assert bool(found[60:75, 118:123].min() > LIKELY) == expected
    assert bool(found.max() > 0.1) == expected


@pytest.mark.parametrize(("motion", "expected"), [(0.2, False), (2.0, True)])
def test_a_fifth_of_a_pixel_is_no_motion(motion: float, expected: bool) -> None:
    residual = np.zeros((*SHAPE, 2))
    residual[disc(110, 70, 12)] = motion, 0
    pair = flow_of(residual), flow_of(-residual)
    found = independent_motion([pair, pair], flat=False)

    assert bool(np.median(found[disc(110, 70, 12)]) > 0.5) == expected


def test_a_slope_is_ground_and_a_disc_on_it_is_not() -> None:
    """Ground that comes nearer towards the foot of the picture, where it moves by 8 pixels."""
    slope = np.zeros((*SHAPE, 2))
    slope[..., 0] = -np.linspace(0, 8, SHAPE[0])[:, None]
    inside = disc(110, 70, 12)
    alone, found = (independent_motion(pairs_of(110, 70, r, slope), flat=False) for r in (-1, 12))

    assert alone.max() < UNLIKELY
    assert np.median(found[inside]) > LIKELY
    assert found[~inside].max() < UNLIKELY


def test_a_trunk_is_ground_where_the_plane_is_the_ground_it_stands_on() -> None:
    """It moves as its foot does all along, and beyond the ground's plane the more the higher; a disc beside it is seen.

    The ground's plane goes on above the horizon, where nothing lies on it. Trunk and disc reach no more of the edge
    than the trunk's top.
    """
    plane = np.zeros((*SHAPE, 2))
    plane[..., 0] = np.linspace(0, 12, SHAPE[0])[:, None]
    moves, trunk, inside = plane.copy(), np.zeros(SHAPE, np.bool_), disc(60, 90, 10)
    trunk[:120, 110:140] = True
    moves[trunk] = plane[119, 0]
    moves[inside] += OWN
    pairs = [
        tuple(
            NeighbourFlow(flow.total, (sign * (moves - plane)).astype(np.float32), flow.covered, flow.on_plane)
            for sign in signs
            for flow in [flow_of(sign * moves)]
        )
        for signs in ((1, -1), (-1, 1))
    ]
    found = independent_motion(pairs, flat=False)  # type: ignore[arg-type]

    assert found[trunk].max() < 0.1
    assert np.median(found[inside]) > LIKELY


def test_a_disc_at_the_edge_is_found_in_a_flat_scene_only() -> None:
    """Elsewhere it may be a near surface."""
    inside, pairs = disc(2, 70, 20), pairs_of(2, 70, 20)
    deep, flat = (independent_motion(pairs, flat=value) for value in (False, True))

    assert deep.max() < UNLIKELY
    assert np.median(flat[inside]) > LIKELY
    assert flat[disc(2, 70, 17)].min() > LIKELY
    assert flat[~inside].max() < UNLIKELY


def test_a_flat_scene_of_which_no_edge_moves_with_the_plane() -> None:
    """Then any edge is ground, so that the whole picture is not taken for what moves."""
    found = independent_motion(pairs_of(110, 70, 12, np.full((*SHAPE, 2), -4.0)), flat=True)

    assert found[disc(110, 70, 10)].min() > LIKELY
    assert found[~disc(110, 70, 12)].max() < UNLIKELY


def test_what_moves_to_one_neighbour_only_was_hidden_in_it() -> None:
    still = flow_of(np.zeros((*SHAPE, 2)))
    first, second = pairs_of(110, 70, 12)

    for pairs in ([first, (still, still)], [(still, still), second]):
        assert independent_motion(pairs, flat=False).max() < UNLIKELY


def test_the_order_of_neighbours_does_not_matter() -> None:
    first, second = pairs_of(110, 70, 12, halves())
    one, other = (independent_motion(pairs, flat=False) for pairs in ([first, second], [second, first]))

    assert np.array_equal(one, other)


def test_a_flow_that_does_not_lead_back_counts_less() -> None:
    """But at the rim, where the mean gap over 5x5 pixels is less."""
    pairs = pairs_of(60, 70, 10)
    astray = [(there, flow_of(0 * back.residual)) for there, back in pairs]
    found, lost = independent_motion(pairs, flat=False), independent_motion(astray, flat=False)

    assert found[disc(60, 70, 8)].min() > LIKELY
    assert lost[disc(60, 70, 6)].max() < 0.05


def test_leaves_are_not_found_beside_a_disc() -> None:
    """Flow that is another in each frame, over patches of 5 pixels; it is as long as the disc's."""
    random, pairs = np.random.default_rng(0), []
    for there, back in pairs_of(110, 70, 12):
        for flow in (there, back):
            leaves = random.normal(0, 4, (10, 6, 2)).repeat(5, 0).repeat(5, 1)
            flow.residual[40:90, 130:160], flow.total[40:90, 130:160] = leaves, leaves / 2
        pairs.append((there, back))
    found = independent_motion(pairs, flat=False)

    assert np.median(found[disc(110, 70, 12)]) > LIKELY
    assert np.mean(found[40:90, 130:160] > 0.5) < 0.05


def test_what_the_neighbours_do_not_show_is_not_found() -> None:
    """The edge is that of what both show; a disc there is unknown, and one within is found."""
    covered = np.zeros(SHAPE, np.bool_)
    covered[:, :150] = True
    for x, expected in ((100, True), (200, False)):
        pairs = [(flow_of(there.residual, covered), back) for there, back in pairs_of(x, 70, 12)]
        found = independent_motion(pairs, flat=False)

        assert bool(np.median(found[disc(x, 70, 12)]) > LIKELY) == expected
        assert found[:, 150:].max() < UNLIKELY


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("covers", [False, True])
def test_small_maps(size: tuple[int, int], flat: bool, covers: bool) -> None:
    for level in (0.0, 3.0):
        flow = flow_of(np.full((*size, 2), level), np.full(size, covers))
        found = independent_motion([(flow, flow)], flat=flat)

        assert found.dtype == np.float32
        assert found.shape == size
        assert found.max() < UNLIKELY


def test_a_scene_is_flat_whatever_crosses_its_edge() -> None:
    """A car crosses half of the lower edge in a third of the frames; a near ground is there in all of them."""
    still, crossed = np.zeros((*SHAPE, 2)), np.zeros((*SHAPE, 2))
    crossed[100:, :120] = 9, 0
    ground = still.copy()
    ground[90:] = 3, 0

    assert is_flat([flow_of(still)] * 20 + [flow_of(crossed)] * 10)
    assert not is_flat([flow_of(ground)] * 20 + [flow_of(crossed)] * 10)


def test_a_scene_is_flat_with_a_thing_in_its_middle() -> None:
    residual = np.zeros((13, 17, 2))
    residual[4:9, 5:12] = 9, 9

    assert is_flat([flow_of(residual)])
    assert not is_flat([flow_of(residual + 5)])


def test_the_edge_that_the_plane_explains() -> None:
    """By hand: the edge, 2 inwards, has 9 x 13 pixels; its left column is not shown, and its right one moves.

    Corners count for a row and for a column, so that a column has 9 + 2 pixels.
    """
    residual = np.zeros((13, 17, 2))
    residual[:, 14] = 3
    shown = np.ones((13, 17), np.bool_)
    shown[:, :3] = False
    edge = 2 * (9 + 13) - 11

    assert edge_on_plane([flow_of(residual, shown)]) == pytest.approx((edge - 11) / edge)
    assert edge_on_plane([flow_of(residual, shown), flow_of(0 * residual, shown)]) == pytest.approx(1 - 11 / 2 / edge)
    assert edge_on_plane([flow_of(residual, np.zeros((13, 17), np.bool_))]) == edge_on_plane([]) == 1


def test_what_one_frame_alone_shows_is_not_counted() -> None:
    residual = np.full((13, 17, 2), 5.0)

    assert is_flat([flow_of(residual, np.zeros((13, 17), np.bool_))])


@pytest.mark.parametrize("size", SIZES)
def test_odd_sizes_are_flat_at_rest(size: tuple[int, int]) -> None:
    assert is_flat([flow_of(np.zeros((*size, 2)))] * 2)
