"""What the user knows to be no ground has no vote."""

from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate import Exclusion
from stillplate.errors import ParameterError, StillplateWarning
from stillplate.imaging.resize import small_size
from stillplate.io.source import ArraySource
from stillplate.plate import votes
from stillplate.sampling.exclusion import Excluded, as_exclusions, parse_exclusion
from stillplate.sampling.gather import gather
from tests.plate.votes.test_voting import error, ground, noisy

HEIGHT, WIDTH = 90, 120
BOX = [(20, 0), (99, 0), (99, 89), (20, 89)]
INSIDE = (slice(0, 90), slice(20, 100))  # two thirds of the picture: too much for the vote to tell whose it is
WHILE_IT_STANDS = Exclusion(BOX, end=Fraction(94, 25))


@cache
def standing(until: int, frames: int = 100) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """A wall of 120x90 before which a thing fills `BOX` up to frame `until`, and the wall alone. 25 frames/s."""
    wall = ground(HEIGHT, WIDTH)
    images = np.repeat(wall[None], frames, axis=0)
    images[: until + 1, *INSIDE] = (60, 30, 90)
    images = noisy(images)
    images.setflags(write=False)
    return images, wall


@cache
def plate_of(until: int, vote: str, exclude: Exclusion | None = None) -> stillplate.Plate:
    """The plate of what `standing` draws."""
    return stillplate.fit(standing(until)[0], vote=vote, exclude=exclude, masks=False).plate


@pytest.mark.parametrize("vote", ["calm", "majority"])
def test_what_is_excluded_while_it_stands_is_no_ground(vote: str) -> None:
    """It stands for 95 % of the clip: without the user's word, it is the plate."""
    _, wall = standing(94)
    told, untold = plate_of(94, vote, WHILE_IT_STANDS), plate_of(94, vote)

    assert (error(untold.image, wall)[INSIDE] > 20).mean() > 0.9
    assert (error(told.image, wall)[INSIDE] > 20).mean() == 0
    assert error(told.image, wall).mean() < 2
    assert told.support[INSIDE].min() > 0.4
    assert told.noise[INSIDE].max() < 10


def test_exclusion_holds_to_the_pixel() -> None:
    """One column less, and that column shows what stood there; its neighbours do not."""
    images, wall = standing(94)
    narrower = np.zeros((HEIGHT, WIDTH), np.bool_)
    narrower[:, 21:100] = True
    exclude = Exclusion(narrower, end=Fraction(94, 25))
    plate = stillplate.fit(images, vote="majority", exclude=exclude, masks=False).plate

    assert (error(plate.image, wall)[:, 20] > 20).mean() > 0.9
    assert (error(plate.image, wall)[:, 21:100] > 20).mean() == 0


@pytest.mark.parametrize("vote", ["calm", "majority"])
def test_what_is_always_excluded_is_made_of_all_samples_and_trusted_by_nobody(vote: str) -> None:
    images, _ = standing(94)
    excluded = stillplate.fit(images, vote=vote, exclude=BOX, masks=False)
    inside = np.zeros((HEIGHT, WIDTH), np.bool_)
    inside[INSIDE] = True

    assert np.array_equal(excluded.plate.support == 0, inside)
    assert np.array_equal(excluded.plate.image[inside], plate_of(94, vote).image[inside])
    assert not excluded.view(images[0]).valid[inside].any()


@pytest.mark.parametrize("vote", ["calm", "majority"])
def test_excluding_nothing_changes_no_byte(vote: str) -> None:
    images, _ = standing(30)
    nothing = np.zeros((HEIGHT, WIDTH), np.bool_)
    empty = stillplate.fit(images, vote=vote, exclude=nothing, masks=False).plate

    for name in ("image", "support", "noise"):
        assert np.array_equal(getattr(plate_of(30, vote), name), getattr(empty, name))


def test_memory_changes_no_byte() -> None:
    images, _ = standing(60)
    whole, spilled = (
        stillplate.fit(images, samples=30, memory=memory, exclude=Exclusion(BOX, end=1.7), masks=False).plate
        for memory in (2**30, 30 * WIDTH * 3 * 7)
    )

    for name in ("image", "support", "noise"):
        assert np.array_equal(getattr(whole, name), getattr(spilled, name))


def test_the_excluded_neither_vote_nor_confirm() -> None:
    images, _ = standing(94)
    with gather(ArraySource(images), 40, neighbours=True) as stack:
        validity = Excluded.of(WHILE_IT_STANDS, WIDTH, HEIGHT).validity(stack.times)
        assert validity is not None
        valid = validity.small(*small_size(HEIGHT, WIDTH))
        ballot = votes.weigh_samples(stack, valid=valid)
        assert stack.small is not None
        agreement = votes.agreement.Agreement(stack.small, 2.0, votes.Rules(), valid)
        (heard,) = agreement.aggregate(np.ones(valid.shape, np.float32))

    assert (ballot.weights[~valid] == 0).all()
    assert (heard[~valid] == 0).all()
    late = [time > Fraction(94, 25) for time in stack.times]
    assert heard[late, 55, 60].max() < sum(late) + 1  # of the samples before, none agrees
    assert (ballot.weights[late][:, 8:75, 30:90] > 0.9).all()


