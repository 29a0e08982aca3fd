"""Clips whose plate, masks and camera are known, because they are drawn: for tests, benchmarks and the demo."""

from stillplate.synthetic import camera
from stillplate.synthetic.clip import SyntheticClip, street
from stillplate.synthetic.scene import Scene

__all__ = ["Scene", "SyntheticClip", "camera", "street"]
