"""Instructions per frame, counted by valgrind: the same on a busy machine, so that a regression shows anywhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

__all__ = ["UNCOUNTED", "instructions_per_frame"]

UNCOUNTED = "valgrind is not installed: instructions were not counted"
FEW, MANY = 1, 3  # frames of the two runs, of which the difference is taken
PROGRAMS = {
    "masks of a given plate, 640x360": "background.mask(image)",
    "masks in two lights, 640x360": "lit.mask(image)",
    "registration to a key frame, 640x360": "key.register(greys[number % 3], np.eye(3))",
    "mask and foreground by a threshold, 640x360": "kernels.mask_foreground(image, plate, 30.0, (1 / 3,) * 3)",
}
PROGRAM = """
import sys, cv2, numpy as np
cv2.setNumThreads(1)
from dataclasses import replace
from stillplate import Background, LightState, kernels
from stillplate.camera.keyframe import Key
from stillplate.synthetic import street
images = np.stack([frame.image for frame in street(640, 360, 3)])
plate = images[1]
background = Background.from_plate(plate, threshold=30.0)
dark = replace(background.plate, image=(plate * 0.45).astype(np.uint8))
lights = tuple(LightState(one, background.noise, ()) for one in (background.plate, dark))
lit = replace(background, states=lights)
greys = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images]
key = Key(greys[0], 0)
for number in range({frames}):
    image = images[number % 3]
    {call}
"""


def instructions_per_frame() -> dict[str, int]:
    """Count for each program; empty where valgrind is not installed."""
    if shutil.which("valgrind") is None:
        return {}
    return {
        name: (_count(PROGRAM.format(frames=MANY, call=call)) - _count(PROGRAM.format(frames=FEW, call=call)))
        // (MANY - FEW)
        for name, call in PROGRAMS.items()
    }


def _count(program: str) -> int:
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"Collected\s*:\s*(\d+)", done.stderr)
    assert found is not None, done.stderr
    return int(found[1])
