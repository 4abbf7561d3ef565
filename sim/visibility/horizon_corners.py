"""Times at which a target is at the azimuth of a corner of a horizon profile, where a search begins a piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span
from sim.search.find import find_all
from sim.search.margins import Margin, Together
from sim.search.windows import Windows

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Across = Callable[[Array], Array]
"""Eastern and northern parts of a line of sight: (n,) TDB s → (n, 2) km."""

TOLERANCE_KM = 1e-6


def corner_times(across: Across, azimuths: Array, span: Span, pace_s: float, breaks: Array) -> Array:
    """When a line of sight passes some azimuths (rad), or their opposites: (k,) TDB s in order."""
    family = _Corners(across)
    margins = [
        Margin(_nobody, TOLERANCE_KM, pace_s, breaks, "azimuth of a corner", "km", family=family, member=float(azimuth))
        for azimuth in azimuths
    ]
    found = find_all(margins, [Windows.whole(span)] * len(margins))
    times = np.unique(np.concatenate([windows.bounds.ravel() for windows in found]))
    inside: Array = times[(times > span.start) & (times < span.end)]
    return inside


def _nobody(t: Array) -> Array:
    raise NotImplementedError("corners are searched together")


@dataclass(frozen=True, eq=False)
class _Corners:
    """A family: members are azimuths (rad), each with the distance of the target from its vertical plane (km)."""

    across: Across

    def together(self, members: Sequence[float]) -> _Planes:
        return _Planes(self.across, np.array(members))


class _Planes(Together):
    """Vertical planes through several azimuths."""

    def __init__(self, across: Across, azimuths: Array) -> None:
        self.across, self.normals = across, np.column_stack((np.cos(azimuths), -np.sin(azimuths)))
        self.tolerance = np.full(2, TOLERANCE_KM)

    def shared(self, t: Array, keep: bool = False) -> Array:
        return self.across(t)

    def margins(self, shared: Array, which: Index) -> Array:
        distances: Array = np.einsum("npi,ni->np", shared, self.normals[which])
        return distances

    def every(self, shared: Array, members: slice) -> Array:
        distances: Array = self.normals[members] @ shared.reshape(-1, 2).T
        return distances.reshape(-1, *shared.shape[:-1])

    def gain(self, shared: Array, which: Index) -> Array:
        return np.full(len(shared), 2.0)