def test_validity_by_hand() -> None:
    """Two regions that overlap, one at first, one later; where both are, nobody is left, so everybody is."""
    first, later = np.zeros((2, 4), np.bool_), np.zeros((2, 4), np.bool_)
    first[0, :2] = later[0, 1:3] = True
    times = [Fraction(second) for second in range(3)]
    validity = Excluded.of([Exclusion(first, end=1), Exclusion(later, start=2)], 4, 2).validity(times)
    assert validity is not None
    valid, known = validity.rows(slice(0, 1))

    assert valid[:, 0].tolist() == [
        [False, True, True, True],
        [False, True, True, True],
        [True, True, False, True],
    ]
    assert known.tolist() == [[True, False, True, True]]
    assert validity.rows(slice(1, 2))[0].all()
    assert validity.small(1, 2).tolist() == [[[True, True]], [[True, True]], [[True, False]]]


def test_a_small_pixel_is_excluded_if_any_of_it_is() -> None:
    mask = np.zeros((10, 320), np.bool_)
    mask[4, 161] = True
    validity = Excluded.of(Exclusion(mask, end=0), 320, 10).validity([Fraction(0), Fraction(1)])
    assert validity is not None
    valid = validity.small(5, 160)

    assert np.argwhere(~valid).tolist() == [[0, 2, 80]]


def test_one_or_several_of_any_kind_are_taken(tmp_path: Path) -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    stillplate.write_image(tmp_path / "mask.png", mask)
    for one in (BOX, mask, str(tmp_path / "mask.png"), Exclusion(BOX, 0, 1)):
        assert len(as_exclusions(one)) == 1
        assert len(as_exclusions([one, one])) == 2
    assert as_exclusions(None) == as_exclusions([]) == ()
    for wrong in (5, [5], [np.zeros((2, 2, 2))], [(1, 2, 3)]):
        with pytest.raises(ParameterError, match="exclude holds a"):
            as_exclusions(wrong)  # type: ignore[arg-type]  # what the test is about


def test_text_with_times_or_without() -> None:
    plain, timed = parse_exclusion("1,1 5,1 5,5"), parse_exclusion("1,1 5,1 5,5@1:10-80")

    assert (plain.start, plain.end) == (None, None)
    assert timed.region == plain.region == [(1, 1), (5, 1), (5, 5)]
    assert (timed.start, timed.end) == (70, 80)
    for text in ("1,1 5,1 5,5@abc", "1,1 5,1 5,5@10", "none.png@0-1", "@0-1"):
        with pytest.raises(ParameterError, match="neither an image file that exists nor a polygon"):
            parse_exclusion(text)
    for text in ("1,1 5,1 5,5@1-2-3", "1,1 5,1 5,5@1:99-"):
        with pytest.raises(ParameterError, match="is no time"):
            parse_exclusion(text)


def test_a_path_may_hold_an_at_sign(tmp_path: Path) -> None:
    path = tmp_path / "me@home.png"
    stillplate.write_image(path, np.zeros((4, 4), np.bool_))

    assert parse_exclusion(str(path)).region == str(path)
    assert parse_exclusion(f"{path}@-3").end == 3


def test_regions_and_times_out_of_range() -> None:
    images, _ = standing(3, frames=6)
    with pytest.raises(ParameterError, match=r"exclude has a corner at \(300, 1\)"):
        stillplate.fit(images, exclude=[[(1, 1), (300, 1), (5, 5)]])
    with pytest.raises(ParameterError, match="exclude's start is -1"):
        stillplate.fit(images, exclude=Exclusion(BOX, -1))
    with pytest.raises(ParameterError, match="exclude's start is 5 s and exclude's end 3 s"):
        stillplate.fit(images, exclude=Exclusion(BOX, 5, 3))


def test_an_exclusion_that_changes_nothing_is_told() -> None:
    images, _ = standing(3, frames=6)
    with pytest.warns(StillplateWarning, match="excluded from 9 s, where none of the 6 sampled frames lies"):
        stillplate.fit(images, exclude=Exclusion(BOX, 9))


def test_inspection_leaves_the_excluded_out() -> None:
    images, wall = standing(94)
    for vote in ("calm", "majority"):
        pixel = stillplate.inspect_pixel(images, 60, 50, vote=vote, exclude=WHILE_IT_STANDS)
        beside = stillplate.inspect_pixel(images, 10, 50, vote=vote, exclude=WHILE_IT_STANDS)

        assert min(pixel.times) > Fraction(94, 25)
        assert len(beside.times) == 64 > len(pixel.times) == len(pixel.samples) == len(pixel.weights)
        assert pixel.colour == tuple(plate_of(94, vote, WHILE_IT_STANDS).image[50, 60])
        assert np.abs(np.array(pixel.colour) - wall[50, 60]).max() < 10
