"""From windows to passes by rule: joined, trimmed, divided, and long enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

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
    part, parts : its number, from 0, among those that the rules made of one pass, and how many these are
    whole      : whether its start and its end are those of the pass before that was divided
    cable_deg  : how far the antenna's cables are turned at its start and its end; None without a rule for them
    """

    start: float
    end: float
    gaps: tuple[tuple[float, float], ...] = ()
    part: int = field(default=0, compare=False)
    parts: int = field(default=1, compare=False)
    whole: tuple[bool, bool] = field(default=(True, True), compare=False)
    cable_deg: tuple[float, float] | None = field(default=None, compare=False)

    @property
    def duration_s(self) -> float:
        """Length, gaps included."""
        return self.end - self.start

    @property
    def open_parts(self) -> tuple[tuple[float, float], ...]:
        """The pass without its gaps, (start, end) TDB s."""
        edges = [self.start, *(t for gap in self.gaps for t in gap), self.end]
        return tuple((a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b)


class Followed(NamedTuple):
    """A part of a pass in which the antenna need not turn back, TDB s, and how far its cables are turned at a time."""

    start: float
    end: float
    cable_deg: Callable[[float], float] | None = None


Divide = Callable[[list[tuple[float, float]]], list[list[Followed]]]
"""Passes → of each, the parts in which the antenna need not turn back."""


def find_passes(
    windows: Windows, rules: PassRules, sigmas_s: Array | None = None, followed: Divide | None = None
) -> list[Pass]:
    """The passes that rules make of windows, in order of time.

    Parameters
    ----------
    windows
        When the station has the spacecraft in sight.
    rules
        What the operator asks.
    sigmas_s
        Standard deviations of the windows' edges, (n, 2) s; NaN where unknown. For `trim_sigma`.
    followed
        What the antenna's cables make of passes; see `cable.within_cable`. They are not asked if not given.

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
    made: list[tuple[float, float, list[tuple[float, float]]]] = []
    first = 0
    for last in range(len(bounds)):
        if last + 1 < len(bounds):
            gap = bounds[last + 1, 0] - bounds[last, 1]
            if gap < rules.join_gap_s and unknown[last, 1] == 0.0:
                continue
        start = float(bounds[first, 0] + rules.trim_s + rules.trim_sigma * sigmas[first, 0])
        end = float(bounds[last, 1] - rules.trim_s - rules.trim_sigma * sigmas[last, 1])
        gaps = bounds[first : last + 1].ravel()[1:-1].reshape(-1, 2).tolist()
        first = last + 1
        for a, b in gaps:  # an end that was trimmed into a gap is moved to where the sight is open
            start, end = (b if a <= start < b else start), (a if a < end <= b else end)
        if start < end:
            made.append((start, end, [(a, b) for a, b in gaps]))
    bounds_of = [(start, end) for start, end, _ in made]
    parts = [[Followed(*each)] for each in bounds_of] if followed is None else followed(bounds_of)
    found = []
    for (start, end, closed), own in zip(made, parts, strict=True):
        kept = [each for part in own for each in _divided(part, closed, rules)]
        found += [
            replace(each, part=number, parts=len(kept), whole=(each.start == start, each.end == end))
            for number, each in enumerate(kept)
        ]
    return found


def _divided(followed: Followed, gaps: list[tuple[float, float]], rules: PassRules) -> list[Pass]:
    """One pass, or its equal parts where it is too long; none where it is too short."""
    start, end, turned = followed
    most = rules.max_duration_s
    count = 1 if most is None else max(1, int(np.ceil((end - start) / most - 1e-9)))
    cuts = np.linspace(start, end, count + 1)
    parts = [
        Pass(a, b, tuple((max(a, c), min(b, d)) for c, d in gaps if c < b and d > a))
        for a, b in pairwise(cuts.tolist())
    ]
    if turned is not None:
        parts = [replace(each, cable_deg=(turned(each.start), turned(each.end))) for each in parts]
    return [each for each in parts if each.duration_s >= rules.min_duration_s]
