"""What a benchmark leaves behind: tables on the terminal, figures in a JSON file."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from stillplate.threads import processors

__all__ = ["mean_of", "show", "show_choices", "show_shares", "write_json"]

Rows = Mapping[str, Mapping[str, Mapping[str, Any]]]


def mean_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Average every figure over the sequences, leaving out what is missing or NaN."""
    means = {}
    for key in rows[0]:
        figures = [row[key] for row in rows if isinstance(row[key], int | float) and np.isfinite(row[key])]
        means[key] = float(np.mean(figures)) if figures else float("nan")
    return means


def show(title: str, rows: Rows, means: Mapping[str, Mapping[str, Any]], key: str, *, percent: bool = False) -> None:
    """Print one figure: a row for each sequence, a column for each method."""
    table = Table("sequence", *means, title=title)
    for name, row in {**rows, "mean": means}.items():
        if name == "mean":
            table.add_section()
        table.add_row(name, *(_figure(row[method][key], percent) for method in means))
    Console(width=max(100, 16 + 16 * len(means))).print(table)


def show_shares(title: str, titles: Mapping[str, str], figures: Mapping[str, Mapping[str, float]]) -> None:
    """Print shares, 0..1: a row for each, by its title, a column for each method."""
    table = Table("share", *figures, title=title)
    for key, name in titles.items():
        table.add_row(name, *(_figure(row[key], True) for row in figures.values()))
    Console(width=110).print(table)


def show_choices(title: str, chosen: Mapping[str, tuple[str, Mapping[str, float]]], mean: Mapping[str, float]) -> None:
    """Print for each sequence what was chosen for it, and its errors."""
    table = Table("sequence", "chosen", "AGE", "pEPs", title=title)
    for name, (choice, scores) in chosen.items():
        table.add_row(name, choice, _figure(scores["age"], False), _figure(scores["peps"], True))
    table.add_section()
    table.add_row("mean", "", _figure(mean["age"], False), _figure(mean["peps"], True))
    Console(width=110).print(table)


def write_json(result: Mapping[str, Any], path: Path | None) -> None:
    """Write the figures, and what they were made with."""
    if path is None:
        return
    machine = {
        "python": platform.python_version(), "machine": platform.machine(), "node": platform.node(),
        "processors": processors(), "versions": _versions(),
    }  # fmt: skip
    path.write_text(json.dumps({**result, **machine}, indent=1) + "\n", encoding="utf-8")


def _figure(value: float, percent: bool) -> str:
    return f"{100 * value:.2f} %" if percent else f"{value:.3f}"


def _versions() -> dict[str, str]:
    found = {}
    opencvs = ("opencv-python-headless", "opencv-contrib-python-headless")
    for package in ("stillplate", "numpy", *opencvs, "scikit-learn", "av"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
