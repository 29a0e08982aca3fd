"""FFmpeg's own chain for the study's plate and masks, by PyAV's filter graph: tmedian; blend, lut."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av
from av.filter import filters_available
from av.filter.context import FilterContext

from stillplate.arrays import Image

__all__ = ["MISSING", "median_plate", "study_masks"]

NEEDED = {"tmedian", "blend", "lut", "format"}
MISSING = sorted(NEEDED - filters_available)  # of PyAV's FFmpeg
FORMAT, RATE = "gbrp", Fraction(1, 25)


def median_plate(images: Sequence[Image]) -> None:
    """Take the median over time of an odd number of images."""
    graph, [source] = _graph(images[0], 1)
    source.link_to(median := graph.add("tmedian", f"radius={len(images) // 2}"))
    median.link_to(sink := graph.add("buffersink"))
    graph.configure()
    for index, image in enumerate(images):
        source.push(_frame(image, index))
    sink.pull()


def study_masks(images: Sequence[Image], plate: Image, threshold: int) -> None:
    """Mark where grey levels differ from the plate's by more than a threshold, 8-bit levels."""
    graph, [source, ground] = _graph(plate, 2)
    blend, grey = graph.add("blend", "all_mode=difference"), graph.add("format", "gray")
    table, sink = graph.add("lut", f"c0='if(gt(val,{threshold}),255,0)'"), graph.add("buffersink")
    source.link_to(blend, 0, 0)
    ground.link_to(blend, 0, 1)
    for one, other in ((blend, grey), (grey, table), (table, sink)):
        one.link_to(other)
    graph.configure()
    for index, image in enumerate(images):
        source.push(_frame(image, index))
        ground.push(_frame(plate, index))
        sink.pull()


def _graph(image: Image, sources: int) -> tuple[av.filter.Graph, list[FilterContext]]:
    graph, (height, width, _) = av.filter.Graph(), image.shape
    return graph, [
        graph.add_buffer(width=width, height=height, format=av.VideoFormat(FORMAT), time_base=RATE)
        for _ in range(sources)
    ]


def _frame(image: Image, index: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(image, format=FORMAT)
    frame.pts, frame.time_base = index, RATE
    return frame
