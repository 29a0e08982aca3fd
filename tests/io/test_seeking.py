"""The plan of seeks, worked out by hand on small lists of packets."""

from stillplate.io.seeking import Packet, Run, order, plan


def clip(keys: int, length: int) -> list[Packet]:
    """Groups of `length` packets, each with a keyframe first, shown as decoded."""
    return [Packet(at, at, at % length == 0) for at in range(keys * length)]


def test_order_is_that_of_showing() -> None:
    packets = [Packet(0, -2, True), Packet(4, -1, False), Packet(2, 0, False), Packet(1, 1, False, shown=False)]

    assert order(packets) == [0, 2, 1]


def test_order_is_unknown_where_a_stamp_is_missing_or_repeated() -> None:
    assert order([Packet(0, 0, True), Packet(None, 1, False)]) is None
    assert order([Packet(0, 0, True), Packet(0, 1, False)]) is None


def test_order_is_unknown_where_the_clock_was_reset() -> None:
    assert order([Packet(at + (1000 if at < 50 else 0), at, True) for at in range(100)]) is None


def test_one_late_frame_is_sought() -> None:
    packets = clip(10, 100)

    assert plan(packets, range(1000), [905]) == [Run(packets[900], {905: 905})]


def test_frames_of_one_group_share_a_seek_and_those_past_the_end_are_left_out() -> None:
    packets = clip(10, 100)

    assert plan(packets, range(1000), [503, 509, 901, 1000]) == [
        Run(packets[500], {503: 503, 509: 509}),
        Run(packets[900], {901: 901}),
    ]


def test_near_frames_share_a_seek_across_groups() -> None:
    packets = clip(10, 100)

    assert plan(packets, range(1000), [395, 401]) == [Run(packets[300], {395: 395, 401: 401})]
    assert plan(packets, range(1000), []) == []


def test_a_frame_shown_before_its_keyframe_starts_from_the_one_before() -> None:
    """Open groups: the pictures that lead a keyframe refer to the group before."""
    packets = [Packet(at, at, at == 0) for at in range(100)]
    packets += [Packet(102, 100, True), Packet(100, 101, False), Packet(101, 102, False), Packet(103, 103, False)]
    shown = order(packets)

    assert shown is not None
    assert plan(packets, shown, [102]) == [Run(packets[100], {102: 102})]
    assert plan(packets, shown, [101]) == [Run(packets[0], {101: 101})]
