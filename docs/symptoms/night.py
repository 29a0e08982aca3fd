"""Dusk, a lamp, and dawn: each light has its own plate, and a frame is compared to a mixture of them."""

import sys

import numpy as np
from showing import of_masks, show, white

import stillplate
from stillplate.synthetic import street


def light(index: int) -> np.ndarray:
    """Night falls from frame 45 to 55, a lamp goes on in half of the picture, and the day is back at frame 105."""
    night = np.clip(min(index - 45, 105 - index) / 10, 0, 1)
    x = np.arange(320) / 320
    pool = np.exp(-(((x - 0.7) / 0.25) ** 2))[None, :, None]
    return 1 - night * np.array([0.75, 0.7, 0.6]) + (night == 1) * pool * np.array([0.5, 0.4, 0.25])


clip = street(320, 180, 150, seed=3, walkers=5, vehicles=1, light=light)
masks = [list(stillplate.fit(clip, light=mode).masks(clip)) for mode in ("fixed", "auto")]

before, after = (of_masks(clip, found).f for found in masks)
show(sys.argv[1], clip.frame(75).image, *(white(found[75][1]) for found in masks))
print(f"F of the masks: {before:.3f} before, {after:.3f} after")
