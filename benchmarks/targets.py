"""What the speed is to be: a row for each target, from the groups of one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["TARGETS", "Target", "judge_bounds", "judge_targets", "show_targets"]

Groups = Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio of two rows of a group, and what it should be.

    Attributes
    ----------
    group : str
        Beginning of the group's title.
    what, beside : str
        The two rows. The ratio is of their times.
    target : float
        The largest ratio.
    """

    group: str
    what: str
    beside: str
    target: float


MASKS, MEDIAN = "stillplate, over time", "OpenCV MOG2, 5x5 median"
DECODE = "PyAV decodes every frame"
RENDER, STUDY = "stillplate render, mask and foreground", "stillplate render, the study's masks"
TARGETS = (
    Target("masks by default, 640x360", MASKS, MEDIAN, 1 / 5),
    Target("masks by default, 1920x1080", MASKS, MEDIAN, 1 / 10),
    Target("masks by default, 3840x2160", MASKS, MEDIAN, 1 / 10),
    Target("render of", "stillplate render, mask.mkv", DECODE, 3.5),
    Target("render of", RENDER, DECODE, 6.0),
    Target("render of", RENDER, STUDY, 1.25),
    Target("reports of", "stillplate render, objects, timeline, report", DECODE, 1.5),
    Target("plate of", "stillplate plate --samples 20", DECODE, 1.3),
    Target("plate of an hour", "stillplate plate --samples 64", "PyAV seeks 64 frames", 1.5),
    Target("masks in several lights", "several lights", "one light", 1.0),
    Target("plate, 640x360", "stillplate", "np.median", 1 / 8),
    Target("plate, 1920x1080", "stillplate", "np.median", 1 / 8),
)
"""A ratio below its target is reached."""
MOST_SECONDS = 0.25  # to start, more than Python alone
MOST_MEGABYTES = 450.0  # of a render, whatever its length


def judge_targets(groups: Groups) -> list[dict[str, Any]]:
    """Return each target whose rows were timed: what, beside, ratio, spread of the rounds, target, whether reached."""
    found = []
    for target in TARGETS:
        group = next((rows for title, rows in groups.items() if title.startswith(target.group)), {})
        if target.what not in group or target.beside not in group:
            continue
        one, other = group[target.what], group[target.beside]
        ratio = one["seconds"] / other["seconds"]
        rounds = [a / b for a, b in zip(one["rounds"], other["rounds"], strict=True)]
        found.append(
            {
                "what": f"{target.group}: {target.what}", "beside": target.beside, "ratio": ratio,
                "spread": [min(rounds), max(rounds)], "target": target.target, "reached": ratio <= target.target,
            }
        )  # fmt: skip
    return found


def judge_bounds(groups: Groups, memory: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return what is bound by itself as `judge_targets` does: seconds to start, and megabytes of a render."""
    rows, start = groups["imports"], groups["imports"]["python -c pass"]["rounds"]
    found = []
    for name in ("import stillplate", "stillplate --help"):
        more = [one - other for one, other in zip(rows[name]["rounds"], start, strict=True)]
        found.append(_bound(f"{name}, seconds", "python -c pass, less", more, MOST_SECONDS))
    return [*found, *(_bound(f"{name}, MB", "", [peak / 1e6], MOST_MEGABYTES) for name, peak in memory.items())]


def _bound(what: str, beside: str, found: list[float], target: float) -> dict[str, Any]:
    middle = median(found)
    return {
        "what": what, "beside": beside, "ratio": middle, "spread": [min(found), max(found)], "target": target,
        "reached": middle <= target,
    }  # fmt: skip


def show_targets(rows: list[dict[str, Any]]) -> None:
    """Print the targets."""
    table = Table("what", "beside", "ratio", "from to", "target", "reached", title="targets")
    for row in rows:
        spread = "{:.2f} {:.2f}".format(*row["spread"])
        reached = "yes" if row["reached"] else "no"
        table.add_row(row["what"], row["beside"], f"{row['ratio']:.2f}", spread, f"{row['target']:.2f}", reached)
    Console(width=150).print(table)
