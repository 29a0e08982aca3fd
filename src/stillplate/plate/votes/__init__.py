"""How much each sample of each pixel may vote: the ground is what recurs, as neighbours agree, and has no ghost on it.

All of it happens on small pictures, 160 pixels at the longer side: votes are smooth. Arrays over samples have axes
(T, h, w); differences are in 8-bit levels, fractions of the picture in shares of its longer side.
"""

from stillplate.plate.votes.rules import Rules
from stillplate.plate.votes.voting import VOTES, Votes, calm, check_vote

__all__ = ["VOTES", "Rules", "Votes", "calm", "check_vote"]
