"""A man who stands for most of a clip is in the plate, until his place is excluded while he is there."""

import sys

import numpy as np
from showing import show

import stillplate
from stillplate.synthetic import street

clip = street(320, 180, 150, seed=3, walkers=4, vehicles=1, standing=0.85)
place = [(120, 115), (136, 115), (136, 168), (120, 168)]  # around him
stay = stillplate.Exclusion(place, start=0.4, end=5.6)

plates = [stillplate.fit(clip).plate.image, stillplate.fit(clip, exclude=stay).plate.image]
before, after = (int((np.abs(plate.astype(int) - clip.plate).mean(axis=2) > 20).sum()) for plate in plates)
show(sys.argv[1], clip.frame(75).image, *plates)
print(f"pixels of the plate that are wrong: {before} before, {after} after")
