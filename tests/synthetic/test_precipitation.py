"""Rain and snow over a clip: how long they stay at a pixel, and that the rest of the clip is as it was."""

from __future__ import annotations

import numpy as np
import pytest

from stillplate import synthetic
from stillplate.errors import ParameterError
from stillplate.io.source import ArraySource

WIDTH, HEIGHT, FRAMES = 320, 180, 12


def fallen(kind: str, seed: int, amount: float = 1.0) -> np.ndarray:
    """Where it falls before a grey ground: bool of shape (N, H, W)."""
    ground = ArraySource(np.full((FRAMES, HEIGHT, WIDTH, 3), 90, np.uint8))
    clip = synthetic.precipitation(ground, kind, seed=seed, amount=amount)
    return np.stack([frame.image.max(axis=2) > 100 for frame in clip])


@pytest.mark.parametrize("kind", ["rain", "snow"])
def test_it_brightens_a_small_part_of_each_frame_and_is_the_same_each_time(kind: str) -> None:
    once, again, other = (fallen(kind, seed) for seed in (3, 3, 4))

    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)
    assert all(0.005 < part.mean() < 0.3 for part in once)


def test_rain_is_at_a_pixel_for_a_frame_and_snow_for_some() -> None:
    def twice(seen: np.ndarray) -> float:
        return float((seen[1:] & seen[:-1]).sum() / seen[:-1].sum())

    assert twice(fallen("rain", 1)) < 0.2 < twice(fallen("snow", 1)) < 0.75


def test_the_clip_is_the_truth() -> None:
    street = synthetic.street(64, 36, frames=3, seed=2)
    clip = synthetic.precipitation(street, "snow", seed=1)
    dry = synthetic.precipitation(street, "snow", amount=0)

    assert clip.clip is street
    assert clip.info == street.info
    assert [frame.index for frame in clip.take([1, 2])] == [1, 2]
    assert all(np.array_equal(ours.image, theirs.image) for ours, theirs in zip(dry, street, strict=True))


@pytest.mark.parametrize(("options", "said"), [({"kind": "hail"}, "rain or snow"), ({"amount": -1}, "negative")])
def test_wrong_options_are_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        synthetic.precipitation(synthetic.street(64, 36, frames=1), **options)  # type: ignore[arg-type]  # wrong on purpose
