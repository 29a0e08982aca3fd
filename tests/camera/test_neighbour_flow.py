"""The flow to a neighbouring frame: of a textured ground that a camera passes, and a disc that moves by itself."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.camera.neighbour_flow import NeighbourFlow, dense_flow, find_flow, sizes
from stillplate.imaging.homography import inverse, project, scaling_matrix

Images = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.bool_]
Matrices = npt.NDArray[np.float64]

OWN = np.array([7.0, -3.0])  # pixels of the image: the disc's own motion
BORDER = 60  # pixels of ground drawn around the image, more than the camera moves


@dataclass(frozen=True)
class Pair:
    """Two images, the camera's motion between them, and the disc, at the map's size."""

    image: Images
    neighbour: Images
    motion: Matrices
    size: tuple[int, int]
    disc: Images

    def flow(self) -> NeighbourFlow:
        return find_flow(self.image, self.neighbour, self.motion, self.size)

    def inside(self) -> Masks:
        """The disc without its edge, at which patches of 8 pixels see both motions."""
        return np.asarray(cv2.erode(self.disc, np.ones((9, 9), np.uint8)) > 0)

    def outside(self) -> Masks:
        return np.asarray(cv2.dilate(self.disc, np.ones((21, 21), np.uint8)) == 0)


def texture(size: tuple[int, int], seed: int) -> Images:
    """Noise of several sizes, from 3 to 48 pixels, so that flow is found everywhere."""
    random, (width, height) = np.random.default_rng(seed), size
    picture = np.full((height, width), 128, np.float32)
    for cell in (3, 6, 12, 24, 48):
        coarse = random.normal(0, 28, (height // cell + 2, width // cell + 2)).astype(np.float32)
        picture += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(picture, 0, 255).astype(np.uint8)


def shift(x: float, y: float) -> Matrices:
    return np.array([[1.0, 0, x], [0, 1, y], [0, 0, 1]])


def pair_of(motion: Matrices, frame: tuple[int, int] = (1920, 1080), own: npt.NDArray[np.float64] = OWN) -> Pair:
    large, small = sizes(frame)
    scene, paint = texture((large[0] + 2 * BORDER, large[1] + 2 * BORDER), 0), texture(large, 1)
    disc = np.zeros(large[::-1], np.uint8)
    cv2.circle(disc, (large[0] // 2, large[1] // 2), min(large) // 6, (1,), -1)
    image = np.where(disc > 0, paint, scene[BORDER:-BORDER, BORDER:-BORDER])
    there, alone = cv2.warpPerspective(scene, motion @ shift(-BORDER, -BORDER), large), motion @ shift(*own)
    hidden = cv2.warpPerspective(disc, alone, large, flags=cv2.INTER_NEAREST) > 0
    neighbour = np.where(hidden, cv2.warpPerspective(paint, alone, large), there)
    disc = np.asarray(cv2.resize(disc, small, interpolation=cv2.INTER_NEAREST), np.uint8)
    return Pair(image, neighbour, motion, small, disc)


def turned() -> Matrices:
    """A camera that turns, rolls and comes nearer."""
    angle = 0.02
    cos, sin = 1.01 * np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 9], [sin, cos, -6], [1e-5, -2e-5, 1]])


@pytest.fixture(scope="module", params=[(1920, 1080), (270, 480), (64, 48)], ids=["wide", "tall", "small"])
def pair(request: pytest.FixtureRequest) -> Pair:
    return pair_of(turned(), request.param)


@pytest.fixture(scope="module")
def flow(pair: Pair) -> NeighbourFlow:
    return pair.flow()


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


@pytest.mark.parametrize(
    ("frame", "large", "small"),
    [
        ((1920, 1080), (480, 270), (240, 135)),
        ((1080, 1920), (270, 480), (135, 240)),
        ((480, 270), (480, 270), (240, 135)),
        ((64, 36), (480, 270), (240, 135)),
        ((7, 7), (480, 480), (240, 240)),
        ((1, 1), (480, 480), (240, 240)),
        ((1000, 1), (480, 1), (240, 1)),
        ((1, 1000), (1, 480), (1, 240)),
    ],
)
def test_sizes(frame: tuple[int, int], large: tuple[int, int], small: tuple[int, int]) -> None:
    """Small frames are enlarged, large ones reduced; the longer side is always the same."""
    assert sizes(frame) == (large, small)


def test_types_and_shapes(pair: Pair, flow: NeighbourFlow) -> None:
    width, height = pair.size

    assert [one.dtype.name for one in (flow.total, flow.residual, flow.covered)] == ["float16", "float32", "bool"]
    assert flow.total.shape == flow.residual.shape == (height, width, 2)
    assert flow.covered.shape == (height, width)


def test_the_ground_has_no_residual_and_the_disc_its_own_motion(pair: Pair, flow: NeighbourFlow) -> None:
    """In pixels of the image, by means over patches: to a pixel in the disc, which moves by 7.6."""
    ground = np.linalg.norm(flow.residual, axis=2)[pair.outside() & flow.covered]
    disc = np.linalg.norm(flow.residual - OWN, axis=2)[pair.inside()]

    assert np.percentile(ground, 95) < 0.2
    assert np.median(disc) < 1
    assert np.percentile(disc, 95) < 2


def test_the_total_leads_to_the_place_in_the_neighbour(pair: Pair, flow: NeighbourFlow) -> None:
    """In pixels of the map: through the disc's own motion, then the camera's."""
    width, height = pair.size
    to_image = scaling_matrix(pair.size, (pair.image.shape[1], pair.image.shape[0]))
    places = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).reshape(-1, 2).astype(np.float64)
    for region, own, off in ((pair.outside() & flow.covered, 0 * OWN, 0.1), (pair.inside(), OWN, 1.0)):
        points = places[region.ravel()]
        truth = project(inverse(to_image), project(pair.motion, project(to_image, points) + own)) - points
        away = np.linalg.norm(flow.total[region].astype(np.float64) - truth, axis=1)

        assert np.linalg.norm(truth, axis=1).max() > 4
        assert np.percentile(away, 95) < off


def test_what_both_show_is_covered(pair: Pair, flow: NeighbourFlow) -> None:
    """But for a pixel at the limit, which rounds."""
    width, height = pair.size
    size = (pair.image.shape[1], pair.image.shape[0])
    places = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).reshape(-1, 2).astype(np.float64)
    there = project(pair.motion, project(scaling_matrix(pair.size, size), places))
    for margin, expected in ((2.0, True), (-2.0, False)):
        inside = ((there > margin) & (there < np.array(size) - 1 - margin)).all(axis=1).reshape(height, width)

        assert flow.covered[inside].all() if expected else not flow.covered[~inside].any()
    assert 0.8 < flow.covered.mean() < 0.99


def test_a_neighbour_elsewhere_covers_nothing() -> None:
    picture = texture((480, 270), 0)
    flow = find_flow(picture, picture, shift(500, 0), (240, 135))

    assert not flow.covered.any()
    assert np.isfinite(flow.residual).all()


@pytest.mark.parametrize("level", [0, 99, 255])
def test_a_flat_picture_does_not_flow(level: int) -> None:
    picture = np.full((270, 480), level, np.uint8)
    flow = find_flow(picture, picture, np.eye(3), (240, 135))

    assert not flow.residual.any()
    assert not flow.total.any()
    assert flow.covered.all()


def test_a_shift_by_hand() -> None:
    """By 8 and -4 pixels of the image, so by half as many of its map; four columns of that are not shown there."""
    pair = pair_of(shift(8, -4), own=np.zeros(2))
    flow = pair.flow()

    assert np.median(flow.total, axis=(0, 1)).tolist() == pytest.approx([4, -2], abs=0.05)
    assert flow.covered[2:, :-4].all()
    assert not flow.covered[:, -4:].any()
    assert not flow.covered[:2].any()


@pytest.mark.usefixtures("threads")
def test_any_number_of_threads_gives_the_same_bytes(pair: Pair, flow: NeighbourFlow) -> None:
    for number in (1, 4):
        cv2.setNumThreads(number)
        again = pair.flow()

        assert again.total.tobytes() == flow.total.tobytes()
        assert again.residual.tobytes() == flow.residual.tobytes()
        assert again.covered.tobytes() == flow.covered.tobytes()


@pytest.mark.parametrize(
    "shape", [(1, 480), (7, 480), (17, 480), (20, 480), (32, 480), (480, 1), (480, 4), (480, 13), (480, 32)]
)
def test_strips(shape: tuple[int, int]) -> None:
    """Too narrow for a patch at the coarsest level, where OpenCV would crash, or just wide enough."""
    picture = texture((shape[1], shape[0]), 0)
    flow = find_flow(picture, picture, np.eye(3), (max(1, shape[1] // 2), max(1, shape[0] // 2)))

    assert np.isfinite(flow.residual).all()
    assert np.abs(flow.residual).max() < 0.5
    assert flow.covered.all()


@pytest.mark.parametrize("shape", [(96, 128), (61, 75), (33, 32)])
def test_dense_flow_finds_a_shift(shape: tuple[int, int]) -> None:
    """By 3 pixels to the right and 2 up, away from the edge; in pictures of odd and small sizes, too."""
    height, width = shape
    scene = texture((width + 16, height + 16), 3)
    image, other = (scene[8 + y :, 8 - x :][:height, :width] for x, y in ((0, 0), (3, 2)))
    flow = dense_flow(image, other)

    assert flow.dtype == np.float32
    assert flow.shape == (*shape, 2)
    assert np.median(flow[4:-4, 4:-4], axis=(0, 1)).tolist() == pytest.approx([3, -2], abs=0.25)


@pytest.mark.parametrize("shape", [(20, 128), (128, 9), (1, 50), (1, 1)])
def test_dense_flow_of_strips_has_their_size(shape: tuple[int, int]) -> None:
    picture = texture((shape[1], shape[0]), 3)
    start = np.ones((*shape, 2), np.float32)

    assert dense_flow(picture, picture, start).shape == (*shape, 2)
    assert not dense_flow(picture, picture).any()


def test_dense_flow_begins_where_it_is_told() -> None:
    """A shift by 40 pixels is too far to be found from 0, but not from 38; the start is left as it was."""
    scene = texture((240, 96), 4)
    image, other, start = scene[:, :160], scene[:, 40:200], np.zeros((96, 160, 2), np.float32)
    start[..., 0] = -38
    before = start.copy()
    far, near = (np.median(flow[:, 60:, 0]) for flow in (dense_flow(image, other), dense_flow(image, other, start)))

    assert near == pytest.approx(-40, abs=0.2)
    assert abs(far + 40) > 5
    assert np.array_equal(start, before)


def test_quick_dense_flow_finds_a_shift() -> None:
    rng = np.random.default_rng(6)
    scene = np.asarray(cv2.GaussianBlur(rng.integers(0, 256, (96, 240), dtype=np.uint8), (0, 0), 3), np.uint8)
    flow = dense_flow(scene[:, 20:220].copy(), scene[:, 17:217].copy(), quick=True)

    assert np.allclose(np.median(flow[20:-20, 20:-20], axis=(0, 1)), [3, 0], atol=0.2)
