"""Distant retrograde orbits about the Moon in the full ephemeris: stable for a year and longer."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.core.chebyshev import Pieces
from sim.core.model import Epoch, Kilometers, Text
from sim.core.time import Span
from sim.trajectories.bodies.constants import MEAN_DISTANCE_KM
from sim.trajectories.orbits.halo import Designed, designed
from sim.trajectories.trajectory import Basis

Array = NDArray[np.float64]


class Dro(Designed):
    """A distant retrograde orbit about the Moon: in the plane of its orbit, against its motion.

    The size is chosen, the phase is free: a designed orbit. Two revolutions are corrected in the ephemeris at the
    epoch; after that it is propagated freely. It is stable for a year or longer; the largest ones may escape after
    that, which is an error with the date.
    """

    kind: Literal["dro"] = "dro"
    center: Literal["moon"] = "moon"
    amplitude_km: Annotated[Kilometers, Field(ge=20_000, le=90_000)]
    """distance from the Moon where the orbit passes behind it, at the Moon's mean distance; it scales with this"""
    epoch: Epoch
    """start of the orbit"""
    phase: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """initial phase, in revolutions from its passage behind the Moon"""
    basis: Basis = "designed"
    source: Text = ""

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """Position about the Moon from the epoch to an hour after the span; no joins."""
        from sim.trajectories.dynamics.cr3bp import retrograde

        size = self.amplitude_km / MEAN_DISTANCE_KM
        return designed(self, span, ephemeris, lambda mu: retrograde(mu, size), nodes=3, revolutions=2)
