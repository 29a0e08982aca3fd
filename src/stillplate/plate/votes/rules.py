"""The numbers that the vote goes by."""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["Rules"]


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers that the vote goes by; docs/method.md has the equations, `python -m benchmarks plates` their worth.

    Attributes
    ----------
    agreement_side : int
        Pixels at the longer side of the pictures whose 3 x 3 patches are compared: patches of 1/27 of the picture.
        Larger ones are never free of leaves where these cover three quarters of the ground.
    different : float
        Levels at which a pixel of two samples differs fully: half of what counts as an error, 20 ...
    noises : float
        ... or so many sigmas where the picture is noisier, up to those 20.
    sharpness : float
        Samples agree by exp(-sharpness · share of the patch that differs): e^-6 = 0.2 % where all of it does.
    word : tuple of float
        Boxes over which neighbours are heard of who shows the ground, in fractions of the picture, one after the other.
        (): they are not heard.
    repeats : int
        How often they are heard in each of these boxes.
    recurrence : float
        (R / max R)^12: the samples within some 10 % of the one that is confirmed best decide. 0: nothing is confirmed,
        and all elect the plate alike.
    rounds : tuple of float
        Boxes over which a sample is held to the plate, in fractions of the picture, from coarse to fine.
    box_error : float
        exp(-15 · share of the box that differs): three of ten different pixels leave 1 %.
    frame_error : float
        exp(-3 · mean error of the frame), as BB-SGD.
    strange : float
        An error e = |I - B|_1 counts tanh(e / 64): BB-SGD's 255/4.
    trials : int
        Rounds in which ghosts are convicted, at most. 0: none are.
    ghost : float
        Mean evidence of the contours that convicts (0: undecided; 1: all of the outline is the plate's) ...
    near_ghost : float
        ... and what hangs together with it.
    doubt : float
        Evidence from doubt · T samples is half believed.
    shown : (float, float)
        At last a sample shows the ground with 1 / (1 + (m / half)^8), m the mean of tanh(e / far) in a box;
        (far, half) are wide, since light and shade may change, and the plate is their median ...
    shown_by_ghost : (float, float)
        ... but where a ghost was, its samples may be the many, and only what is close counts.
    shown_box : float
        The box over which a sample is held to the plate at last, as a fraction of the picture.
    join : float
        Clusters are one if their means are nearer than so many sigmas, 2 levels at least and 20 at most, or if their
        members vote alike. 0: no clusters are.
    support : float
        support = (mean of the weights)^1.25: calibrated so that 0.6 parts right from wrong.
    """

    agreement_side: int = 80
    different: float = 10.0
    noises: float = 3.0
    sharpness: float = 6.0
    neighbour_scales: tuple[float, ...] = (8, 16)
    repeats: int = 4
    recurrence: float = 12.0
    rounds: tuple[float, ...] = (16, 25, 40, 75)
    box_error: float = 15.0
    frame_error: float = 3.0
    strange: float = 64.0
    trials: int = 4
    ghost: float = 0.2
    near_ghost: float = 0.1
    doubt: float = 1 / 32
    shown: tuple[float, float] = (100.0, 0.5)
    shown_by_ghost: tuple[float, float] = (64.0, 0.2)
    shown_box: float = 75
    join: float = 2.0
    support: float = 1.25

    def on_canvas(self, times: float) -> Rules:
        """Keep to the size of a frame where the picture is a canvas, so many times as long as one."""
        return replace(
            self,
            agreement_side=round(self.agreement_side * times),
            neighbour_scales=tuple(part * times for part in self.neighbour_scales),
            rounds=tuple(part * times for part in self.rounds),
            shown_box=self.shown_box * times,
        )
