"""Weights of the samples: how far each shows the background at each pixel.

They are computed on small images, 160 pixels on the longer side, since weights are smooth. Arrays over samples have
the axes (T, h, w); differences are in 8-bit levels. A box of scale q has a side of 1/q of the image's longer side.
"""

from stillplate.plate.votes.rules import Rules
from stillplate.plate.votes.voting import Votes, weigh, weigh_samples

__all__ = ["Rules", "Votes", "weigh", "weigh_samples"]
