"""From the samples of a camera that stands or shakes to its background: votes, plate, noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.background.assumptions import measure_assumptions
from stillplate.background.background import Background
from stillplate.background.fit_states import LightState, in_one_light, noise_sigma
from stillplate.background.options import PlateOptions
from stillplate.background.samples import Samples
from stillplate.background.second_pass import SecondPass, sample_again
from stillplate.imaging.resize import downscale, small_size, working_factor
from stillplate.io.phases import log_phase
from stillplate.io.source import FrameSource
from stillplate.photometry.appearance import Appearance
from stillplate.photometry.states import find_states
from stillplate.plate.appearances import find_appearances
from stillplate.plate.compensated_vote import compensate_and_vote
from stillplate.plate.exposure import LightCurve
from stillplate.plate.flicker import remove_flicker
from stillplate.plate.light_state_plates import estimate_state_plates
from stillplate.plate.plate import adopt_plate, estimate_plate
from stillplate.plate.stationary import find_stays
from stillplate.sampling.exclusion import Excluded
from stillplate.sampling.gather import Progress
from stillplate.sampling.options import SamplingOptions
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.ground import Ground
from stillplate.segmentation.ground_learning import learn_ground
from stillplate.segmentation.noise import Noise
from stillplate.segmentation.noise_learning import learn
from stillplate.segmentation.options import MaskOptions
from stillplate.segmentation.sample_differences import SampleDifferences
from stillplate.segmentation.specks import learn_specks
from stillplate.segmentation.static_camera import StaticCamera

__all__ = ["fit_still"]


def fit_still(
    samples: Samples,
    excluded: Excluded,
    options: PlateOptions,
    sampling: SamplingOptions,
    frames: FrameSource,
    progress: Progress | None,
) -> Background:
    """Make the background of a camera that stands or shakes."""
    memory = sampling.memory
    stack, motion, shake, fixed = samples.stack, samples.motion, samples.shake, options.light == "fixed"
    weighted, masks, clusters = options.weighted, options.masks, options.clusters
    own = excluded.validity(samples.times)
    valid = samples.validity(own)
    flicker = None if fixed else remove_flicker(stack)
    groups = [] if fixed or stack.small is None else samples.states(find_states(stack.small))
    states: tuple[LightState, ...] = ()
    appearances: tuple[Appearance, ...] = ()
    curve: LightCurve | None
    ground: Ground | None = None
    second: SecondPass | None = None
    if len(groups) > 1:
        plates = estimate_state_plates(stack, groups, weighted=weighted, valid=valid, clusters=clusters, memory=memory)
        stack = samples.of_clip(stack)
        sigma = noise_sigma(stack)
        stack, states, curve = in_one_light(stack, plates, masks=masks, valid=own)
        plate, votes, noise = plates[0], None, states[0].noise
    else:
        small = None if valid is None else valid.small(*small_size(stack.height, stack.width))
        stack, votes, curve = compensate_and_vote(stack, options.light, weighted=weighted, valid=small)
        plate = estimate_plate(stack, samples.preferred(votes), valid=valid, clusters=clusters, memory=memory)
        if votes is not None and curve is None and flicker is None and samples.still:
            plate, votes, second = sample_again(
                frames, samples, plate, votes, valid, excluded, sampling, clusters=clusters, progress=progress
            )
        stack, curve = samples.of_clip(stack), curve and curve.of_first(samples.count)
        small = None if own is None or small is None else small[: samples.count]
        appearances = find_appearances(stack, plate.image, small) if masks and not fixed else ()
        noise = Noise.of_plate(plate.noise)
        if masks:
            differences = SampleDifferences.of(stack, plate.image, looks=appearances)
            noise, ground = learn(differences, own, plate.seen), learn_ground(differences, own)
            noise = replace(noise, specks=_find_specks(stack, plate.image, noise))
        sigma = 0.0 if votes is None else votes.noise
    log_phase("check")
    stays = find_stays(stack, plate.image, sigma) if weighted else ()
    assumptions = measure_assumptions(stack, plate, votes, samples.frames, shake, curve, motion, second)
    return Background(
        plate, stack.times, noise, shake > 0, stays,
        assumptions=assumptions, light=curve, states=states, looks=appearances, indices=stack.indices, flicker=flicker,
        ground=ground,
    )  # fmt: skip


def _find_specks(stack: SampleStack, plate: Image, noise: Noise) -> npt.NDArray[np.float32] | None:
    """Learn the size of specks from the masks of some samples and of their neighbours in the clip."""
    camera = StaticCamera(adopt_plate(downscale(plate, working_factor(stack.width))), noise)

    def find_mask(image: Image) -> npt.NDArray[np.bool_]:
        return camera.observe(image).labels(MaskOptions()) > 0

    return learn_specks(stack, find_mask)
