"""How much of each frame a clean video replaces, and how much of that is a guess."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

__all__ = ["Replaced"]


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a clean video replaces in each frame, in pixels.

    Attributes
    ----------
    pixels : array of int
        That hide the ground: things and, where these go too, their shadows.
    guessed : array of int
        Of these, behind which the ground was never seen.

    Examples
    --------
    >>> found = Replaced()
    >>> found.add(30, 3)
    >>> found.add(0, 0)
    >>> found.tell(1000)
    '1.5% of the picture is replaced, 10.0% of that guessed (never seen)'
    >>> found.guessed_shares
    [0.1, None]
    """

    pixels: array[int] = field(default_factory=lambda: array("q"))
    guessed: array[int] = field(default_factory=lambda: array("q"))

    def add(self, pixels: int, guessed: int) -> None:
        """Note the next frame."""
        self.pixels.append(pixels)
        self.guessed.append(guessed)

    def share(self, area: int) -> float:
        """Mean share of a picture of so many pixels that is replaced, 0..1."""
        return sum(self.pixels) / max(1, area * len(self.pixels))

    @property
    def guessed_share(self) -> float | None:
        """Share of all that is replaced that is guessed, 0..1; None where nothing is replaced."""
        return sum(self.guessed) / sum(self.pixels) if any(self.pixels) else None

    @property
    def guessed_shares(self) -> list[float | None]:
        """The same of each frame, rounded for `report.json`."""
        pairs = zip(self.guessed, self.pixels, strict=True)
        return [round(guessed / pixels, 4) if pixels else None for guessed, pixels in pairs]

    def to_dict(self, area: int) -> dict[str, float | None]:
        """Return both shares of the clip as JSON values, as in `report.json`."""
        guessed = self.guessed_share
        return {
            "replaced_share": round(self.share(area), 6),
            "guessed_share": None if guessed is None else round(guessed, 4),
        }

    def tell(self, area: int) -> str:
        """Say it in words, for pictures of so many pixels."""
        guessed = self.guessed_share
        more = "" if guessed is None else f", {guessed:.1%} of that guessed (never seen)"
        return f"{self.share(area):.1%} of the picture is replaced{more}"
