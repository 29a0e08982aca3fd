"""Clips whose plate and masks are known, because they are drawn: for tests, benchmarks and the demo."""

from stillplate.synthetic.clip import Scene, SyntheticClip, street

__all__ = ["Scene", "SyntheticClip", "street"]
