"""The solution of a transfer between the Earth and the Moon, in a module that does not need the solver."""

from __future__ import annotations

from dataclasses import dataclass

from sim.core.chebyshev import Array


@dataclass(frozen=True, eq=False)
class Flight:
    """A transfer that meets its target.

    time, state : of perigee, TDB s; (6,) km, km/s about the Earth, ICRF axes
    unknowns    : (3,) rad, rad, km/s: their solution
    miss_km     : the remaining residual
    iterations  : number of Newton steps
    """

    time: float
    state: Array
    unknowns: Array
    miss_km: float
    iterations: int
