from __future__ import annotations

import numpy as np

import stillplate
from stillplate.metrics import luma, plate_scores
from stillplate.plate.votes.groups import anything_stands, local_evidence, prove
from stillplate.plate.votes.rules import Rules
from stillplate.synthetic import bus_stop


def scene(*places: tuple[int, int]) -> np.ndarray:
    image = np.full((40, 80, 3), 120, np.uint8)
    for first, last in places:
        image[10:30, first:last] = 40
    return image


def test_two_people_who_stand_for_most_of_the_time_are_voted_out() -> None:
    clip = bus_stop(160, 90, frames=800, seed=100, people=2, standing=0.8)
    plate = stillplate.fit(clip, masks=False).plate
    scores = plate_scores(plate.image, clip.plate, np.ones((90, 160), np.bool_))

    assert scores.peps < 0.002  # 3 % without the search for groups


def test_each_person_of_a_blob_is_judged_by_the_contour_near() -> None:
    """The plate has a ghost, and beside it the sample has a person: one blob."""
    evidence, differs = local_evidence(scene((38, 60)), scene((20, 38)), 15.0)

    assert differs[20, 24] and differs[20, 56]
    assert evidence[20, 24] > 0.6
    assert evidence[20, 56] < -0.6


def test_a_correction_is_proved_by_its_contour() -> None:
    ghost, ground = scene((20, 38)), scene()

    assert prove(ground, ghost, 1.0, Rules())[20, 30]
    assert not prove(ghost, ground, 1.0, Rules()).any()
    assert not prove(ground, ground, 1.0, Rules()).any()


def test_what_passes_does_not_stand() -> None:
    passing = np.stack([scene((t * 6, t * 6 + 6)) for t in range(12)])
    standing = np.stack([scene((20, 38) if t < 5 else (0, 0)) for t in range(12)])

    assert not anything_stands(passing, scene(), 1.0).any()
    assert anything_stands(standing, scene(), 1.0)[20, 30]
    assert not anything_stands(standing, scene(), 1.0, np.zeros(standing.shape[:3], np.bool_)).any()


def test_where_a_ghost_is_left_the_support_is_low() -> None:
    clip = bus_stop(160, 90, frames=800, seed=111, people=6, standing=0.75, shadows=True)
    plate = stillplate.fit(clip, masks=False).plate
    wrong = np.abs(luma(plate.image) - luma(clip.plate)) > 20

    assert wrong.mean() > 0.005  # or there is nothing to doubt
    assert (plate.support[wrong] < 0.6).mean() > 0.8
    assert (plate.support < 0.6).mean() < 0.5
