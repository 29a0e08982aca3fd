"""What the report says of the light."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from stillplate.background.fit_states import LightState, find_switches
from stillplate.plate.exposure import LightCurve
from stillplate.plate.flicker import Flicker

__all__ = ["light_to_dict"]


def light_to_dict(curve: LightCurve | None, states: Sequence[LightState], flicker: Flicker | None) -> dict[str, Any]:
    """Return the light curve of the samples, whose times `plate` has, and the light states."""
    bands = None if flicker is None else {"along": flicker.axis, "gain": [round(gain, 4) for gain in flicker.limits]}
    if curve is None:
        return {"varying": False, "flicker": bands}
    return {
        "varying": True,
        "flicker": bands,
        "span": round(curve.span, 4),
        "explained": round(curve.explained, 4),
        "brightness": np.round(curve.brightness.astype(float), 4).tolist(),
        "gain": [np.round(gain.scale.astype(float), 4).tolist() for gain in curve.gains],
        "bias": [np.round(gain.offset.astype(float), 2).tolist() for gain in curve.gains],
        "shares": np.round(curve.shares.astype(float), 3).tolist(),
        "states": [
            {
                "brightness": round(float(state.plate.image.mean()), 1),
                "spans": [[round(float(time), 3) for time in span] for span in state.spans],
            }
            for state in states
        ],
        "switches": [
            {
                "after": round(float(switch.after), 3),
                "before": round(float(switch.before), 3),
                "from": switch.former + 1,
                "to": switch.latter + 1,
            }
            for switch in find_switches(states)
        ],
    }
