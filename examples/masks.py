"""2. A stream of masks: python examples/masks.py street.mp4"""

import sys

import stillplate

with stillplate.open_video(sys.argv[1]) as video:
    background = stillplate.fit(video, samples=64)
    for frame in video:
        mask = background.mask(frame.image)
        print(f"{float(frame.time):8.3f} s  {mask.mean():6.1%} moves")
