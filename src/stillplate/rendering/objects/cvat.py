"""Objects as tracks in CVAT's XML for video, version 1.1."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from stillplate.rendering.objects.objects_file import TextFile
from stillplate.rendering.objects.outline import outline_of
from stillplate.rendering.objects.pieces_by_id import PiecesById
from stillplate.rendering.objects.tracker import Tracked

__all__ = ["Cvat"]

HEAD = """\
<?xml version="1.0" encoding="utf-8"?>
<annotations>
<version>1.1</version>
<meta><task><size>{frames}</size><mode>interpolation</mode><start_frame>0</start_frame>\
<stop_frame>{last}</stop_frame><labels><label><name>object</name><type>any</type><attributes></attributes></label>\
</labels><original_size><width>{width}</width><height>{height}</height></original_size></task></meta>
"""
Shapes = tuple[str, str]
"""What CVAT has of an object in a frame: the attributes of its box, and of its polygon."""


class Cvat(TextFile):
    """CVAT's XML for video: of each object a track of boxes and one of polygons, both in the group of its id.

    Every frame of a track is a key frame, and the first frame without the object says that it is outside.
    """

    def _begin(self, partial: Path) -> None:
        super()._begin(partial)
        self._boxes, self._polygons = PiecesById(), PiecesById()
        self._shown: dict[int, Shapes] = {}
        self._last = -1

    def _append(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        shown = {one.id: _shapes(one) for one in objects}
        for number, shapes in self._shown.items():
            if number not in shown:
                self._add(number, index, shapes, outside=True)
        for number, shapes in shown.items():
            self._add(number, index, shapes, outside=False)
        self._shown, self._last = shown, index

    def _add(self, number: int, index: int, shapes: Shapes, *, outside: bool) -> None:
        at = f'frame="{index}" keyframe="1" outside="{outside:d}" occluded="0" z_order="0"'
        self._boxes.add(number, f"<box {at} {shapes[0]}></box>\n")
        self._polygons.add(number, f"<polygon {at} {shapes[1]}></polygon>\n")

    def _finish(self) -> None:
        width, height = self._size
        self._file.write(HEAD.format(frames=self._last + 1, last=max(0, self._last), width=width, height=height))
        for number in self._boxes.ids:
            for pieces in (self._boxes, self._polygons):
                self._file.write(f'<track id="{number}" label="object" group_id="{number}" source="auto">\n')
                self._file.writelines(pieces.of(number))
                self._file.write("</track>\n")
        self._file.write("</annotations>\n")
        super()._finish()

    def _abandon(self) -> None:
        self._boxes.close()
        self._polygons.close()
        super()._abandon()


def _shapes(one: Tracked) -> Shapes:
    x, y, width, height = one.region.box
    corners = ";".join(f"{across},{down}" for across, down in outline_of(one.region).tolist())
    return f'xtl="{x}" ytl="{y}" xbr="{x + width}" ybr="{y + height}"', f'points="{corners}"'
