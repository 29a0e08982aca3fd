"""What became of each clip of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one clip.

    Attributes
    ----------
    clip, folder : Path
        The input, and where its outputs are.
    state : "done", "skipped" or "failed"
        Skipped: it was whole already.
    seconds : float
        That it took.
    error : str
        Why it failed; empty if it did not.
    reason : str
        Why it was made anew, though outputs were there; empty where they were not, or it was not asked for.
    doubts : tuple of str
        What makes its result doubtful as a whole, and what to try; of one that was done.
    report : Path or None
        Its report.json, wherever that was asked for; None if it is in the folder.
    """

    clip: Path
    folder: Path
    state: str
    seconds: float = 0.0
    error: str = ""
    reason: str = ""
    doubts: tuple[str, ...] = ()
    report: Path | None = None
