"""Frames in a row with something of those around them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from stillplate.background.surroundings import surrounded
from stillplate.io.source import Frame


@dataclass(frozen=True)
class Item:
    frame: Frame


def items(*indices: int) -> list[Item]:
    return [Item(Frame(np.zeros((1, 1, 3), np.uint8), index, Fraction(0))) for index in indices]


def told(indices: tuple[int, ...], side: int, *, full: bool) -> dict[int, tuple[int, ...]]:
    found = list(surrounded(items(*indices), side, lambda item: item.frame.index, full=full))
    assert [item.frame.index for item, _, _ in found] == list(indices)
    assert all(values[here] == item.frame.index for item, values, here in found)
    return {item.frame.index: values for item, values, _ in found}


def test_each_is_told_those_on_either_side() -> None:
    assert told((3, 4, 5, 6), 1, full=False) == {3: (3, 4), 4: (3, 4, 5), 5: (4, 5, 6), 6: (5, 6)}


def test_ends_have_as_many_as_the_others_if_asked() -> None:
    assert told((3, 4, 5, 6), 1, full=True) == {3: (3, 4, 5), 4: (3, 4, 5), 5: (4, 5, 6), 6: (4, 5, 6)}


@pytest.mark.parametrize("full", [False, True])
def test_a_gap_begins_a_new_row(full: bool) -> None:
    assert told((0, 1, 5, 6), 1, full=full) == {0: (0, 1), 1: (0, 1), 5: (5, 6), 6: (5, 6)}
