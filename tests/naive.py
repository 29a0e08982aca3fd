"""Plain-Python twins of the kernels: as slow and as plain as can be, to hold the fast ones to."""

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

Colour = tuple[int, ...]


def mean(members: list[Colour]) -> list[Fraction]:
    return [Fraction(sum(channel), len(members)) for channel in zip(*members, strict=True)]


def squared_distance(colour: Colour, sums: Colour, count: int) -> Fraction:
    """To the mean of `count` colours, given as their sums: |n x − Σ|² / n², one fraction of whole numbers."""
    return Fraction(sum((count * x - s) ** 2 for x, s in zip(colour, sums, strict=True)), count**2)


def scatter(members: list[Colour]) -> Fraction:
    """Sum of the squared distances to the mean: Σ|x|² − |Σx|² / n."""
    if not members:
        return Fraction(0)
    squares = sum(x * x for colour in members for x in colour)
    return squares - Fraction(sum(sum(channel) ** 2 for channel in zip(*members, strict=True)), len(members))


def members_of(colours: list[Colour], labels: list[int], k: int) -> list[Colour]:
    return [x for x, label in zip(colours, labels, strict=True) if label == k]


def inertia(colours: list[Colour], labels: list[int]) -> Fraction:
    return sum((scatter(members_of(colours, labels, k)) for k in set(labels)), Fraction(0))


def is_fixpoint(colours: list[Colour], labels: list[int]) -> bool:
    """Whether no colour is nearer to another cluster's mean than to its own."""
    parts = {k: members_of(colours, labels, k) for k in set(labels)}
    centres = {k: (tuple(map(sum, zip(*part, strict=True))), len(part)) for k, part in parts.items()}
    own = [squared_distance(x, *centres[k]) for x, k in zip(colours, labels, strict=True)]
    best = [min(squared_distance(x, *c) for c in centres.values()) for x in colours]
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


def colour_difference(
    image: npt.NDArray[np.uint8], plate: npt.NDArray[np.uint8], weights: tuple[float, float, float], common: float
) -> npt.NDArray[np.float64]:
    """The channels' differences less a share of their mean, weighed."""
    out = np.empty(image.shape[:2])
    for y, x in np.ndindex(out.shape):
        d = [int(i) - int(j) for i, j in zip(image[y, x], plate[y, x], strict=True)]
        out[y, x] = sum(w * abs(one - common * sum(d) / 3) for w, one in zip(weights, d, strict=True))
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


def patch_agreement(
    pictures: npt.NDArray[np.uint8], votes: npt.NDArray[np.float32], full: int, sharpness: float
) -> npt.NDArray[np.float64]:
    """Σ_u exp(−λ · mean over 3 x 3 of min(1, max_c |t − u| / full)) · votes_u, edges repeated."""
    kinds, count, height, width = votes.shape
    sums = np.zeros((kinds, count, height, width))
    for t, u in np.ndindex(count, count):
        far = np.abs(pictures[t].astype(int) - pictures[u]).max(axis=2) / full
        edged = np.pad(np.minimum(1, far), 1, mode="edge")
        share = sum(edged[y : y + height, x : x + width] for y, x in product(range(3), repeat=2)) / 9
        sums[:, t] += np.exp(-sharpness * share) * votes[:, u]
    return sums


