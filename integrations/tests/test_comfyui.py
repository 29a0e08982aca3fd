"""The pack as ComfyUI loads it, by the NODE_CLASS_MAPPINGS of its folder; nodes joined by their declared types."""

import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import stillplate
from stillplate.synthetic import street

PACK = Path(__file__).parents[1] / "comfyui-stillplate"


@pytest.fixture(scope="session")
def pack() -> ModuleType:
    """The pack, loaded from its folder, as custom nodes are."""
    spec = importlib.util.spec_from_file_location("custom_nodes_stillplate", PACK / "__init__.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    return np.stack([frame.image for frame in street(96, 54, 40, seed=5, walkers=3)])


def call(pack: ModuleType, name: str, **inputs: Any) -> dict[str, Any]:
    """Call a node with its required inputs, and return what it returns by the declared names."""
    kind = pack.NODE_CLASS_MAPPINGS[name]
    declared = kind.INPUT_TYPES()
    assert declared["required"].keys() <= inputs.keys() <= {*declared["required"], *declared.get("optional", {})}
    found = getattr(kind(), kind.FUNCTION)(**inputs)
    assert isinstance(found, tuple) and len(found) == len(kind.RETURN_TYPES)
    for value, form in zip(found, kind.RETURN_TYPES, strict=True):
        if form in ("IMAGE", "MASK"):
            assert value.dtype == torch.float32 and value.ndim == (4 if form == "IMAGE" else 3)
            assert 0 <= float(value.min()) <= float(value.max()) <= 1
    return dict(zip(getattr(kind, "RETURN_NAMES", kind.RETURN_TYPES), found, strict=True))


def test_every_node_takes_what_its_function_takes(pack: ModuleType) -> None:
    assert pack.NODE_CLASS_MAPPINGS.keys() == pack.NODE_DISPLAY_NAME_MAPPINGS.keys()
    for kind in pack.NODE_CLASS_MAPPINGS.values():
        declared = kind.INPUT_TYPES()
        names = [*declared["required"], *declared.get("optional", {})]
        assert list(inspect.signature(getattr(kind, kind.FUNCTION)).parameters)[1:] == names


def test_what_nodes_make_is_what_the_library_makes(pack: ModuleType, images: np.ndarray) -> None:
    frames = torch.from_numpy(images.astype(np.float32) / 255)
    fitted = call(pack, "StillplateFit", images=frames, samples=32, clusters=2, vote="calm", seed=0)
    background = stillplate.fit(images, samples=32)
    levels = (fitted["plate"][0] * 255).round().numpy()
    assert np.array_equal(levels, background.plate.image)
    assert np.allclose(fitted["support"][0], background.plate.support)

    beside = {"images": frames, "background": fitted["background"]}
    masks = call(pack, "StillplateMask", **beside, sensitivity=1.5)["MASK"]
    clean = call(pack, "StillplateClean", **beside)["IMAGE"]
    cut = call(pack, "StillplateCutout", **beside)
    for number in (0, 20, 39):
        image = images[number]
        assert np.array_equal(masks[number].numpy() > 0, background.mask(image, number, sensitivity=1.5))
        assert np.array_equal((clean[number] * 255).round().numpy(), background.clean(image, number))
        rgba = background.cutout(image, number)
        assert np.array_equal((cut["colours"][number] * 255).round().numpy(), rgba[..., :3])
        assert np.array_equal((cut["alpha"][number] * 255).round().numpy(), rgba[..., 3])
    assert masks.any()


def test_frames_with_alpha_lose_it(pack: ModuleType, images: np.ndarray) -> None:
    frames = torch.from_numpy(np.dstack([images.reshape(-1, 96, 3), np.zeros((40 * 54, 96, 1))]).reshape(40, 54, 96, 4))
    fitted = call(pack, "StillplateFit", images=(frames / 255).float(), samples=16, clusters=2, vote="majority", seed=1)

    assert fitted["plate"].shape == (1, 54, 96, 3)
