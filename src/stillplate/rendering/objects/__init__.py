"""Objects: regions of masks, tracked over time, and written to files that other tools read."""

from stillplate.rendering.objects.counted_tracker import CountedTracker
from stillplate.rendering.objects.formats import FORMATS, open_objects
from stillplate.rendering.objects.regions import Region, count_regions, find_regions
from stillplate.rendering.objects.supervision import to_supervision
from stillplate.rendering.objects.tracker import Tracked, Tracker

__all__ = [
    "FORMATS",
    "CountedTracker",
    "Region",
    "Tracked",
    "Tracker",
    "count_regions",
    "find_regions",
    "open_objects",
    "to_supervision",
]
