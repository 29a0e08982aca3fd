"""A shadow differs from the plate as a thing does; by default it is recognised, and is no foreground."""

import sys

from showing import of_masks, show, white

import stillplate
from stillplate.synthetic import street

clip = street(320, 180, 100, seed=3, walkers=5, vehicles=2, shadows=True)
background = stillplate.fit(clip)
masks = [list(background.masks(clip, shadows=shadows)) for shadows in ("foreground", "background")]

before, after = (of_masks(clip, found).precision for found in masks)
show(sys.argv[1], clip.frame(60).image, *(white(found[60][1]) for found in masks))
print(f"share of the mask that is right: {before:.3f} before, {after:.3f} after")
