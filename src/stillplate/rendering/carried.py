"""Which masks are those of neighbouring frames, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

__all__ = ["tell_carried"]


def tell_carried(reasons: Collection[str]) -> str:
    """Say how many masks were carried from neighbouring frames, and why, from the reason of each."""
    counts = ", ".join(f"{reason}: {count}" for reason, count in sorted(Counter(reasons).items()))
    frames = "frame has the mask of its" if len(reasons) == 1 else "frames have the masks of their"
    return f"{len(reasons)} {frames} neighbours ({counts})"
