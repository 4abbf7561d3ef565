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
    """A near-rectilinear halo orbit about L2: low over one pole of the Moon, high over the other.

    Its period is in resonance with the Moon's phases, so that a suitable phase avoids the Earth's shadow. A designed
    orbit: the phase is free, and it is defined from its epoch on without station-keeping, with arcs that meet within a
    millimeter. The Moon's gravity field is used to degree 8, an effect of 10 km a revolution.
    """

    kind: Literal["nrho"] = "nrho"
    center: Literal["moon"] = "moon"
    point: Literal["L2"] = "L2"
    family: Literal["southern", "northern"] = "southern"
    """the side of apolune, where the orbit spends most of its time"""
    resonance: Literal["9:2", "4:1"] = "9:2"
    """revolutions to synodic months: 9:2 is the Gateway's, 6.56 days, perilunes about 3,400 km from the center"""
    epoch: Epoch
    """start of the orbit"""
    phase: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """initial phase, in revolutions from its farthest point; 0.5 is perilune"""
    basis: Basis = "designed"
    source: Text = ""

    @classmethod
    def needs_moon_rotation(cls, center: str) -> bool:
        return True

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """Position about the Moon from the epoch to an hour after the span; no joins."""
        from sim.trajectories.dynamics.cr3bp import halo_with_period

        revolutions, months = map(int, self.resonance.split(":"))
        period = SYNODIC_MONTH_DAYS * DAY_S * months / revolutions * MEAN_MOTION
        return designed(
            self,
            span,
            ephemeris,
            lambda mu: halo_with_period(mu, period, self.point, self.family),
            nodes=3,  # an odd number, so that no node is at perilune, where errors grow too fast
            spare=_SPARE,
            gravity_degree=_GRAVITY_DEGREE,
        )
