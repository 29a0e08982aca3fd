"""Drawn clips with known plate, masks and camera motion, for tests, benchmarks and the demo."""

from stillplate.synthetic import camera
from stillplate.synthetic.arena import ArenaClip, arena
from stillplate.synthetic.bus_stop import bus_stop
from stillplate.synthetic.clip import SyntheticClip, street
from stillplate.synthetic.depth import DepthClip
from stillplate.synthetic.park import park
from stillplate.synthetic.precipitation import Precipitation, precipitation
from stillplate.synthetic.scene import Scene

__all__ = [
    "ArenaClip", "DepthClip", "Precipitation", "Scene", "SyntheticClip", "arena", "bus_stop", "camera", "park",
    "precipitation", "street",
]  # fmt: skip
