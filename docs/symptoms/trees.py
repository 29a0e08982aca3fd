"""A tree that sways all the time: what the ground does by itself sets the threshold of each pixel."""

import sys
from collections.abc import Iterator

import cv2
import numpy as np
from showing import of_masks, show, white

import stillplate
from stillplate.synthetic import street

clip = street(320, 180, 100, seed=3, walkers=4, vehicles=1)
y, x = np.mgrid[:180, :320].astype(np.float32)
crown = np.exp(-((((x - 235) / 22) ** 2 + ((y - 28) / 20) ** 2) ** 2)).astype(np.float32)


def swaying() -> Iterator[stillplate.Frame]:
    """The street, one of whose trees is bent by a wind that never rests."""
    for frame in clip:
        bend = 3 * np.sin(frame.index * 0.7 + x / 11) + 2 * np.sin(frame.index * 1.9 + y / 7)
        image = cv2.remap(frame.image, x + crown * bend, y + crown * bend / 2, cv2.INTER_LINEAR)
        yield stillplate.Frame(image, frame.index, frame.time)


frames = list(swaying())
images = np.stack([frame.image for frame in frames])
background = stillplate.fit(images)
masks = [list(background.masks(images, **options)) for options in ({"threshold": 30, "cleanup": "none"}, {})]

before, after = (of_masks(clip, found).f for found in masks)
show(sys.argv[1], images[60], *(white(found[60][1]) for found in masks))
print(f"F of the masks: {before:.3f} before, {after:.3f} after")
