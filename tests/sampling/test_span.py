from fractions import Fraction

import pytest

from stillplate.errors import ParameterError
from stillplate.sampling.span import Span, parse_span, parse_time


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("12.5", "25/2"), ("1:10", 70), ("01:10.25", "281/4"), ("1:00:05", 3605), ("90:00", 5400)],
)
def test_times_are_read(text: str, seconds: str | int) -> None:
    assert parse_time(text) == Fraction(seconds)


@pytest.mark.parametrize(
    "text", ["", "ten", "-3", "1:2:3:4", "1:60", "1:61:00", "1.5:00", "1:", ":5", "1e3", "nan", "²"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="is no time"):
        parse_time(text)


def test_spans_are_read_and_told() -> None:
    assert parse_span("0-12.5") == Span(Fraction(0), Fraction(25, 2))
    assert parse_span("1:10-") == Span(Fraction(70), None)
    assert parse_span("-30") == Span(None, Fraction(30))
    assert str(parse_span("1:10-80.25")) == "from 70 s to 80.25 s"
    assert str(Span()) == "all along"


def test_both_ends_belong_to_it() -> None:
    """A float means what it looks like: 0.12 is frame 3 at 25 frames/s, though it is a little less as a number."""
    span = Span.of(0.04, 0.12)

    assert [index for index in range(6) if Fraction(index, 25) in span] == [1, 2, 3]
    assert span.indices(100, Fraction(25)) == range(1, 4)
    assert span.indices(3, Fraction(25)) == range(1, 3)
    assert Span.of(None, 1).indices(100, Fraction(25)) == range(26)
    assert Span.of(9, None).indices(100, Fraction(25)) == range(100, 100)
    assert Span().indices(100, Fraction(25)) == range(100)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), Fraction(-1, 9)])
def test_bounds_that_are_no_time(seconds: float | Fraction) -> None:
    with pytest.raises(ParameterError, match=r"start is .* 0 or more"):
        Span.of(seconds, None)


def test_end_before_start() -> None:
    with pytest.raises(ParameterError, match="start is 5 s and end 3 s"):
        Span.of(5, 3)
