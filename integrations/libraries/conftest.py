"""The table, with which what libraries read is compared."""

import csv
import os
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def table() -> set[tuple[int, ...]]:
    """Frame, from 0, id, x, y, width and height of each object."""
    with (Path(os.environ["LABELS"]) / "table.csv").open(newline="") as file:
        return {tuple(int(row[name]) for name in ("frame", "id", "x", "y", "w", "h")) for row in csv.DictReader(file)}
