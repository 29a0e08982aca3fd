"""The plate that is shown at once is near the one that is voted for as a whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import stillplate
from stillplate import synthetic
from stillplate.background.options import PlateOptions
from stillplate.background.voted_samples import voted_samples
from stillplate.sampling.options import SamplingOptions
from stillplate.viewer.quick_plate import quick_plate


@pytest.mark.parametrize("vote", ["calm", "majority"])
def test_the_plate_at_once_is_near_the_whole_vote(vote: str) -> None:
    clip = synthetic.street(96, 64, 80, seed=3, walkers=3, standing=0.9)
    before = stillplate.fit(clip, vote=vote)
    wrong = np.abs(before.plate.image.astype(int) - clip.plate).mean(axis=2) > 20
    rows, columns = np.nonzero(wrong)
    changed = np.zeros_like(wrong)
    changed[rows.min() - 1 : rows.max() + 2, columns.min() - 1 : columns.max() + 2] = True
    exclusion = stillplate.Exclusion(changed, 0.4, None)
    with voted_samples(clip, SamplingOptions(), PlateOptions(vote=vote)) as voted:
        quick = quick_plate(before, voted, (exclusion,), changed)
        nothing = quick_plate(before, voted, (), np.zeros_like(changed))
    whole = stillplate.fit(clip, vote=vote, exclude=exclusion).plate.image

    assert nothing is None
    assert quick is not None
    assert np.array_equal(quick.plate.image[~changed], before.plate.image[~changed])
    far = np.abs(quick.plate.image.astype(int) - whole).mean(axis=2) > 20
    assert far[changed].mean() < 0.1


def test_nothing_is_shown_at_once_of_a_camera_that_moves() -> None:
    clip = synthetic.street(64, 48, 12, seed=1)
    background = stillplate.fit(clip)
    path = stillplate.CameraPath.along([stillplate.Transform(np.eye(3))] * 12, (64, 48), (64, 48))
    moving = replace(background, camera=path)
    with voted_samples(clip, SamplingOptions(), PlateOptions()) as voted:
        assert quick_plate(moving, voted, (), np.ones((48, 64), np.bool_)) is None
