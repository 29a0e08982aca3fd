"""Nodes: a background from frames, and with it plate, masks, clean frames and cutouts.

ComfyUI's pictures are float32 tensors of shape (N, H, W, 3), 0..1; its masks are of shape (N, H, W).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch

import stillplate

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]

CATEGORY = "stillplate"
BACKGROUND = "STILLPLATE_BACKGROUND"  # the type of what joins the nodes
Inputs = dict[str, dict[str, tuple[Any, ...]]]


def levels(images: torch.Tensor) -> npt.NDArray[np.uint8]:
    """Return pictures as uint8 of shape (N, H, W, 3)."""
    return np.ascontiguousarray((images[..., :3].clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy())


def tensor(pictures: npt.NDArray[Any]) -> torch.Tensor:
    """Return uint8 or bool pictures, or shares 0..1, as float32, 0..1."""
    scale = 255 if pictures.dtype == np.uint8 else 1
    return torch.from_numpy(np.ascontiguousarray(pictures, np.float32) / np.float32(scale))


def of_each(images: torch.Tensor, make: Callable[[npt.NDArray[np.uint8], int], npt.NDArray[Any]]) -> torch.Tensor:
    """Return what a function makes of each picture and its number."""
    return tensor(np.stack([make(image, number) for number, image in enumerate(levels(images))]))


class FitBackground:
    """From the frames of a clip to its background: the plate, how sure it is, and what masks need."""

    CATEGORY: ClassVar = CATEGORY
    FUNCTION: ClassVar = "fit"
    RETURN_TYPES: ClassVar = (BACKGROUND, "IMAGE", "MASK")
    RETURN_NAMES: ClassVar = ("background", "plate", "support")

    @classmethod
    def INPUT_TYPES(cls) -> Inputs:
        """Return the inputs, as ComfyUI asks for them."""
        return {
            "required": {
                "images": ("IMAGE",),
                "samples": ("INT", {"default": 64, "min": 2, "max": 4096, "tooltip": "frames to sample"}),
                "clusters": ("INT", {"default": 2, "min": 1, "max": 8, "tooltip": "k of the k-means"}),
                "vote": (["calm", "majority"],),
                "seed": ("INT", {"default": 0, "min": 0, "max": 2**32 - 1}),
            }
        }

    def fit(
        self, images: torch.Tensor, samples: int, clusters: int, vote: str, seed: int
    ) -> tuple[stillplate.Background, torch.Tensor, torch.Tensor]:
        """Fit the background of all frames."""
        background = stillplate.fit(levels(images), samples=samples, clusters=clusters, vote=vote, seed=seed)
        plate = background.plate
        return background, tensor(plate.image[None]), tensor(plate.support[None])


class _OfFrames:
    """What the nodes share that make something of each frame."""

    CATEGORY: ClassVar = CATEGORY

    @classmethod
    def INPUT_TYPES(cls) -> Inputs:
        """Return the inputs, as ComfyUI asks for them."""
        return {
            "required": {"images": ("IMAGE",), "background": (BACKGROUND,)},
            "optional": {
                "sensitivity": ("FLOAT", {"default": 1.0, "min": 0.1, "max": 10.0, "step": 0.1}),
            },
        }


class MovingMask(_OfFrames):
    """The mask of what moves in each frame."""

    FUNCTION: ClassVar = "masks"
    RETURN_TYPES: ClassVar = ("MASK",)

    def masks(
        self, images: torch.Tensor, background: stillplate.Background, sensitivity: float = 1.0
    ) -> tuple[torch.Tensor]:
        """Mask all frames."""
        return (of_each(images, lambda image, number: background.mask(image, number, sensitivity=sensitivity)),)


class CleanFrames(_OfFrames):
    """Each frame with nobody in it: its own pixels, and the plate where something moves."""

    FUNCTION: ClassVar = "clean"
    RETURN_TYPES: ClassVar = ("IMAGE",)

    def clean(
        self, images: torch.Tensor, background: stillplate.Background, sensitivity: float = 1.0
    ) -> tuple[torch.Tensor]:
        """Clean all frames."""
        return (of_each(images, lambda image, number: background.clean(image, number, sensitivity=sensitivity)),)


class Cutout(_OfFrames):
    """What moves, in un-mixed colours, and its alpha."""

    FUNCTION: ClassVar = "cutout"
    RETURN_TYPES: ClassVar = ("IMAGE", "MASK")
    RETURN_NAMES: ClassVar = ("colours", "alpha")

    def cutout(
        self, images: torch.Tensor, background: stillplate.Background, sensitivity: float = 1.0
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Cut what moves out of all frames."""
        both = of_each(images, lambda image, number: background.cutout(image, number, sensitivity=sensitivity))
        return both[..., :3], both[..., 3]


NODE_CLASS_MAPPINGS = {
    "StillplateFit": FitBackground,
    "StillplateMask": MovingMask,
    "StillplateClean": CleanFrames,
    "StillplateCutout": Cutout,
}
NODE_DISPLAY_NAME_MAPPINGS = {
    "StillplateFit": "Clean plate (stillplate)",
    "StillplateMask": "Mask of what moves (stillplate)",
    "StillplateClean": "Frames with nobody in them (stillplate)",
    "StillplateCutout": "Cut out what moves (stillplate)",
}
