"""Dark coats on dark ground leave holes in the mask; a higher sensitivity closes them."""

import sys

from showing import of_masks, show, white

import stillplate
from stillplate.synthetic import street

clip = street(320, 180, 100, seed=8, walkers=5, vehicles=2, noise=4, light=lambda index: 0.35)
background = stillplate.fit(clip)
masks = [list(background.masks(clip, sensitivity=sensitivity)) for sensitivity in (1.0, 1.5)]

before, after = (of_masks(clip, found).recall for found in masks)
show(sys.argv[1], clip.frame(60).image, *(white(found[60][1]) for found in masks))
print(f"share of what moves that is found: {before:.3f} before, {after:.3f} after")
