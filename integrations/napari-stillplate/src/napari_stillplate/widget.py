"""The widget: from a layer of RGB frames to the plate, how sure it is, and the masks of what moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from magicgui.widgets import CheckBox, ComboBox, Container, Label, PushButton, SpinBox
from napari.layers import Image
from napari.qt.threading import FunctionWorker, thread_worker
from napari.viewer import Viewer

import stillplate
from napari_stillplate.clip import Clip, Frames

__all__ = ["CleanPlate", "Fitted", "fitted"]


class Fitted(NamedTuple):
    """The background of a layer, and its masks where they are wanted: labels 0 and 1, each made when it is seen."""

    background: stillplate.Background
    masks: Frames | None


def fitted(data: Any, *, samples: int, clusters: int, vote: str, masks: bool, seed: int = 0) -> Fitted:
    """Fit the background of a layer's frames.

    Parameters
    ----------
    data : array-like of shape (N, H, W, 3), uint8, RGB
        A `Clip` is read from its file.
    samples, clusters, vote, seed
        As for `stillplate.fit`.
    masks : bool
        Whether masks are wanted, too.

    Raises
    ------
    stillplate.StillplateError
        If it is no clip, or an option is outside its range.
    """
    source = data.source if isinstance(data, Clip) else np.asarray(data)
    background = stillplate.fit(source, samples=samples, clusters=clusters, vote=vote, seed=seed, masks=masks)
    if not masks:
        return Fitted(background, None)
    make: Callable[[int], Any] = lambda number: background.mask(data[number], number).astype(np.uint8)  # noqa: E731
    return Fitted(background, Frames(make, tuple(data.shape[:3]), np.uint8))


def _attempt(data: Any, **options: Any) -> Fitted | str:
    """Return the background, or what is wrong with the clip, which napari would show as a fault of the program."""
    try:
        return fitted(data, **options)
    except stillplate.StillplateError as err:
        return str(err)


class CleanPlate(Container):  # type: ignore[type-arg]
    """Choose a layer and options; the plate, its support and the masks become layers beside it.

    Parameters
    ----------
    napari_viewer : Viewer
        napari's, or a `ViewerModel`, which has no window.
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        self.viewer = napari_viewer
        self.clip = ComboBox(choices=self._clips, label="clip", tooltip="a layer of RGB frames over time")
        self.samples = SpinBox(value=64, min=2, max=4096, label="samples", tooltip="frames to sample")
        self.clusters = SpinBox(value=2, min=1, max=8, label="clusters", tooltip="k of the k-means")
        self.vote = ComboBox(value="calm", choices=["calm", "majority"], label="vote")
        self.masks = CheckBox(value=True, text="masks of what moves")
        self.button = PushButton(text="Make the plate")
        self.told = Label(value="")
        super().__init__(
            widgets=[self.clip, self.samples, self.clusters, self.vote, self.masks, self.button, self.told]
        )
        self.button.clicked.connect(self.run)
        for event in (napari_viewer.layers.events.inserted, napari_viewer.layers.events.removed):
            event.connect(lambda _: self.clip.reset_choices())

    def run(self) -> FunctionWorker[Fitted | str] | None:
        """Fit in a thread of its own, so that the window stays alive; return its worker, None if there is no clip."""
        layer = self.clip.value
        if layer is None:
            self.told.value = "a layer of RGB frames over time is needed: open a video"
            return None
        self.button.enabled, self.told.value = False, f"sampling {layer.name} ..."
        options = {name: getattr(self, name).value for name in ("samples", "clusters", "vote", "masks")}
        worker: FunctionWorker[Fitted | str] = thread_worker(_attempt)(layer.data, **options)
        worker.returned.connect(lambda found: self._show(layer, found))
        worker.finished.connect(lambda: setattr(self.button, "enabled", True))
        worker.start()
        return worker

    def _clips(self, _: object) -> list[Image]:
        return [layer for layer in self.viewer.layers if isinstance(layer, Image) and layer.rgb and layer.ndim == 3]

    def _show(self, layer: Image, found: Fitted | str) -> None:
        if isinstance(found, str):
            self.told.value = found
            return
        plate = found.background.plate
        self.viewer.add_image(plate.image, name=f"{layer.name} plate", rgb=True)
        self.viewer.add_image(
            plate.support, name=f"{layer.name} support", contrast_limits=(0, 1), colormap="viridis", visible=False
        )
        if found.masks is not None:
            self.viewer.add_labels(found.masks, name=f"{layer.name} masks")
        self.told.value = f"plate: {found.background.sureness}"
