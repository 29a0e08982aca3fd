"""How a clip is cut into periods and spans, and the lengths of these as they are typed."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillplate.errors import ParameterError
from stillplate.rendering.pieces import cut, periods_of, pieces_of
from stillplate.sampling.span import parse_length


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=20), st.integers(1, 60),
    st.fractions(Fraction(1, 100), Fraction(20)), st.fractions(Fraction(1, 100), Fraction(20)),
)  # fmt: skip
def test_pieces_part_the_clip(steps: list[int], rest: int, period: Fraction, span: Fraction) -> None:
    keys = [0, *np.cumsum(steps).tolist()]
    frames = keys[-1] + rest
    periods = periods_of(keys, frames, Fraction(25), period)
    pieces = pieces_of(periods, cut(keys, frames, Fraction(25), span))

    assert [number for one in periods for number in one] == list(range(frames))
    assert [number for piece in pieces for number in piece.frames] == list(range(frames))
    assert len(periods) == 1 or len(periods[-1]) >= 25 * period / 2
    assert all(piece.frames.start in keys and piece.frames[-1] in periods[piece.period] for piece in pieces)
    assert all(
        {one.period, other.period} <= {other.period, *other.others} & {one.period, *one.others}
        for one, other in pairwise(pieces)
    )


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("1.5h", 5400), ("10:00", 600), ("7", 7)])
def test_lengths(text: str, seconds: int) -> None:
    assert parse_length(text) == seconds


@pytest.mark.parametrize("text", ["m", "1:00m", "-5m", "5 m", "5d", ""])
def test_no_lengths(text: str) -> None:
    with pytest.raises(ParameterError, match="is no length of time"):
        parse_length(text)
