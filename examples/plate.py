"""1. A clean plate, and where the clip hardly shows the ground: python examples/plate.py street.mp4 plate.png"""

import sys

import stillplate

video, output = sys.argv[1:]
background = stillplate.fit(video, samples=64)
stillplate.write_image(output, background.plate.image)
unsure = background.plate.support < 0.6
print(f"{unsure.mean():.1%} of the plate is unsure")
