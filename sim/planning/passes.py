"""From windows to passes by rule: joined, trimmed, divided, and long enough."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.search.windows import Windows
from sim.trajectories.pass_rules import PassRules

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pass:
    """A time in which a station can track one spacecraft.

    start, end : TDB s
    gaps       : times inside it in which the line of sight is closed, (start, end) TDB s
    """

    start: float
    end: float
    gaps: tuple[tuple[float, float], ...] = ()

    @property
    def duration_s(self) -> float:
        """Length, gaps included."""
        return self.end - self.start


def find_passes(windows: Windows, rules: PassRules, sigmas_s: Array | None = None) -> list[Pass]:
    """The passes that rules make of windows, in order of time.

    Parameters
    ----------
    windows
        When the station has the spacecraft in sight.
    rules
        What the operator asks.
    sigmas_s
        Standard deviations of the windows' edges, (n, 2) s; NaN where unknown. For `trim_sigma`.

    Returns
    -------
    list of Pass
        No two of them overlap.

    Notes
    -----
    A gap in which something is unknown is not joined: it may be longer than it looks.
    """
    bounds = windows.bounds
    sigmas = np.zeros_like(bounds) if sigmas_s is None else np.nan_to_num(sigmas_s)
    unknown = windows.unknown_beside_s
    made: list[Pass] = []
    first = 0
    for last in range(len(bounds)):
        if last + 1 < len(bounds):
            gap = bounds[last + 1, 0] - bounds[last, 1]
            if gap < rules.join_gap_s and unknown[last, 1] == 0.0:
                continue
        start = float(bounds[first, 0] + rules.trim_s + rules.trim_sigma * sigmas[first, 0])
        end = float(bounds[last, 1] - rules.trim_s - rules.trim_sigma * sigmas[last, 1])
        gaps = bounds[first : last + 1].ravel()[1:-1].reshape(-1, 2).tolist()
        made += _divided(start, end, [(a, b) for a, b in gaps], rules)
        first = last + 1
    return made


def _divided(start: float, end: float, gaps: list[tuple[float, float]], rules: PassRules) -> list[Pass]:
    """One pass, or its equal parts where it is too long; none where it is too short."""
    for a, b in gaps:  # an end that was trimmed into a gap is moved to where the sight is open
        start, end = (b if a <= start < b else start), (a if a < end <= b else end)
    if end <= start:
        return []
    most = rules.max_duration_s
    count = 1 if most is None else max(1, int(np.ceil((end - start) / most - 1e-9)))
    cuts = np.linspace(start, end, count + 1)
    parts = [
        Pass(a, b, tuple((max(a, c), min(b, d)) for c, d in gaps if c < b and d > a))
        for a, b in pairwise(cuts.tolist())
    ]
    return [each for each in parts if each.duration_s >= rules.min_duration_s]
