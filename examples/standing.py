"""A man who stands for 70 % of a clip: frame, plate by majority, default plate, support: standing.py OUTPUT.jpg"""

import sys

import numpy as np

import stillplate
from stillplate.synthetic import street

clip = street(640, 360, 300, seed=3, walkers=10, standing=0.7)
majority = stillplate.fit(clip, vote="majority").plate
background = stillplate.fit(clip)
support = (background.plate.support * 255).round().astype(np.uint8)
above = np.hstack([clip.frame(150).image, majority.image])
below = np.hstack([background.plate.image, np.dstack([support] * 3)])
stillplate.write_image(sys.argv[1], np.vstack([above, below]))

for name, plate in {"majority": majority, "calm": background.plate}.items():
    wrong = np.abs(plate.image.astype(int) - clip.plate).mean(axis=2) > 20
    print(f"{name}: {wrong.sum()} pixels are wrong")
for stay in background.stays:
    print(f"stood at {stay.box} from {float(stay.start):.1f} s to {float(stay.end):.1f} s")
