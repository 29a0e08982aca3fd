"""A street in heavy rain, and the same shot without it: derain.py OUTPUT.jpg"""

import sys

import numpy as np

import stillplate
from stillplate.synthetic import precipitation, street

clip = street(640, 360, 60, seed=7, noise=2, walkers=5, vehicles=2)
rainy = [frame.image for frame in precipitation(clip, "rain", amount=1.5, seed=4)]
background = stillplate.fit(np.stack(rainy))
dry = [image for _, image in background.derained(rainy)]
stillplate.write_image(sys.argv[1], np.hstack([rainy[30], dry[30]]))

truth = np.stack([frame.image for frame in clip]).astype(np.float32)
before, after = (10 * np.log10(255**2 / np.square(np.stack(images) - truth).mean()) for images in (rainy, dry))
print(f"PSNR {before:.1f} dB in the rain, {after:.1f} dB without it")
