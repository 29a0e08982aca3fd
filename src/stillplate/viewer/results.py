"""The results of a batch: each clip with its figures, and how it is opened to be looked at."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from stillplate.errors import ParameterError
from stillplate.io.address import walk
from stillplate.rendering.clips import REPORT, SUMMARY
from stillplate.sampling.exclusion import Exclusion
from stillplate.segmentation.options import MaskOptions
from stillplate.viewer.knobs import Knobs, fit_keywords
from stillplate.viewer.session import Start

__all__ = ["Result", "is_results", "read_results"]

VERDICTS = ("objects_move", "objects_small", "light", "camera", "samples")
NUMBERS = ("seconds", "frames", "mean_support", "unsure_share", "never_seen_share", "foreground_share", "events")
WORST = {"violated": 10.0, "doubtful": 1.0, "unknown": 0.5}  # how much a verdict counts against the trust in a clip
FIT = ("samples", "clusters", "vote", "light", "camera", "motion_from", "seed", "start", "end", "also")
"""Options of a render, as its report has them, by which the clip is fitted again."""


@dataclass(frozen=True, slots=True)
class Result:
    """One clip of a batch.

    Attributes
    ----------
    clip : str
        Path of the clip.
    state : "done", "skipped" or "failed"
    error : str
        Why it failed.
    figures : dict of str to float or None
        Of the summary; None where there is none.
    verdicts : dict of str to str
    folder : Path or None
        Of its outputs; None where there is no report of it.
    start : Start or None
        How it is opened, with the options that it was rendered with; None if it failed.
    """

    clip: str
    state: str
    error: str
    figures: Mapping[str, float | None]
    verdicts: Mapping[str, str]
    folder: Path | None
    start: Start | None

    @property
    def doubt(self) -> float:
        """How little it is to be trusted: the higher, the less; failed clips come first."""
        if self.state == "failed":
            return 1000.0
        return sum(WORST.get(verdict, 0.0) for verdict in self.verdicts.values()) + (
            self.figures.get("unsure_share") or 0.0
        )


def is_results(path: Path) -> bool:
    """Whether a path is a folder of a batch's results."""
    return path.is_dir() and (path / SUMMARY).is_file()


def read_results(folder: Path) -> list[Result]:
    """Read the summary of a batch, and the reports beside it, in the order of the summary.

    Raises
    ------
    ParameterError
        If the summary has no rows of clips.
    """
    reports = _reports(folder)
    try:
        with (folder / SUMMARY).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise ParameterError(f"{folder / SUMMARY}: cannot be read: {err}") from err
    if not rows or "clip" not in rows[0] or "state" not in rows[0]:
        raise ParameterError(f"{folder / SUMMARY}: holds no clips: give the folder of a batch, as render -o makes it")
    return [_result(row, reports.get(_resolved(row["clip"]))) for row in rows]


def _reports(folder: Path) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Return the folder and the content of each report, by the path of its clip."""
    found = {}
    for path in sorted(parent / REPORT for parent, _, files in walk(folder) if REPORT in files):
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
            found[_resolved(str(report["input"]["path"]))] = (path.parent, report)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # no report of ours
    return found


def _resolved(path: str) -> str:
    return str(Path(path).resolve())


def _result(row: Mapping[str, str], known: tuple[Path, dict[str, Any]] | None) -> Result:
    figures = {name: _number(row.get(name)) for name in NUMBERS}
    verdicts = {name: row[name] for name in VERDICTS if row.get(name)}
    start = None if known is None or row["state"] == "failed" else _start(known[0], known[1].get("asked") or {})
    return Result(
        row["clip"], row["state"], row.get("error") or "", figures, verdicts, None if known is None else known[0], start
    )


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None


def _start(folder: Path, asked: Mapping[str, Any]) -> Start:
    """Return how a clip is opened, by the options that its report has."""
    masks = {field.name: asked[field.name] for field in fields(MaskOptions) if asked.get(field.name) is not None}
    switches = {name: asked[name] for name in ("temporal", "clean_shadows") if isinstance(asked.get(name), bool)}
    opening = {name: asked[name] for name in ("fps", "levels") if asked.get(name) is not None}
    return Start(
        fit=fit_keywords({name: _plain(asked[name]) for name in FIT if asked.get(name) is not None}),
        exclude=_exclusions(asked.get("exclude")),
        roi=_plain(asked.get("roi")),
        knobs=Knobs(masks=MaskOptions(**masks).checked(), **switches),
        folder=folder,
        opening=opening,
    )


def _plain(value: Any) -> Any:
    """Return the path of a file that stands with its size and date; other values as they are."""
    is_stamped = isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict)
    return value[0] if is_stamped else value


def _exclusions(value: Any) -> tuple[Exclusion, ...]:
    """Return exclusions as a report has them: region, start and end of each, or a region alone."""
    if not isinstance(value, list):
        return ()
    if _is_timed(value):
        return (Exclusion(_plain(value[0]), value[1], value[2]),)
    return tuple(
        Exclusion(_plain(one[0]), one[1], one[2]) if _is_timed(one) else Exclusion(_plain(one)) for one in value
    )


def _is_timed(value: Any) -> bool:
    """Whether this is a region with a start and an end, each a number or None."""
    return (
        isinstance(value, list)
        and len(value) == 3
        and isinstance(value[0], (list, str))
        and all(end is None or isinstance(end, (int, float)) for end in value[1:])
    )
