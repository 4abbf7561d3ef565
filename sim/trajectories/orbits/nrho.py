"""Near-rectilinear halo orbits about the Earth–Moon point L2 in the full ephemeris, as planned for the Gateway."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.core.chebyshev import Pieces
from sim.core.model import Epoch, Text
from sim.core.time import DAY_S, Span
from sim.trajectories.bodies.constants import MEAN_MOTION
from sim.trajectories.orbits.halo import Designed, designed
from sim.trajectories.trajectory import Basis

Array = NDArray[np.float64]

SYNODIC_MONTH_DAYS = 29.530589
"""Mean time from new moon to new moon. Source: Explanatory Supplement to the Astronomical Almanac."""

_GRAVITY_DEGREE = 8
_SPARE = 2


class Nrho(Designed):
    """A near-rectilinear halo orbit about L2: over one pole of the Moon closely, over the other far away.

    Its period is in resonance with the Moon's phases, so that it can keep clear of the Earth's shadow if its phase is
    well chosen. A designed orbit: the phase is free, and it holds from its epoch on without station-keeping, the arcs
    meeting within a millimeter. The Moon's gravity is taken to degree 8, worth 10 km a revolution.
    """

    kind: Literal["nrho"] = "nrho"
    center: Literal["moon"] = "moon"
    point: Literal["L2"] = "L2"
    family: Literal["southern", "northern"] = "southern"
    """the side on which the orbit lingers"""
    resonance: Literal["9:2", "4:1"] = "9:2"
    """revolutions to synodic months: 9:2 is the Gateway's, 6.56 days, perilunes about 3,400 km from the center"""
    epoch: Epoch
    """start of the orbit"""
    phase: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """where it starts, in revolutions from its farthest point; 0.5 is perilune"""
    basis: Basis = "designed"
    source: Text = ""

    @classmethod
    def needs_moon_rotation(cls, center: str) -> bool:
        return True

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """Position about the Moon from the epoch to an hour after the span, and no joins worth a break."""
        from sim.trajectories.dynamics.cr3bp import halo_with_period

        revolutions, months = map(int, self.resonance.split(":"))
        period = SYNODIC_MONTH_DAYS * DAY_S * months / revolutions * MEAN_MOTION
        return designed(
            self,
            span,
            ephemeris,
            lambda mu: halo_with_period(mu, period, self.point, self.family),
            nodes=3,  # an odd number: none falls on the perilune, from where nothing can be said of the next one
            spare=_SPARE,
            gravity_degree=_GRAVITY_DEGREE,
        )
