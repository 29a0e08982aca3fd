"""The plug-in in napari itself, without a screen: QT_QPA_PLATFORM=offscreen."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel
from napari_stillplate.clip import Clip
from napari_stillplate.reader import reader_of
from napari_stillplate.widget import CleanPlate
from npe2 import PluginManager, PluginManifest
from pytestqt.qtbot import QtBot

import stillplate
from stillplate.io.opening import open_sink
from stillplate.synthetic import street

SECONDS = 120_000  # milliseconds, a bound for a machine that is busy


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn street of 48 frames, lossless."""
    drawn, path = street(128, 72, 48, seed=3, walkers=3), tmp_path_factory.mktemp("clip") / "street.mkv"
    with open_sink(path, 128, 72, drawn.info.rate, channels=3) as sink:
        for frame in drawn:
            sink.write(frame.image, frame.time)
    return path


def test_the_manifest_names_what_is_there() -> None:
    manifest = PluginManifest.from_distribution("napari-stillplate")

    for command in manifest.contributions.commands or ():
        module, _, name = str(command.python_name).partition(":")
        assert callable(getattr(import_module(module), name))
    assert {widget.display_name for widget in manifest.contributions.widgets or ()} == {"Clean plate"}


def test_frames_are_decoded_when_they_are_looked_at(clip: Path) -> None:
    with stillplate.open_video(clip) as source:
        images = np.stack([frame.image for frame in source])
    layer = Clip(str(clip))

    assert (layer.shape, layer.dtype, layer.ndim) == (images.shape, np.uint8, 4)
    for key in (0, -1, 17, (5, slice(10, 20)), slice(3, 9, 2), (slice(0, 2), slice(None), 4), slice(4, 4)):
        assert np.array_equal(layer[key], images[key]), key
    assert np.array_equal(np.asarray(layer), images)
    with pytest.raises(IndexError):
        layer[48]


def test_what_is_no_video_is_left_to_others(tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_text("no video")

    assert reader_of(str(tmp_path / "no.mp4")) is None


@pytest.fixture(scope="session", autouse=True)
def _registered() -> None:
    """What napari does at its start."""
    PluginManager.instance().register(PluginManifest.from_distribution("napari-stillplate"))


def widget_of(viewer: ViewerModel) -> CleanPlate:
    """The widget that the manifest names, as napari makes it."""
    (contribution,) = (one for one in PluginManager.instance().iter_widgets() if one.plugin_name == "napari-stillplate")
    widget = contribution.get_callable()(viewer)
    assert isinstance(widget, CleanPlate)
    return widget


def test_napari_opens_a_clip_and_the_widget_makes_layers(clip: Path, qtbot: QtBot) -> None:
    viewer = ViewerModel()
    widget = widget_of(viewer)
    (layer,) = viewer.open(str(clip), plugin="napari-stillplate")
    assert widget.clip.choices == (layer,)
    widget.samples.value = 24
    assert widget.run() is not None
    assert not widget.button.enabled
    qtbot.waitUntil(lambda: widget.button.enabled and len(viewer.layers) == 4, timeout=SECONDS)

    assert [one.name for one in viewer.layers] == ["street", "street plate", "street support", "street masks"]
    expected = stillplate.fit(clip, samples=24)
    assert np.array_equal(viewer.layers[1].data, expected.plate.image)
    masks = viewer.layers[3].data
    assert np.array_equal(masks[20], expected.mask(layer.data[20], 20))
    assert "of it is certain" in widget.told.value


def test_a_layer_that_is_no_clip_and_a_clip_that_is_too_short_are_told(qtbot: QtBot) -> None:
    viewer = ViewerModel()
    widget = widget_of(viewer)
    viewer.add_image(np.zeros((8, 8, 3), np.uint8), rgb=True)
    assert widget.run() is None
    assert "a layer of RGB frames" in widget.told.value
    viewer.add_image(np.zeros((1, 8, 8, 3), np.uint8), rgb=True)
    assert widget.run() is not None
    qtbot.waitUntil(lambda: widget.button.enabled and "sampling" not in widget.told.value, timeout=SECONDS)

    assert len(viewer.layers) == 2
    assert "1 frame found, but at least 2 are needed" in widget.told.value
