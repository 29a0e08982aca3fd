"""Night falls, a lamp goes on, and day comes: masks before and after, plates, light curve: light.py OUTPUT.jpg

With a clip, draw its light curve and states: light.py OUTPUT.png CLIP
"""

import sys

import cv2
import numpy as np

import stillplate
from stillplate.synthetic import street

WIDTH, HEIGHT, FRAMES = 480, 270, 150
NIGHT, LAMP = np.array([0.25, 0.28, 0.36]), np.array([0.75, 0.6, 0.35])  # of the day's light


def light(index: int) -> np.ndarray:
    """Day, dusk from frame 45 on, dawn until 105; the lamp, at the right, is on where it is darkest."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] / WIDTH
    night = np.clip(min(index - 45, 105 - index) / 10, 0, 1)
    pool = np.exp(-(((x - 0.7) / 0.25) ** 2) - ((y - 0.4) / 0.2) ** 2)[..., None]
    return 1 - night * (1 - NIGHT) + (night == 1) * pool * LAMP


def drawn(light: stillplate.LightCurve, times: tuple, width: int, height: int) -> np.ndarray:
    """The brightness of red, green and blue over time; below, each state's share."""
    picture = np.full((height, width, 3), 255, np.uint8)
    across = np.array([float(time / times[-1]) for time in times]) * (width - 21) + 10
    for channel in range(3):
        up = (height - 40) - light.brightness[:, channel] / light.brightness.max() * (height - 60)
        colour = [200 * (c == channel) for c in range(3)]
        cv2.polylines(picture, [np.stack([across, up], 1).astype(np.int32)], False, colour, 2, cv2.LINE_AA)
    shades = 40 + 190 * (
        light.shares.clip(0, 1) @ np.linspace(0, 1, max(2, light.shares.shape[1]))[: light.shares.shape[1]]
    )
    for x, shade in zip(across.astype(int), shades, strict=True):
        picture[-25:-8, x - 3 : x + 4] = np.rint(shade)
    return picture


def tell(background: stillplate.Background) -> None:
    """Print the states, when they changed, and how much of it was light."""
    for number, state in enumerate(background.states, 1):
        spans = ", ".join(f"{float(start):.2f} to {float(end):.2f} s" for start, end in state.spans)
        print(f"state {number}: {spans}")
    for switch in stillplate.find_switches(background.states):
        times = f"between {float(switch.after):.2f} and {float(switch.before):.2f} s"
        print(f"from {switch.former + 1} to {switch.latter + 1} {times}")
    print(f"{background.light.explained:.0%} of the change is light" if background.light else "the light is fixed")


if len(sys.argv) > 2:
    background = stillplate.fit(sys.argv[2])
    tell(background)
    if background.light is not None:
        stillplate.write_image(sys.argv[1], drawn(background.light, background.times, 960, 200))
    sys.exit()

clip = street(WIDTH, HEIGHT, FRAMES, seed=3, walkers=10, light=light)
fixed, auto = (stillplate.fit(clip, light=mode) for mode in ("fixed", "auto"))
image = clip.frame(72).image
masks = [np.dstack([background.mask(image).astype(np.uint8) * 255] * 3) for background in (fixed, auto)]
above = np.hstack([clip.frame(20).image, image, masks[0], masks[1]])
plates = [state.plate.image for state in auto.states]
below = np.hstack([*plates, fixed.plate.image, drawn(auto.light, auto.times, WIDTH, HEIGHT)])
picture = np.vstack([above, below])
stillplate.write_image(sys.argv[1], cv2.resize(picture, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA))
tell(auto)
