"""Files of objects: a table, COCO's JSON, YOLO's folder of boxes."""

from __future__ import annotations

import csv
import json
import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from math import atan2, degrees, hypot
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from stillplate.errors import EncodeError
from stillplate.io.atomic import PartialOutput, check_own, readable
from stillplate.io.naming import stems_of
from stillplate.rendering.objects.run_lengths import run_lengths, to_text
from stillplate.rendering.objects.tracker import Tracked

__all__ = ["FORMATS", "ObjectsFile", "open_objects"]

COLUMNS = (
    "frame", "time", "id", "x", "y", "w", "h", "area", "cx", "cy", "speed", "heading", "major", "minor", "angle",
)  # fmt: skip
SCALED = {"cx_mm": "cx", "cy_mm": "cy", "speed_mm": "speed", "major_mm": "major", "minor_mm": "minor"}
"""Further columns where the scale is known, and those in pixels that they are made of."""
CATEGORY = {"id": 1, "name": "object", "supercategory": "foreground"}


class ObjectsFile:
    """A file of the objects of each frame, in order; it appears complete on leaving the `with`, or not at all."""

    def __init__(
        self, path: Path, width: int, height: int, names: Sequence[str], *, overwrite: bool, folder: bool = False,
        px_per_mm: float | None = None,
    ) -> None:  # fmt: skip
        self._path, self._size, self._names, self._px_per_mm = path, (width, height), names, px_per_mm
        self._output = PartialOutput(path, overwrite=overwrite, folder=folder)
        try:
            self._begin(self._output.partial)
        except BaseException as err:
            self._output.discard()
            if isinstance(err, OSError):
                raise self._refused(err) from err
            raise

    def write(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        """Append the objects of the frame of this number, from 0, and time, in seconds."""
        try:
            self._append(objects, time, index)
        except OSError as err:
            raise self._refused(err) from err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        try:
            self._finish()
            if kind is None:
                self._output.keep()
        except OSError as err:
            if kind is None:
                raise self._refused(err) from err
        finally:
            self._abandon()
            self._output.discard()

    def _refused(self, err: OSError) -> EncodeError:
        return EncodeError(f"{self._path}: cannot be written: {err.strerror or err}: check the disk")

    def _begin(self, partial: Path) -> None:
        raise NotImplementedError

    def _append(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        raise NotImplementedError

    def _finish(self) -> None:
        """Write the end of the file."""

    def _abandon(self) -> None:
        """Close open files."""


class _Text(ObjectsFile):
    """A single text file."""

    _file: IO[str]

    def _begin(self, partial: Path) -> None:
        self._file = partial.open("w", encoding="utf-8", newline="")

    def _finish(self) -> None:
        self._file.close()

    def _abandon(self) -> None:
        with suppress(OSError):
            self._file.close()


class Table(_Text):
    """A CSV row for each object of each frame: frame from 0, id from 1, time in seconds, angles in degrees clockwise
    from the x axis, the rest in pixels; with a scale, places, speeds and lengths in millimetres, too.
    """

    def _begin(self, partial: Path) -> None:
        super()._begin(partial)
        self._rows = csv.writer(self._file, lineterminator="\n")
        self._rows.writerow((*COLUMNS, *((*SCALED, "area_mm2") if self._px_per_mm else ())))

    def _append(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        seconds = f"{float(time):.6f}"
        for one in objects:
            (x, y), ellipse = one.region.centroid, one.region.ellipse
            figures: dict[str, float | None] = {"cx": x, "cy": y, "speed": None, "heading": None, **ellipse._asdict()}
            if one.speed is not None:
                right, down = one.speed
                figures |= {"speed": hypot(right, down), "heading": degrees(atan2(down, right)) % 360}
            place = (*one.region.box, one.region.area, *map(_figure, figures.values()))
            self._rows.writerow((index, seconds, one.id, *place, *self._scaled(figures, one.region.area)))

    def _scaled(self, figures: Mapping[str, float | None], area: int) -> Iterator[str]:
        if scale := self._px_per_mm:
            for name in SCALED.values():
                length = figures[name]
                yield _figure(None if length is None else length / scale, 4)
            yield _figure(area / scale**2, 4)


def _figure(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:.{digits}f}"


class Coco(_Text):
    """COCO's JSON of annotations with run lengths; `track_id` identifies the object, in `attributes` for CVAT.

    Annotations are written at once, and the images, of which only times and numbers are kept, at the end.
    """

    def _begin(self, partial: Path) -> None:
        super()._begin(partial)
        self._times, self._numbers = array("d"), array("q")
        self._written = 0
        self._file.write('{"categories": ' + json.dumps([CATEGORY]) + ',\n"annotations": [')

    def _append(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        width, height = self._size
        for one in objects:
            counts = to_text(run_lengths(one.region, width, height))
            self._item(
                {
                    "id": self._written + 1, "image_id": index + 1, "category_id": CATEGORY["id"],
                    "track_id": one.id, "bbox": one.region.box, "area": one.region.area, "iscrowd": 0,
                    "segmentation": {"size": [height, width], "counts": counts},
                    "attributes": {"track_id": one.id, "keyframe": True},
                },
                first=self._written == 0,
            )  # fmt: skip
            self._written += 1
        self._times.append(float(time))
        self._numbers.append(index)

    def _finish(self) -> None:
        width, height = self._size
        self._file.write('\n],\n"images": [')
        for frame, time in zip(self._numbers, self._times, strict=True):
            name = readable(self._names[frame]) if self._names else f"{frame + 1:06d}.png"
            image = {"id": frame + 1, "file_name": name, "width": width, "height": height, "frame": frame}
            image["time"] = round(time, 6)
            self._item(image, first=frame == self._numbers[0])
        self._file.write("\n]}\n")
        super()._finish()

    def _item(self, item: dict[str, Any], *, first: bool) -> None:
        self._file.write(("\n" if first else ",\n") + json.dumps(item))


class Yolo(ObjectsFile):
    """A text file for each frame: class 0, and the box's centre and size relative to the image."""

    NUMBERED = r"\d{6,}\.txt"

    def _begin(self, partial: Path) -> None:
        self._stems = stems_of(self._names)
        named = (re.escape(f"{stem}.txt") for stem in self._stems)
        check_own(self._path, re.compile("|".join((self.NUMBERED, *named))))
        partial.mkdir()

    def _append(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        width, height = self._size
        lines = []
        for one in objects:
            x, y, wide, high = one.region.box
            shares = ((x + wide / 2) / width, (y + high / 2) / height, wide / width, high / height)
            lines.append("0 " + " ".join(f"{share:.6f}" for share in shares) + "\n")
        name = self._stems[index] if self._stems else f"{index + 1:06d}"
        path = self._output.partial / f"{name}.txt"
        path.write_text("".join(lines), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Format:
    """A file format of objects.

    Attributes
    ----------
    make : callable
        The class that writes the format.
    folder : bool
        Whether the output is a folder.
    """

    make: Callable[..., ObjectsFile]
    folder: bool = False


FORMATS = {"objects": Format(Table), "coco": Format(Coco), "yolo": Format(Yolo, folder=True)}


def open_objects(
    name: str, path: Path, width: int, height: int, names: Sequence[str] = (), *, overwrite: bool,
    px_per_mm: float | None = None,
) -> ObjectsFile:  # fmt: skip
    """Return an open file of objects.

    Parameters
    ----------
    name : "objects", "coco" or "yolo"
        A table (CSV), COCO's JSON, or a folder of YOLO's boxes.
    path : Path
    width, height : int
        Size of the frames.
    names : sequence of str
        Names of the frames' files; empty if there are none.
    overwrite : bool
        Replace an existing output.
    px_per_mm : float, optional
        Pixels to a millimetre of what the camera sees.

    Raises
    ------
    ParameterError
        If an existing output would be lost.
    EncodeError
        If the output cannot be written.
    """
    chosen = FORMATS[name]
    return chosen.make(path, width, height, names, overwrite=overwrite, folder=chosen.folder, px_per_mm=px_per_mm)
