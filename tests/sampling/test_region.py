from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate.errors import ParameterError, VideoOpenError
from stillplate.sampling.region import Region, describe, is_region, parse_region, rasterise

SQUARE = [(2, 1), (4, 1), (4, 3), (2, 3)]


def square(height: int = 6, width: int = 8) -> np.ndarray:
    mask = np.zeros((height, width), np.bool_)
    mask[1:4, 2:5] = True
    return mask


def test_a_polygon_by_hand() -> None:
    """The outline belongs to it, in either sense of turning; fractions are rounded."""
    for corners in (SQUARE, SQUARE[::-1], np.array(SQUARE) + 0.3):
        assert np.array_equal(rasterise(corners, 8, 6, "roi"), square())


def test_corners_may_lie_on_the_far_edges() -> None:
    assert rasterise([(0, 0), (8, 0), (8, 6), (0, 6)], 8, 6, "roi").all()


def test_a_mask_and_its_image(tmp_path: Path) -> None:
    stillplate.write_image(tmp_path / "mask.png", square())
    for region in (square(), tmp_path / "mask.png", str(tmp_path / "mask.png")):
        assert np.array_equal(rasterise(region, 8, 6, "roi"), square())


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ([(1, 1), (2, 2)], "roi has 2 corners, but a polygon needs 3"),
        ([(1, 1), (2, 2), (9, 3)], r"corner at \(9, 3\), outside the picture: x 0\.\.8 and y 0\.\.6"),
        ([(1, 1), (2, -1), (3, 3)], r"corner at \(2, -1\)"),
        ([(1, 1), (2, float("nan")), (3, 3)], r"corner at \(2, nan\)"),
        (square(4, 4), "the mask of roi is 4x4, but the picture is 8x6"),
        (square().astype(np.uint8), r"shape \(6, 8\) and dtype uint8"),
        (np.zeros((3, 3, 3)), r"shape \(3, 3, 3\)"),
    ],
)
def test_regions_that_do_not_fit(region: Region, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        rasterise(region, 8, 6, "roi")


def test_mask_images_that_do_not_fit(tmp_path: Path) -> None:
    stillplate.write_image(tmp_path / "small.png", square(4, 4))
    with pytest.raises(ParameterError, match=r"roi .*small\.png is 4x4, but the picture is 8x6"):
        rasterise(tmp_path / "small.png", 8, 6, "roi")
    with pytest.raises(VideoOpenError, match=r"none\.png"):
        rasterise(tmp_path / "none.png", 8, 6, "roi")


def test_one_region_is_told_from_several() -> None:
    for one in (SQUARE, np.array(SQUARE), square(), "mask.png", Path("mask.png")):
        assert is_region(one)
    for several in ([SQUARE], [square()], np.stack([square(), square()]), [], [SQUARE, "mask.png"], 5, None):
        assert not is_region(several)


def test_text_is_a_polygon_or_an_image(tmp_path: Path) -> None:
    name = str(tmp_path / "1,2 3,4 5,6")
    Path(name).touch()

    assert parse_region("2,1 4,1  4.5,3") == [(2, 1), (4, 1), (4.5, 3)]
    assert parse_region(name) == name
    for text in ("none.png", "", "1,2,3 4,5 6,7", "1,2 3,x 5,6", "1 2 3"):
        with pytest.raises(ParameterError, match="neither an image file that exists nor a polygon"):
            parse_region(text)


def test_regions_in_a_report() -> None:
    assert describe(SQUARE) == [[2, 1], [4, 1], [4, 3], [2, 3]]
    assert describe(square()) == "a mask of 9 pixels"
    assert describe(Path("mask.png")) == "mask.png"
