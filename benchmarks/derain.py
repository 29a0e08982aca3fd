"""How much rain and snow goes, over clips that are drawn with their truth; and whether things stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

import stillplate
from benchmarks.report import mean_of, write_json
from stillplate.synthetic import precipitation, street

__all__ = ["compare_derain"]

WIDTH, HEIGHT, FRAMES = 240, 136, 60
KINDS, SEEDS = ("rain", "snow"), range(4)
COLUMNS = {
    "input": "input, dB", "gain": "gain, dB", "things_input": "things: input, dB", "things_gain": "things: gain, dB",
}  # fmt: skip

Images = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]


def compare_derain(*, json: Path | None) -> dict[str, Any]:
    """Score clips without falling rain and snow, and the things in them, on drawn weather."""
    rows = {f"{kind} {seed}": _measure(kind, seed) for kind in KINDS for seed in SEEDS}
    table = Table("clip", *COLUMNS.values())
    for name, row in {**rows, "mean": mean_of(list(rows.values()))}.items():
        if name == "mean":
            table.add_section()
        table.add_row(name, *(f"{row[key]:.1f}" for key in COLUMNS))
    Console(width=110).print(table)
    result = {"benchmark": "derain", "clips": rows}
    write_json(result, json)
    return result


def _measure(kind: str, seed: int) -> dict[str, float]:
    dry = street(WIDTH, HEIGHT, FRAMES, seed=seed)
    truth = np.stack([frame.image for frame in dry])
    wet = np.stack([frame.image for frame in precipitation(dry, kind, seed=seed)])
    things = np.stack([dry.mask(index) for index in range(FRAMES)])
    shown = np.stack([image for _, image in stillplate.fit(wet).derained(wet)])
    before, before_things = _psnr(wet, truth), _psnr(wet, truth, things)
    return {
        "input": before, "gain": _psnr(shown, truth) - before,
        "things_input": before_things, "things_gain": _psnr(shown, truth, things) - before_things,
    }  # fmt: skip


def _psnr(images: Images, truth: Images, where: Flags | None = None) -> float:
    error = np.square(images.astype(np.float32) - truth)
    return float(10 * np.log10(255**2 / (error if where is None else error[where]).mean()))
