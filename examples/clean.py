"""A street with people, shadows and traffic, and the same shot with nobody in it: clean.py OUTPUT.jpg"""

import sys

import numpy as np

import stillplate
from stillplate.synthetic import street

clip = street(640, 360, 150, seed=7, noise=3, walkers=12, vehicles=4, shadows=True)
background = stillplate.fit(clip)
frame = clip.frame(70).image
clean = background.clean(frame)
stillplate.write_image(sys.argv[1], np.hstack([frame, clean]))

same = (clean == frame).all(axis=2).mean()
error = np.abs(clean.astype(int) - clip.plate).mean(axis=2)
print(f"{same:.1%} of the pixels are the frame's own; {(error > 20).sum()} are 20 levels off the empty street")
