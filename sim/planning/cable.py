"""Passes of an antenna whose cables let it turn only so far: divided where it must turn back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim.planning.passes import Followed
from sim.search.conditions import Condition, Scalar
from sim.search.windows import Windows
from sim.search.wrapping import Wrapping
from sim.trajectories.pass_rules import PassRules
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.hops import phase_by_phase
from sim.visibility.result import Result
from sim.visibility.routes import Hop
from sim.visibility.sight import Sight

Array = NDArray[np.float64]
Bounds = tuple[float, float]

_AT_END_DEG = 1e-4
"""So near an end of the cable's range an azimuth is at it: what it turns by in the microsecond of a root, and more."""

_LEAST_S = 1e-3
"""Between two parts of a pass, if the antenna turns back in no time."""


def followed(result: Result, hop: Hop, windows: Windows, passes: list[Bounds]) -> list[list[Followed]]:
    """What the cables of a station's antenna make of its passes over a hop; of two sites the receiver is the station.

    windows : those that the passes were made of
    """
    own = station_of(result, hop)
    if not own.passes.has_cable:
        return [[Followed(*each)] for each in passes]

    def azimuth_deg(a: Trajectory, b: Trajectory) -> Scalar:
        return Sight(a, b, result.light).azimuth_deg(own)

    azimuth = phase_by_phase(result.ends[hop[0]], result.ends[hop[1]], azimuth_deg, result.light)
    return within_cable(passes, azimuth, own.passes, windows)


def station_of(result: Result, hop: Hop) -> Site:
    """The site at the end of a hop; of two the receiver."""
    transmitter, receiver = (result.ends[name] for name in hop)
    own = receiver if isinstance(receiver, Site) else transmitter
    assert isinstance(own, Site)
    return own


def within_cable(
    passes: Sequence[Bounds], azimuth_deg: Scalar, rules: PassRules, windows: Windows
) -> list[list[Followed]]:
    """Return the parts of passes that an antenna can follow without turning back.

    Parameters
    ----------
    passes
        Times of passes, (start, end) in TDB s.
    azimuth_deg
        Of what the antenna points to.
    rules
        With `cable_min_deg` and `cable_max_deg`.
    windows
        Those that the passes were made of, for their span.

    Returns
    -------
    list of list of Followed
        For each pass its parts, each as long as it can be from its beginning on; the next begins `unwrap_s` later.

    Notes
    -----
    A part may begin at any turn of the antenna that its cables allow, whichever lets it go on for the longest; of equal
    ones, that which keeps farther from the ends. The
    times at which the azimuth is that of an end of the range, or opposite to one, are certified roots; between two of
    them it moves by less than half a turn, so that how far it has turned in all is never in doubt.
    """
    low, high = rules.cable_min_deg, rules.cable_max_deg
    if low is None or high is None or not passes:
        return [[Followed(*each)] for each in passes]
    inside = Windows.of(np.array(passes), windows.span)
    turns: list[Condition] = []
    for end in (low % 360.0, high % 360.0):
        if isinstance(azimuth_deg, Wrapping):
            turns.append(azimuth_deg.between(end, end + 180.0))
        else:
            turns += [azimuth_deg > end, azimuth_deg > (end + 180.0) % 360.0]
    nodes = np.unique(np.concatenate([turn.windows_in(inside).bounds.ravel() for turn in turns]))
    found = []
    for start, end in passes:
        times = np.concatenate(([start], nodes[(nodes > start) & (nodes < end)], [end]))
        every = np.sort(np.concatenate((times, 0.5 * (times[1:] + times[:-1]))))
        turned = np.unwrap(azimuth_deg(every), period=360.0)
        parts, at = list[Followed](), start
        while at < end:
            here = float(azimuth_deg(np.array([at]))[0])
            stop, turns_back = _stop(every, turned, at, here, low, high)
            cable = partial(_turned, azimuth_deg, every, turned + turns_back)
            parts += [Followed(at, stop, cable)] if stop > at else []
            at = stop + max(rules.unwrap_s, _LEAST_S)
        found.append(parts)
    return found


def _turned(azimuth_deg: Scalar, times: Array, turned: Array, t: float) -> float:
    """How far the cables are turned at a time (deg), from times at which that is known: less than half a turn apart."""
    before = turned[max(int(np.searchsorted(times, t, "right")) - 1, 0)]
    return float(before + (float(azimuth_deg(np.array([t]))[0]) - before + 180.0) % 360.0 - 180.0)


def _stop(
    times: Array, turned: Array, start: float, azimuth_deg: float, low: float, high: float
) -> tuple[float, float]:
    """The last time up to which an antenna can follow, of all the turns at which it may begin, and that turn (deg).

    times, turned : in order, and how far the azimuth has turned by then (deg)
    start         : when it begins, at an azimuth
    """
    before = turned[np.searchsorted(times, start, "right") - 1]
    first = before + (azimuth_deg - before + 180.0) % 360.0 - 180.0
    later = times > start
    at, angles = np.append(start, times[later]), np.append(first, turned[later])
    most = (low - first - _AT_END_DEG) / 360.0, (high - first + _AT_END_DEG) / 360.0
    found = [(start, -np.inf, 0.0)]
    for wrap in np.arange(np.ceil(most[0]), np.floor(most[1]) + 1.0):
        off = np.abs(angles + 360.0 * wrap - 0.5 * (low + high))
        outside = off > 0.5 * (high - low) + _AT_END_DEG
        last = int(np.argmax(outside)) - 1 if outside.any() else len(at) - 1
        found.append((float(at[last]), -float(off[: last + 1].max()), 360.0 * float(wrap)))
    stop, _, turn = max(found)
    return stop, turn
