"""4. numpy in, a background saved and loaded again: python examples/arrays.py lab.npz"""

import sys

import numpy as np

import stillplate

images = np.full((20, 48, 64, 3), 90, np.uint8)
for step, image in enumerate(images):
    image[20:30, 3 * step : 3 * step + 6] = (200, 60, 40)

stillplate.fit(images, seed=7).save(sys.argv[1])
background = stillplate.Background.load(sys.argv[1])
print(f"plate {background.plate.image.shape}, {background.mask(images[0]).sum()} pixels move in the first image")
