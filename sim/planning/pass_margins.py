"""Link margins of passes: the least and the mean, for plans that prefer the strongest link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.planning.passes import Pass
from sim.search.conditions import Scalar
from sim.search.windows import Windows
from sim.visibility.link_budget import margin_scalar
from sim.visibility.result import Result
from sim.visibility.routes import Hop

Array = NDArray[np.float64]

MarginOf = Literal["least", "mean"]

MEAN_DB = 1e-3
"""Accuracy of means: a tenth of what is shown of a margin anywhere."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)
_FIRST_S = 1800.0
_LEAST_S = 1.0
"""A piece is not halved below this: the margin has a kink in it, such as at the elevation where the model changes."""


def pass_margins(result: Result, hop: Hop, passes: Sequence[Pass], of: MarginOf, windows: Windows) -> list[float]:
    """The link margin of each pass over what its signal needs, without the margin that the link requires.

    Parameters
    ----------
    result
        The windows that were found, with the channels of the hop. Of several signals on a hop the one with the least
        margin counts.
    hop
        Transmitter and receiver.
    passes
        Passes over the hop, in order of time.
    of
        `least`: the smallest margin in the pass; `mean`: the mean over its time. Neither looks into the gaps of joined
        passes.
    windows
        Those that the passes were made of, for their span.

    Returns
    -------
    list of float
        dB.
    """
    ends = result.ends[hop[0]], result.ends[hop[1]]
    parts = [(*part, number) for number, each in enumerate(passes) for part in each.open_parts]
    if not parts:
        return []
    bounds, owner = np.array([part[:2] for part in parts]), np.array([part[2] for part in parts], dtype=np.intp)
    found = []
    for channel in (each[hop] for each in result.channels.values() if hop in each):
        margin = margin_scalar(channel, *ends, result.light)
        made = least(margin, bounds, owner, windows) if of == "least" else mean(margin, bounds, owner)
        found.append(made)
    smallest: list[float] = np.min(found, axis=0).tolist()
    return smallest


def least(margin: Scalar, bounds: Array, owner: NDArray[np.intp], windows: Windows) -> Array:
    """The least value of a scalar in times (n, 2) TDB s, of all that belong to one owner, numbered from 0."""
    low = np.full(int(owner[-1]) + 1, np.inf)
    np.fmin.at(low, owner, np.fmin.reduce(margin(bounds), axis=1))
    turned = margin.extremes(Windows.of(bounds, windows.span))
    lowest = ~turned.maximum
    of = owner[np.searchsorted(bounds[:, 0], turned.times[lowest], "right") - 1]
    np.fmin.at(low, of, turned.values[lowest])
    return low


def mean(margin: Scalar, bounds: Array, owner: NDArray[np.intp]) -> Array:
    """The mean of a scalar over times (n, 2) TDB s, of all that belong to one owner, to `MEAN_DB`.

    By Gauss–Legendre quadrature with ten points; a piece is halved until its halves agree with it.
    """
    counts = np.maximum(1, np.ceil((bounds[:, 1] - bounds[:, 0]) / _FIRST_S)).astype(int)
    edges = [np.linspace(a, b, count + 1) for (a, b), count in zip(bounds, counts, strict=True)]
    starts, ends = (np.concatenate([each[some] for each in edges]) for some in (slice(-1), slice(1, None)))
    of = owner.repeat(counts)
    total, whole = np.zeros(int(owner[-1]) + 1), _integrals(margin, starts, ends)
    while len(starts):
        middle = 0.5 * (starts + ends)
        halves = _integrals(margin, starts, middle), _integrals(margin, middle, ends)
        length = ends - starts
        done = (np.abs(halves[0] + halves[1] - whole) <= MEAN_DB * length) | (length <= 2.0 * _LEAST_S)
        np.add.at(total, of[done], (halves[0] + halves[1])[done])
        left = ~done
        starts, ends = np.concatenate((starts[left], middle[left])), np.concatenate((middle[left], ends[left]))
        whole, of = np.concatenate((halves[0][left], halves[1][left])), np.tile(of[left], 2)
    known = np.bincount(owner, bounds[:, 1] - bounds[:, 0])
    means: Array = total / known
    return means


def _integrals(margin: Scalar, starts: Array, ends: Array) -> Array:
    half = 0.5 * (ends - starts)
    times = 0.5 * (starts + ends)[:, None] + half[:, None] * _NODES
    integrals: Array = half * (margin(times.ravel()).reshape(times.shape) @ _WEIGHTS)
    return integrals
