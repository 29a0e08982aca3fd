"""A camera that turns: the plate of all it saw; below a frame, its mask, its view and it empty: moving.py OUTPUT.jpg"""

import sys

import cv2
import numpy as np

import stillplate
from stillplate.synthetic import camera, street

plate, size, frames = (1100, 420), (480, 270), 72
turning = camera.joined(camera.pan(plate, size, frames, focal=700), camera.shake(size, 2.0))
clip = street(*plate, frames, seed=4, walkers=8, vehicles=3, camera=turning, size=size)
background = stillplate.fit(clip)
path = background.camera

frame = clip.frame(42)
mask = np.dstack([background.mask(frame.image, index=42).astype(np.uint8) * 255] * 3)
view = background.view(frame.image, index=42).image
clean = background.clean(frame.image, index=42)

corners = np.array([[[0, 0], [479, 0], [479, 269], [0, 269]]], np.float64)
outline = cv2.perspectiveTransform(corners, path.matrices[42]).round().astype(np.int32)
panorama = cv2.polylines(background.plate.image.copy(), [outline], True, (255, 220, 0), 2, cv2.LINE_AA)
below = np.vstack([np.hstack([frame.image, mask]), np.hstack([view, clean])])
panorama = cv2.resize(panorama, (960, round(960 * panorama.shape[0] / panorama.shape[1])), interpolation=cv2.INTER_AREA)
stillplate.write_image(sys.argv[1], np.vstack([panorama, below]))
print(f"{path.found.sum()} of {len(path)} frames lie on a plate of {path.canvas[0]}x{path.canvas[1]}")
