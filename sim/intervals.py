"""Intervals of time on which a search looks at margins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.margins import Margin

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Intervals:
    """Intervals, each with the margin it belongs to: starts, ends, owners (n,)."""

    starts: Array
    ends: Array
    owners: Index

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def lengths(self) -> Array:
        return self.ends - self.starts

    def only(self, which: NDArray[np.bool_]) -> Intervals:
        return self.at(np.flatnonzero(which))

    def at(self, index: Index) -> Intervals:
        return Intervals(self.starts[index], self.ends[index], self.owners[index])

    def halved(self) -> Intervals:
        middle = 0.5 * (self.starts + self.ends)
        return Intervals(
            np.concatenate((self.starts, middle)),
            np.concatenate((middle, self.ends)),
            np.concatenate((self.owners, self.owners)),
        )


class Repeated(Intervals):
    """The same pieces for every margin, one margin after the other."""


def repeated(starts: Array, ends: Array, count: int) -> Repeated:
    """The same intervals for so many margins."""
    owners = np.repeat(np.arange(count, dtype=np.intp), len(starts))
    return Repeated(np.tile(starts, count), np.tile(ends, count), owners)


def cut_up(bounds: Array, margin: Margin) -> tuple[Array, Array]:
    """Windows cut at the breaks, and into pieces no longer than the pace."""
    breaks = np.unique(margin.breaks)
    if len(breaks):
        holder = np.clip(np.searchsorted(bounds[:, 0], breaks, "right") - 1, 0, None)
        breaks = breaks[(breaks > bounds[holder, 0]) & (breaks < bounds[holder, 1])]
        bounds = np.column_stack([np.sort(np.concatenate((edge, breaks))) for edge in bounds.T])
    counts = np.maximum(1, np.ceil((bounds[:, 1] - bounds[:, 0]) / margin.pace_s)).astype(int)
    which = np.repeat(np.arange(len(bounds)), counts)
    place = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    low, high = bounds[which].T
    share = (high - low) / counts[which]
    ends = np.where(place + 1 == counts[which], high, low + share * (place + 1))
    return low + share * place, ends
