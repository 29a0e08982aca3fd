"""The options that a user turns while looking: of the masks, and of the plate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import Any, Self

from stillplate.background.fit import fit
from stillplate.errors import ParameterError
from stillplate.segmentation.options import MaskOptions

__all__ = ["Knobs", "PlateKnobs", "fit_keywords"]

SWITCH = {"1": True, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """Options of the masks, each as `render` has it."""

    masks: MaskOptions = field(default_factory=MaskOptions)
    """Checked; its weights are those that the program was started with."""
    temporal: bool = True
    """Whether masks are judged beside those of neighbouring frames."""
    clean_shadows: bool = True
    """Whether the clean frame is without shadows."""

    @property
    def judges_in_time(self) -> bool:
        """Whether masks are judged beside their neighbours: not where the options ask for each frame by itself."""
        return self.temporal and not self.masks.by_frame

    def turned(self, given: Mapping[str, str]) -> Self:
        """Return the knobs as a page has turned them.

        Parameters
        ----------
        given : mapping of str to str
            By the names of the options; what is empty is not given, what is missing stays as it is.

        Raises
        ------
        ParameterError
            If a value is outside its range, or a name is that of no knob.
        """
        masks: dict[str, Any] = {}
        switches: dict[str, bool] = {}
        for name, text in given.items():
            if name in ("temporal", "clean_shadows") and text in SWITCH:
                switches[name] = SWITCH[text]
            elif name == "sensitivity":
                masks[name] = _number(name, text)
            elif name == "threshold":
                masks[name] = _number(name, text) if text else None
            elif name == "min_size":
                masks[name] = text or None
            elif name in ("shadows", "cleanup"):
                masks[name] = text
            else:
                raise ParameterError(f"{name}={text} is no option of a mask")
        return replace(self, masks=replace(self.masks, **masks).checked(), **switches)

    def keywords(self) -> dict[str, Any]:
        """The keywords of `render` that differ from its defaults."""
        plain, found = Knobs(masks=MaskOptions().checked()), dict[str, Any]()
        for name in ("threshold", "weights", "sensitivity", "shadows", "cleanup", "min_size"):
            if getattr(self.masks, name) != getattr(plain.masks, name):
                found[name] = getattr(self.masks, name)
        for name in ("temporal", "clean_shadows"):
            if getattr(self, name) != getattr(plain, name):
                found[name] = getattr(self, name)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateKnobs:
    """Options of the plate that a page may turn, each as `fit` has it."""

    samples: int = 64
    clusters: int = 2
    vote: str = "calm"
    light: str = "auto"
    camera: str = "auto"

    def turned(self, given: Mapping[str, Any]) -> Self:
        """Return the knobs as a page has turned them; raises ParameterError if a name or a type is wrong."""
        for name, value in given.items():
            if name not in self.__slots__ or type(value) is not type(getattr(self, name)):
                raise ParameterError(f"{name}={value!r} is no option of the plate")
        return replace(self, **given)

    def keywords(self) -> dict[str, Any]:
        """The keywords of `fit` that differ from its defaults."""
        plain = PlateKnobs()
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in found.items() if value != getattr(plain, name)}


def fit_keywords(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords of `fit` among those that are given, without its defaults."""
    defaults = {name: one.default for name, one in signature(fit).parameters.items()}
    return {name: value for name, value in given.items() if name in defaults and value != defaults[name]}


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ParameterError(f"{name} is {text!r}, but a number is needed") from None
