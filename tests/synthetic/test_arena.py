"""Animals in an arena: who is where."""

import numpy as np
import pytest

from stillplate.errors import ParameterError
from stillplate.io.source import FrameSource
from stillplate.kernels import Components
from stillplate.synthetic import arena


def test_all_are_there_in_every_frame_and_some_touch() -> None:
    clip = arena(160, 120, frames=80, seed=1, animals=3, meetings=0.9)
    owners = [clip.owners(index) for index in range(80)]
    regions = [Components.of(image > 0).count for image in owners]

    assert isinstance(clip, FrameSource)
    assert {tuple(np.unique(image)) for image in owners} == {(0, 1, 2, 3)}
    assert 0 < sum(count < 3 for count in regions) < 80
    assert all(np.array_equal(clip.mask(index), owners[index] > 0) for index in range(0, 80, 9))


def test_the_frame_is_the_plate_where_no_animal_is() -> None:
    clip = arena(120, 90, frames=5, noise=0)
    image = clip.frame(3).image
    differs = (image != clip.plate).any(axis=2)

    assert differs[clip.mask(3)].mean() > 0.95
    assert differs[~clip.mask(3)].mean() < 0.02
    assert np.array_equal(image, arena(120, 90, frames=5, noise=0).frame(3).image)


@pytest.mark.parametrize("wrong", [{"animals": 0}, {"length": 0.0}, {"length": 0.6}, {"meetings": 1.5}, {"frames": 0}])
def test_what_cannot_be_drawn_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ParameterError):
        arena(**wrong)  # type: ignore[arg-type]  # as a user might
