"""Plain-Python twins of the kernels: as slow and as plain as can be, to hold the fast ones to."""

from fractions import Fraction
from itertools import product

import numpy as np
import numpy.typing as npt

Colour = tuple[int, ...]


def mean(members: list[Colour]) -> list[Fraction]:
    return [Fraction(sum(channel), len(members)) for channel in zip(*members, strict=True)]


def squared_distance(colour: Colour, centre: list[Fraction]) -> Fraction:
    return sum(((x - c) ** 2 for x, c in zip(colour, centre, strict=True)), Fraction(0))


def scatter(members: list[Colour]) -> Fraction:
    """Sum of the squared distances to the mean."""
    if not members:
        return Fraction(0)
    centre = mean(members)
    return sum((squared_distance(x, centre) for x in members), Fraction(0))


def members_of(colours: list[Colour], labels: list[int], k: int) -> list[Colour]:
    return [x for x, label in zip(colours, labels, strict=True) if label == k]


def inertia(colours: list[Colour], labels: list[int]) -> Fraction:
    return sum((scatter(members_of(colours, labels, k)) for k in set(labels)), Fraction(0))


def is_fixpoint(colours: list[Colour], labels: list[int]) -> bool:
    """Whether no colour is nearer to another cluster's mean than to its own."""
    centres = {k: mean(members_of(colours, labels, k)) for k in set(labels)}
    own = [squared_distance(x, centres[k]) for x, k in zip(colours, labels, strict=True)]
    best = [min(squared_distance(x, c) for c in centres.values()) for x in colours]
    return own == best


def best_inertia(colours: list[Colour], clusters: int) -> Fraction:
    """The optimum of k-means: every partition is tried."""
    return min(inertia(colours, list(labels)) for labels in product(range(clusters), repeat=len(colours)))


def whole_votes(weights: list[float], samples: int) -> list[int]:
    """Votes as whole numbers, 65535 / samples for the largest (65535 of more than 256), in the kernel's float32.

    One each where there are none.
    """
    most = 65535 // samples if samples <= 256 else 65535
    votes = [np.float32(w) if w > 0 else np.float32(0) for w in weights]
    largest = max(votes, default=np.float32(0))
    if not largest > 0:
        return [1] * len(votes)
    return [int(v / largest * np.float32(most) + np.float32(0.5)) for v in votes]


def weighted_median(values: list[int], votes: list[int]) -> int:
    """The smallest value with half of the votes at or below it; at just half, its mean with the next, half up."""
    counted = sorted((v, w) for v, w in zip(values, votes, strict=True) if w)
    total, seen = sum(w for _, w in counted), 0
    for value, vote in counted:
        seen += vote
        if 2 * seen >= total:
            above = [v for v, _ in counted if v > value]
            upto = sum(w for v, w in counted if v <= value)
            return (value + min(above) + 1) // 2 if 2 * upto == total else value
    return 0


def ranking(colours: list[Colour], labels: list[int], votes: list[int]) -> list[int]:
    """The clusters that have members, the winner first: most votes, then the tightest, then the earliest."""

    def key(k: int) -> tuple[int, Fraction, int]:
        members = members_of(colours, labels, k)
        won = sum(v for v, label in zip(votes, labels, strict=True) if label == k)
        return -won, scatter(members) / len(members), labels.index(k)

    return sorted(set(labels), key=key)


def pixel_plate(
    colours: list[Colour], labels: list[int], weights: list[float] | None, samples: int
) -> tuple[list[int], np.float32, np.float32]:
    """Plate, support and noise of one pixel, given the clusters of those of its samples that are valid."""
    if not colours:
        return [0, 0, 0], np.float32(0), np.float32(0)
    votes = [1] * len(colours) if weights is None else whole_votes(weights, samples)
    winner = ranking(colours, labels, votes)[0]
    members = members_of(colours, labels, winner)
    won = [v for v, label in zip(votes, labels, strict=True) if label == winner]
    colour = [weighted_median([x[c] for x in members], won) for c in range(3)]
    silent = weights is not None and not any(w > 0 for w in weights)
    support = np.float32(0) if silent else np.float32(sum(won)) / np.float32(sum(votes))
    squares = sum((x[c] - colour[c]) ** 2 for x in members for c in range(3))
    return colour, support, np.float32(np.sqrt(squares / (3.0 * len(members))))


def makers(labels: list[int], weights: list[float] | None, winner: int, samples: int) -> list[bool]:
    """Which samples made the plate: members of the winner, with half as many votes as the pixel's first or more."""
    votes = [1] * len(labels) if weights is None else whole_votes(weights, samples)
    least = (max(votes) + 1) // 2
    return [label == winner and vote >= least for label, vote in zip(labels, votes, strict=True)]


def difference(
    image: npt.NDArray[np.uint8], plate: npt.NDArray[np.uint8], weights: tuple[float, float, float]
) -> npt.NDArray[np.float32]:
    red, green, blue = (np.float32(w) for w in weights)
    out = np.empty(image.shape[:2], np.float32)
    for y, x in np.ndindex(out.shape):
        r, g, b = (abs(int(i) - int(j)) for i, j in zip(image[y, x], plate[y, x], strict=True))
        same = red == green == blue
        out[y, x] = (
            red * np.float32(r + g + b) if same else red * np.float32(r) + green * np.float32(g) + blue * np.float32(b)
        )
    return out


def foreground(image: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    out = np.zeros_like(image)
    for y, x in np.ndindex(mask.shape):
        if mask[y, x]:
            out[y, x] = image[y, x]
    return out


def joined(colours: list[Colour], labels: list[int], votes: list[int], merge: float) -> list[int]:
    """The labels, after all clusters that are one with the winner have become part of it."""
    winner, *others = ranking(colours, labels, votes)
    parts = {winner}
    for k in others:
        means = [mean(members_of(colours, labels, j)) for j in (winner, k)]
        apart = sum(abs(a - b) for a, b in zip(*means, strict=True))
        sums = [sum(v for v, label in zip(votes, labels, strict=True) if label == j) for j in (winner, k)]
        shares = [Fraction(won, labels.count(j)) for won, j in zip(sums, (winner, k), strict=True)]
        if apart < 3 * merge or min(shares) * 2 > max(shares):
            parts.add(k)
    return [winner if label in parts else label for label in labels]


def agree(
    pictures: npt.NDArray[np.uint8], votes: npt.NDArray[np.float32], full: int, sharpness: float
) -> npt.NDArray[np.float64]:
    """Σ_u exp(−λ · mean over 3 x 3 of min(1, max_c |t − u| / full)) · votes_u, edges repeated."""
    kinds, count, height, width = votes.shape
    sums = np.zeros((kinds, count, height, width))
    for t, u, y, x in np.ndindex(count, count, height, width):
        share = 0.0
        for dy, dx in product((-1, 0, 1), repeat=2):
            v, h = min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1)
            far = max(abs(int(a) - int(b)) for a, b in zip(pictures[t, v, h], pictures[u, v, h], strict=True))
            share += min(1.0, far / full) / 9
        sums[:, t, y, x] += np.exp(-sharpness * share) * votes[:, u, y, x]
    return sums


def rank(values: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Each pixel's samples in rising order, the earlier first among equals."""
    ranks = np.empty(values.shape, np.int64)
    for y, x in np.ndindex(values.shape[1:]):
        order = sorted(range(len(values)), key=lambda t: (values[t, y, x], t))
        for place, t in enumerate(order):
            ranks[t, y, x] = place
    return ranks
