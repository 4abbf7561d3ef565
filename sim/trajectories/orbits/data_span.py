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
"""How far bodies get from the Earth."""
_SYSTEMS = dict(enumerate(("sun", "mercury", "venus", "earth", "mars", "jupiter", "saturn", "uranus", "neptune")))
"""What moves about the barycenters that NAIF numbers so."""


@dataclass(frozen=True)
class DataSpan:
    """The stretches of a span, and of the time around it, in which an orbit is known.

    stretches : from when to when, TDB s, in order; those that do not touch the span itself may be among them
    limit     : how the limit reads that ends a window there, after the spacecraft's name
    note      : what there is to say of it; nothing where all of the span is known, and light left before it
    """

    stretches: tuple[tuple[float, float], ...]
    limit: str
    note: str

    def overlaps(self, span: Span) -> bool:
        """Whether anything of the span is known."""
        return any(start < span.end and end > span.start for start, end in self.stretches)


def clipped(stretches: Iterable[tuple[float, float]], span: Span, around_s: float) -> tuple[tuple[float, float], ...]:
    """Stretches of time as far as they lie in a span and so much around it."""
    wide = span.padded(around_s)
    cut = ((max(start, wide.start), min(end, wide.end)) for start, end in stretches)
    return tuple((start, end) for start, end in cut if start < end)


def light_s(away_km: float, center: str | int) -> float:
    """How long light is under way at the most from so far from a center to the Earth, and over a relay; with a second
    to spare.

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
    """An orbit and a straight line on either side, as long as light may be under way.

    Where light is looked for that left before data end and arrives later, the first guess asks for a place there.
    Nothing of it comes into an answer: what holds is asked only while the data do.
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
