"""When passes can be seen by eye, and how bright the target then is: columns of the table of passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.search.windows import Windows
from sim.trajectories.sites import Site

if TYPE_CHECKING:
    from sim.planning.hop_passes import HopPasses
    from sim.visibility.result import Columns, Result
    from sim.visibility.routes import Hop
    from sim.visibility.visible_passes import ByEye

Array = NDArray[np.float64]

VISIBLE = ("visible_from_utc", "visible_to_utc", "visible_s", "sunlit_s", "dark_s", "magnitude")
"""The columns that `visibility` finds: times in TDB s, NaN where there are none."""

DIGITS = {"visible_s": 3, "sunlit_s": 3, "dark_s": 3, "magnitude": 1}

_SAMPLES = 65
"""Times at which the magnitude of a visible interval is asked: it changes slowly within a pass."""


def visibility(result: Result, made: HopPasses, legs: Sequence[Hop], eye: ByEye) -> Columns:
    """When passes of some hops can be seen by eye.

    Parameters
    ----------
    result
        What they are passes of.
    made
        The passes.
    legs
        Their hops, each with a site.
    eye
        How far the Sun must be down, and which shadows count.
    """
    from sim.visibility.visible_passes import lit_and_dark

    found = {name: np.full(len(made.link), np.nan) for name in VISIBLE}
    for leg in legs:
        rows = np.flatnonzero(made.link == result.edge_table.links.number[leg])
        one, other = (result.ends[name] for name in leg)
        if not len(rows) or "sun" in leg:
            continue
        inside = Windows.of(made.bounds[rows], result.span)
        lit, dark = lit_and_dark(one, other, result.light, inside, eye)
        both = lit & dark
        for row in rows.tolist():
            cut = [_within(each, made.bounds[row]) for each in (lit, dark, both)]
            found["sunlit_s"][row], found["dark_s"][row], found["visible_s"][row] = map(_total, cut)
            if len(cut[2]):
                found["visible_from_utc"][row], found["visible_to_utc"][row] = cut[2][0, 0], cut[2][-1, 1]
                found["magnitude"][row] = _brightest(result, leg, cut[2])
    return dict(found)


def _within(windows: Windows, bounds: Array) -> Array:
    """The parts of windows in an interval, (m, 2) TDB s."""
    cut = np.clip(windows.bounds, bounds[0], bounds[1])
    kept: Array = cut[cut[:, 0] < cut[:, 1]]
    return kept


def _total(bounds: Array) -> float:
    return float(np.sum(bounds[:, 1] - bounds[:, 0]))


def _brightest(result: Result, leg: Hop, bounds: Array) -> float:
    """The least magnitude in some intervals; NaN where the spacecraft has no standard magnitude."""
    from sim.visibility.known_times import phase_pairs
    from sim.visibility.visible_passes import magnitude

    one, other = (result.ends[name] for name in leg)
    standard = result.magnitudes.get(leg[0] if isinstance(other, Site) else leg[1])
    if standard is None:
        return np.nan
    t = np.concatenate([np.linspace(start, end, _SAMPLES) for start, end in bounds])
    least = np.inf
    for a, b, when in phase_pairs(one, other, result.light, result.span):
        some = t[(t >= when.start) & (t <= when.end)]
        if len(some) and (isinstance(a, Site) or isinstance(b, Site)):
            least = min(least, float(np.min(magnitude(a, b, result.light, standard, some))))
    return least if np.isfinite(least) else np.nan
