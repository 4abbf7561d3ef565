"""The time that an orbit's data cover, if that is less than a span: the rest is a data gap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import Pieces, joined
from sim.core.geometry import SPEED_OF_LIGHT_KM_S, length
from sim.core.time import Span, utc
from sim.trajectories.bodies.body import FARTHEST_MOON_KM, FROM_THE_SUN_KM

Array = NDArray[np.float64]

_TO_EARTH_KM = {name: farthest + 152.11e6 for name, (_, farthest) in FROM_THE_SUN_KM.items()}
_TO_EARTH_KM |= {"earth": 0.0, "moon": FARTHEST_MOON_KM}
"""Largest distances of bodies from the Earth."""
_SYSTEMS = dict(enumerate(("sun", "mercury", "venus", "earth", "mars", "jupiter", "saturn", "uranus", "neptune")))
"""The bodies about the barycenters with these NAIF ids."""


@dataclass(frozen=True)
class DataSpan:
    """The intervals of a span, and of the time around it, in which an orbit is known.

    stretches : the intervals, TDB s, in order; some may be outside of the span itself
    limit     : text of the limit that ends a window there, after the spacecraft's name
    note      : a sentence for the user; empty if all of the span, and the light time before it, is known
    """

    stretches: tuple[tuple[float, float], ...]
    limit: str
    note: str

    def overlaps(self, span: Span) -> bool:
        """Whether any part of the span is known."""
        return any(start < span.end and end > span.start for start, end in self.stretches)


def clipped(stretches: Iterable[tuple[float, float]], span: Span, around_s: float) -> tuple[tuple[float, float], ...]:
    """The parts of intervals that are in a span, with a given extension around it."""
    wide = span.padded(around_s)
    cut = ((max(start, wide.start), min(end, wide.end)) for start, end in stretches)
    return tuple((start, end) for start, end in cut if start < end)


def light_s(away_km: float, center: str | int) -> float:
    """Maximum light time (s) to the Earth from a distance from a center, also over a relay, and one second more.

    center : a body's name, or the NAIF id of a body or a barycenter
    """
    if not isinstance(center, str):
        center = "moon" if center == 301 else _SYSTEMS.get(center // 100 if center >= 100 else center % 10, "sun")
    return 2.0 * (away_km + _TO_EARTH_KM.get(center, _TO_EARTH_KM["sun"])) / SPEED_OF_LIGHT_KM_S + 1.0


def gap_note(what: str, stretches: Iterable[tuple[float, float]]) -> str:
    """The sentence about data that do not cover a span."""
    known = [f"{utc(start, 0)} to {utc(end, 0)}" for start, end in stretches]
    more = f" and {len(known) - 3} more stretches" if len(known) > 3 else ""
    return (
        f"{what} {' and '.join(known[:3])}{more}: outside it no orbit is known, "
        "and windows that end there are marked data_limited"
    )


def with_light(pieces: Pieces, center: str) -> Pieces:
    """An orbit with straight lines before and after it, as long as light may be under way.

    For light that left before the data end and arrives later, the first guess needs a position there. No result depends
    on it: conditions are evaluated only inside the data.
    """
    parts = [pieces]
    for t in (pieces.start, pieces.end):
        position, velocity = pieces.both(np.array([t]))
        seconds = light_s(float(length(position)[0]), center)
        before = t == pieces.start
        first = position[0] + (-0.5 if before else 0.5) * seconds * velocity[0]
        line = np.stack((first, 0.5 * seconds * velocity[0]))[None]
        edges = np.array([t - seconds, t] if before else [t, t + seconds])
        parts = [Pieces(edges, line), *parts] if before else [*parts, Pieces(edges, line)]
    return joined(parts)
