"""Bands of light that roll through the frames, as under mains lamps: found, and taken out of every sample and frame."""

import sys

import numpy as np
from showing import of_masks, show, white

import stillplate
from stillplate.synthetic import street


def bands(index: int) -> np.ndarray:
    """The gain of each row: three bands of 15 %, which roll down by a third of their height a frame."""
    rows = np.arange(180)[:, None, None]
    return 1 + 0.15 * np.sin(2 * np.pi * (rows / 60 + index * 0.31))


clip = street(320, 180, 100, seed=3, walkers=4, vehicles=1, light=bands)
masks = [list(stillplate.fit(clip, light=light).masks(clip)) for light in ("fixed", "auto")]

before, after = (of_masks(clip, found).f for found in masks)
show(sys.argv[1], clip.frame(60).image, *(white(found[60][1]) for found in masks))
print(f"F of the masks: {before:.3f} before, {after:.3f} after")
