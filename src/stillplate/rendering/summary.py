"""The table of a batch: `summary.csv`, or one of each shard, and these joined."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stillplate.errors import ParameterError
from stillplate.io.address import as_path
from stillplate.io.atomic import atomic_output, readable
from stillplate.rendering.clips import SUMMARY, summaries_in
from stillplate.rendering.contact_page import write_contact_page
from stillplate.rendering.outcome import Outcome
from stillplate.rendering.output_specs import IN_FOLDER

__all__ = ["Summary", "figures_in", "figures_of", "join_summaries", "sum_up"]

COLUMNS = (
    "clip", "folder", "state", "seconds", "frames", "width", "height", "mean_support", "unsure_share",
    "never_seen_share", "foreground_share", "events", "objects_move", "objects_small", "light", "camera",
    "samples", "error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Summary:
    """The joined table of a batch.

    Attributes
    ----------
    path : Path
        The table.
    states : dict of str to int
        Clips by what became of them: done, skipped, failed.
    failed : dict of str to str
        The clips that failed, and why.
    missing : tuple of int
        Numbers of the shards, from 1, that have left no table.
    shards : int
        In all.
    """

    path: Path
    states: dict[str, int]
    failed: dict[str, str]
    missing: tuple[int, ...]
    shards: int


def join_summaries(folder: str | os.PathLike[str]) -> Summary:
    """Join the tables that the shards of a batch have left in their folder to its summary.csv.

    Parameters
    ----------
    folder : path
        Of the outputs, as `render_many` takes it.

    Returns
    -------
    Summary

    Raises
    ------
    ParameterError
        If there is no such table, one cannot be read, or they are of batches with different numbers of shards.
    """
    root = as_path(folder)
    tables = summaries_in(root)
    if not tables:
        raise ParameterError(f"{root}: holds no table of a shard: render shards 1/N to N/N into it first")
    counts = sorted({count for _, count in tables})
    if len(counts) > 1:
        raise ParameterError(
            f"{root}: holds tables of {counts[0]} and of {counts[1]} shards: remove those of the older batch"
        )
    shards = counts[0]
    rows = sorted((row for path in tables.values() for row in _read(path)), key=lambda row: row["clip"])
    _write(root / SUMMARY, rows)
    write_contact_page(root, rows)
    return Summary(
        root / SUMMARY,
        dict(Counter(row["state"] for row in rows)),
        {row["clip"]: row["error"] for row in rows if row["state"] == "failed"},
        tuple(number for number in range(1, shards + 1) if (number, shards) not in tables),
        shards,
    )


def _read(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file, strict=True)
            rows = list(table)
    except (OSError, ValueError, csv.Error) as err:
        raise ParameterError(f"{path}: cannot be read: {err}: render that shard again") from err
    if tuple(table.fieldnames or ()) != COLUMNS or any(None in row or None in row.values() for row in rows):
        raise ParameterError(f"{path}: is no table of a shard: remove it, or render that shard again")
    return rows


def sum_up(path: Path, outcomes: Sequence[Outcome], untouched: Collection[Path] = ()) -> None:
    """Write a row for each clip: its plate's figures and its assumptions; and a page over all, unless it is a shard.

    Parameters
    ----------
    path : Path
        The table.
    outcomes : sequence of Outcome
    untouched : paths
        Clips whose outputs might not be replaced; of those that failed, the rows of an earlier table stay.
    """
    rows = [_row(outcome, path.parent) for outcome in outcomes]
    if untouched and any(outcome.state == "failed" for outcome in outcomes):
        former = _former(path)
        rows = [
            former.get(row["clip"], row) if outcome.state == "failed" and outcome.clip in untouched else row
            for outcome, row in zip(outcomes, rows, strict=True)
        ]
    _write(path, rows)
    if path.name == SUMMARY:
        write_contact_page(path.parent, rows)


def _former(path: Path) -> dict[str, dict[str, str]]:
    """Return the rows of an earlier table, by clip; none if there is no such table."""
    try:
        return {row["clip"]: row for row in _read(path)}
    except ParameterError:
        return {}


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with (
        atomic_output(path, overwrite=True, folder=False) as partial,
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def _row(outcome: Outcome, root: Path) -> dict[str, Any]:
    figures = {} if outcome.state == "failed" else figures_in(outcome.report or outcome.folder / IN_FOLDER["report"])
    seconds = f"{outcome.seconds:.1f}" if outcome.state == "done" else ""
    folder = outcome.folder.relative_to(root).as_posix() if outcome.folder.is_relative_to(root) else str(outcome.folder)
    told = {"clip": readable(str(outcome.clip)), "folder": readable(folder), "state": outcome.state, "seconds": seconds}
    return {**figures, **told, "error": readable(outcome.error)}


def figures_in(path: Path) -> dict[str, Any]:
    """Return the figures of a clip that the table has, from its report; empty where that cannot be read."""
    try:
        return figures_of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def figures_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of a clip that the table has."""
    shares = report["frames"]["foreground_share"]
    plate = {name: report["plate"][name] for name in ("mean_support", "unsure_share", "never_seen_share")}
    size = {name: report["input"][name] for name in ("width", "height")}
    told = report["assumptions"] or {}
    return {
        **plate, **size, "frames": report["input"]["read"], "events": len(report["events"]),
        "foreground_share": round(sum(shares) / max(1, len(shares)), 6),
        **{name: part["verdict"] for name, part in told.items() if isinstance(part, dict) and name in COLUMNS},
    }  # fmt: skip
