"""A flight between the Earth and the Moon, as it was found: read without what finds it."""

from __future__ import annotations

from dataclasses import dataclass

from sim.core.chebyshev import Array


@dataclass(frozen=True, eq=False)
class Flight:
    """A flight that meets its aim.

    time, state : of perigee, TDB s; (6,) km, km/s about the Earth, ICRF axes
    unknowns    : (3,) rad, rad, km/s as they were found
    miss_km     : what is left
    iterations  : Newton's steps
    """

    time: float
    state: Array
    unknowns: Array
    miss_km: float
    iterations: int