def hue(
    seen: npt.NDArray[np.uint8],
    ground: npt.NDArray[np.uint8],
    weak: npt.NDArray[np.bool_],
    dark: float,
    off: tuple[float, float],
    between: tuple[float, float],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """I = s B with one s, in levels lifted by `dark`."""
    alike, light = np.zeros(weak.shape, np.bool_), np.zeros(weak.shape)
    for y, x in np.argwhere(weak):
        i, b = seen[y, x] + dark, ground[y, x] + dark
        s = light[y, x] = sum(i * b) / sum(b * b)
        alike[y, x] = sum(abs(i - s * b)) / 3 < off[0] + off[1] * sum(i) / 3 and between[0] < s < between[1]
    return alike, light


def texture(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    smooth: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]],
    alike: npt.NDArray[np.bool_],
    light: npt.NDArray[np.float32],
    cell: int,
    dark: float,
    flat: float,
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Deviation of the ratio in 5 x 5, and sums of the texture's products over cells; edges go on."""
    height, width = alike.shape

    def window(picture: npt.NDArray[Any], y: int, x: int, reach: int) -> npt.NDArray[Any]:
        rows = np.clip(range(y - reach, y + reach + 1), 0, height - 1)
        columns = np.clip(range(x - reach, x + reach + 1), 0, width - 1)
        return np.asarray(picture[np.ix_(rows, columns)])

    grey, ground = image.mean(axis=2), plate.mean(axis=2)
    ratio = (smooth[0].sum(axis=2) + 3 * dark) / (smooth[1].sum(axis=2) + 3 * dark)
    flats = np.zeros(alike.shape, np.bool_)
    sums = np.zeros((-(-height // cell), -(-width // cell), 5))
    for y, x in np.argwhere(alike):
        near = window(ratio, y, x, 2)
        flats[y, x] = near.std() < flat * near.mean()
        if window(alike, y, x, 1).all():
            own = grey[y, x] - window(grey, y, x, 2).mean()
            expected = light[y, x] * (ground[y, x] - window(ground, y, x, 2).mean())
            sums[y // cell, x // cell] += (1, own**2, own * expected, expected**2, grey[y, x])
    return flats, sums


def upsample_mask(
    mask: npt.NDArray[np.bool_],
    usual: npt.NDArray[np.float32],
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    table: npt.NDArray[np.uint8],
    factor: int,
    edge: float,
    weight: float,
    most: float,
) -> npt.NDArray[np.bool_]:
    """The mask between its centres, drawn to where the frame differs from the plate."""
    rows, columns = mask.shape
    out = np.zeros(image.shape[:2], np.bool_)
    for y, x in np.ndindex(out.shape):
        row, column = y // factor, x // factor
        near = mask[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
        if near.all() or not near.any():
            out[y, x] = near.all()
            continue
        v, h = (y % factor + 0.5) / factor - 0.5, (x % factor + 0.5) / factor - 0.5
        there = min(max(row + (-1 if v < 0 else 1), 0), rows - 1)
        beside = min(max(column + (-1 if h < 0 else 1), 0), columns - 1)
        v, h = abs(v), abs(h)
        soft = (1 - v) * ((1 - h) * mask[row, column] + h * mask[row, beside])
        soft += v * ((1 - h) * mask[there, column] + h * mask[there, beside])
        far = np.abs(table[image[y, x], range(3)].astype(int) - plate[y, x]).mean()
        pull = weight * (far / usual[row, column] - edge) if usual[row, column] > 0 else 0
        out[y, x] = soft + min(most, max(-most, pull)) > 0.5
    return out


def components(mask: npt.NDArray[np.bool_], diagonal: bool) -> npt.NDArray[np.int64]:
    """Each pixel's region by flooding, numbered from 0 as they first come; -1 where there is none."""
    labels, count = np.full(mask.shape, -1), 0
    steps = [(dy, dx) for dy, dx in product((-1, 0, 1), repeat=2) if diagonal or not (dy and dx)]
    for start in np.argwhere(mask).tolist():
        if labels[tuple(start)] >= 0:
            continue
        wet = [tuple(start)]
        while wet:
            y, x = wet.pop()
            if 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1] and mask[y, x] and labels[y, x] < 0:
                labels[y, x] = count
                wet += [(y + dy, x + dx) for dy, dx in steps]
        count += 1
    return labels


def rims(labels: npt.NDArray[np.int64], mask: npt.NDArray[np.bool_], reach: int) -> list[float]:
    """Of the places `reach` pixels beside a region's pixels that no region has, the share that the mask holds."""
    shares = []
    for region in range(labels.max(initial=-1) + 1):
        places = []
        for y, x in np.argwhere(labels == region).tolist():
            beside = [(y - reach, x), (y + reach, x), (y, x - reach), (y, x + reach)]
            places += [p for p in beside if 0 <= p[0] < labels.shape[0] and 0 <= p[1] < labels.shape[1]]
        outside = [bool(mask[p]) for p in places if labels[p] < 0]
        shares.append(sum(outside) / max(1, len(outside)))
    return shares


def barrier_distance(field: npt.NDArray[np.float32], starts: npt.NDArray[np.bool_], scans: int) -> npt.NDArray[Any]:
    """Raster scans; each pixel is reached from the two that the scan has just passed, in the kernel's float32."""
    squares, (height, width) = np.where(starts, np.float32(0), np.float32(np.inf)), starts.shape
    high, low = field.copy(), field.copy()
    for scan in range(scans):
        step = -1 if scan % 2 else 1
        for y, x in list(np.ndindex(height, width))[::step]:
            for row, column in ((y - step, x), (y, x - step)):
                if 0 <= row < height and 0 <= column < width and squares[row, column] < np.inf:
                    most, least = np.maximum(field[y, x], high[row, column]), np.minimum(field[y, x], low[row, column])
                    square = (most[0] - least[0]) ** 2 + (most[1] - least[1]) ** 2
                    if square < squares[y, x]:
                        squares[y, x], high[y, x], low[y, x] = square, most, least
    return np.sqrt(squares)
