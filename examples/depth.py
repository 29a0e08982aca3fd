"""A camera that walks past near and far things: a frame, its flow, what moves, mask, clean frame: depth.py OUT.jpg"""

import sys

import cv2
import numpy as np

import stillplate
from stillplate.camera.neighbour_flow import find_flow, sizes
from stillplate.imaging.homography import inverse, scaling_matrix
from stillplate.imaging.resize import resized_grey
from stillplate.kernels import barrier_distance
from stillplate.synthetic import park

clip, index = park(480, 270, 70, seed=21, motion="follow"), 35
background = stillplate.fit(clip, camera="moving")
path, likelihoods = background.camera, background.likelihoods

large, small = sizes(path.size)
enlarge = scaling_matrix(large, path.size)
motion = inverse(enlarge) @ inverse(path.matrices[index + 1]) @ path.matrices[index] @ enlarge
here, there = (resized_grey(clip.frame(number).image, large) for number in (index, index + 1))
flow = find_flow(here, there, motion, small).residual
edge = np.ones(flow.shape[:2], np.bool_)
edge[1:-1, 1:-1] = False
distance = barrier_distance(flow, edge)


def coloured(values: np.ndarray, most: float) -> np.ndarray:
    """Black to yellow; in the frame's size."""
    levels = (np.clip(values / most, 0, 1) * 255).astype(np.uint8)
    return cv2.resize(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[..., ::-1], path.size)


frame, surroundings = next(one for one in stillplate.with_neighbours(clip, background) if one[0].index == index)
image = frame.image
mask = np.dstack([background.mask(image, index=index).astype(np.uint8) * 255] * 3)
clean = background.clean(image, index=index, surroundings=surroundings)
above = np.hstack([image, coloured(np.linalg.norm(flow, axis=2), 12), coloured(distance, 6)])
below = np.hstack([coloured(likelihoods.at(index), 1), mask, clean])
stillplate.write_image(sys.argv[1], np.vstack([above, below]))
print(f"parallax of up to {clip.parallax(index, other=index + 1).max():.1f} pixels between two frames")
