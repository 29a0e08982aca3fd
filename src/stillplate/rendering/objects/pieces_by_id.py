"""Pieces of text of many objects, kept in a file until the last frame: formats of tracks have object after object."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from tempfile import TemporaryFile

__all__ = ["PiecesById"]


class PiecesById:
    """Pieces of text by the id of their object; memory holds 16 bytes of each."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115  the caller closes it
        self._places: dict[int, array[int]] = {}  # by id: where each piece begins, and its length

    @property
    def ids(self) -> list[int]:
        """The ids that have pieces, in ascending order."""
        return sorted(self._places)

    def add(self, number: int, piece: str) -> None:
        """Append a piece to those of this id."""
        data = piece.encode()
        self._places.setdefault(number, array("q")).extend((self._file.tell(), len(data)))
        self._file.write(data)

    def of(self, number: int) -> Iterator[str]:
        """Yield the pieces of this id, in the order in which they were added; none is added after that."""
        places = self._places[number]
        for start, length in zip(places[::2], places[1::2], strict=True):
            self._file.seek(start)
            yield self._file.read(length).decode()

    def close(self) -> None:
        """Delete the file. Safe to call twice."""
        self._file.close()
