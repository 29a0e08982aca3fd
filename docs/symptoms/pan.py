"""A camera that pans: its plate is larger than a frame, and each frame is compared to its own view of it."""

import sys

from showing import of_masks, show, white

import stillplate
from stillplate.synthetic import camera, street

canvas, size, frames = (640, 240), (320, 180), 60
turning = camera.joined(camera.pan(canvas, size, frames, focal=420), camera.shake(size, 1.5))
clip = street(*canvas, frames, seed=4, walkers=6, vehicles=2, camera=turning, size=size, softness=0.6)
masks = [list(stillplate.fit(clip, camera=mode).masks(clip)) for mode in ("static", "auto")]

before, after = (of_masks(clip, found).f for found in masks)
show(sys.argv[1], clip.frame(30).image, *(white(found[30][1]) for found in masks))
print(f"F of the masks: {before:.3f} before, {after:.3f} after")
