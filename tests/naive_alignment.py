"""Plain twins of the kernels that register images."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.imaging.homography import exponential, inverse, project, project_with_jacobian
from stillplate.kernels import AlignedPixels

Map = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


def fit_pairs(
    basis: Doubles, start: Doubles, sources: Doubles, targets: Doubles, weights: Doubles, scales: tuple[float, ...],
    *, rounds: int, damping: float, enough: float,
) -> Doubles:  # fmt: skip
    matrix = start
    for scale in scales:
        for _ in range(rounds):
            projected, jacobian = project_with_jacobian(matrix, basis, sources)
            residual = targets - projected
            robust = weights / np.square(1 + (residual**2).sum(axis=1) / scale**2)
            flat = jacobian.reshape(len(basis), -1)
            weighted = (jacobian * robust).reshape(len(basis), -1)
            normal = weighted @ flat.T + damping * np.eye(len(basis))
            step = np.linalg.solve(normal, weighted @ residual.T.ravel())
            if np.abs(step).max() > 1:
                return start
            matrix = matrix @ exponential(np.tensordot(step, basis, 1))
            if np.abs(step).max() < enough:
                break
    return np.asarray(matrix / matrix[2, 2])


def align(
    frame: Map, pixels: AlignedPixels, way: Doubles, trust: Map | None, *, steps: int, fewest: int, farthest: float,
    least_step: float, noise: float,
) -> tuple[Doubles, float]:  # fmt: skip
    weights = np.ones(len(pixels.places)) if trust is None else trust.astype(np.float64)
    best, found, distance, cost_scale, scale = np.inf, way, np.inf, 0.0, np.inf
    moved, gain, offset = way, 1.0, 0.0
    for _ in range(steps + 1):
        levels, inside = sample(frame, project(moved, pixels.places))
        if np.count_nonzero(inside) < fewest:
            break
        residual = np.where(inside, levels - (gain * pixels.levels + offset), 0)
        if scale == np.inf:
            shift = float(np.median(residual[inside]))
            offset += shift
            residual -= shift
        scale = max(noise, min(scale, 1.5 * float(np.median(np.abs(residual)[inside]))))
        cost_scale = cost_scale or scale
        cost = float(np.mean(weights * np.where(inside, robust_cost(residual, cost_scale), 1)))
        if cost < best:
            best, found = cost, moved
            distance = float(np.median((np.abs(residual) / pixels.steep)[inside]))
        weighted = pixels.columns * (weights * inside * np.square(1 - robust_cost(residual, scale)))
        normal = weighted @ pixels.columns.T.astype(np.float64)
        normal += np.diag(1e-6 * np.diagonal(normal) + 1e-6)
        step = np.linalg.solve(normal, weighted @ residual)
        gain, offset = gain + step[-2], offset + step[-1]
        moved = moved @ inverse(exponential(np.tensordot(step[:-2], pixels.basis, 1)))
        if np.abs(step[:-2]).max() < least_step:
            break
    with np.errstate(invalid="ignore"):  # points behind the camera
        near = np.abs(project(found, pixels.places) - project(way, pixels.places)).max() <= farthest
    return (found if near else way), distance


def robust_cost(residual: Doubles, scale: float) -> Doubles:
    square = np.square(residual / scale)
    return np.asarray(square / (1 + square))


def sample(frame: Map, places: Doubles) -> tuple[Doubles, npt.NDArray[np.bool_]]:
    height, width = frame.shape
    x, y = places.T
    inside = (x >= 1) & (y >= 1) & (x <= width - 2) & (y <= height - 2)
    x, y = np.where(inside, x, 0), np.where(inside, y, 0)
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    right, down = x - column, y - row
    beside, below = np.minimum(column + 1, width - 1), np.minimum(row + 1, height - 1)
    upper = frame[row, column] * (1 - right) + frame[row, beside] * right
    lower = frame[below, column] * (1 - right) + frame[below, beside] * right
    return upper * (1 - down) + lower * down, inside


def steepest(
    image: Map, known: npt.NDArray[np.uint8] | None, basis: Doubles, *, cell: int, most: int, least: float
) -> AlignedPixels:
    height, width = image.shape
    slopes = [cv2.Sobel(image, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1))]
    steep = np.sqrt(slopes[0] ** 2 + slopes[1] ** 2)
    if known is not None:
        steep[cv2.erode(known, np.ones((5, 5), np.uint8), borderValue=0) == 0] = 0
    places = []
    for row, column in np.ndindex(height // cell, width // cell):
        inside = [(x + column * cell, y + row * cell) for y, x in np.ndindex(cell, cell)]
        picked = sorted(inside, key=lambda at: -steep[at[1], at[0]])[:most]
        places += [(x, y) for x, y in picked if steep[y, x] > least]
    spots = np.array(places, np.float64).reshape(-1, 2)
    x, y = spots.astype(int).T
    change = basis @ np.column_stack([spots, np.ones(len(spots))]).T
    moves = change[:, :2] - spots.T * change[:, 2:]
    columns = [*(slopes[0][y, x] * moves[:, 0] + slopes[1][y, x] * moves[:, 1]), image[y, x], np.ones(len(spots))]
    return AlignedPixels(spots, image[y, x], steep[y, x], np.array(columns, np.float32), basis)
