"""Halo orbits about the Earth–Moon L2 point in the full ephemeris: where far-side relays live."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.bodies import EARTH, PLANETS, SUN, body
from sim.chebyshev import Pieces, joined
from sim.errors import CoverageError
from sim.model import Epoch, Kilometers, Model, Text
from sim.orbits.numerical import position_from_moon
from sim.time import Span, utc
from sim.trajectory import LIGHT_TIME_PAD_S, Basis

Array = NDArray[np.float64]


class Halo(Model):
    """A halo orbit of the restricted three-body problem, carried into the ephemeris by multiple shooting.

    The size and the side are chosen, the phase is free: a designed orbit, not where the spacecraft was. It holds from
    its epoch on, without station-keeping: the arcs meet within a millimeter.
    """

    kind: Literal["halo"] = "halo"
    center: Literal["moon"] = "moon"
    point: Literal["L2"] = "L2"
    family: Literal["southern", "northern"] = "southern"
    """the side on which the orbit reaches farthest from the plane of the Moon's orbit"""
    amplitude_km: Annotated[Kilometers, Field(ge=1000, le=60_000)]
    """greatest distance from the Earth–Moon plane, at the Moon's mean distance; it swells and shrinks with that"""
    epoch: Epoch
    """start of the orbit"""
    phase: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """where it starts, in revolutions from its farthest point out of the plane"""
    basis: Basis = "designed"
    source: Text = ""

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """Position about the Moon from the epoch to an hour after the span, and no joins worth a break."""
        from sim.dynamics.forces import Forces, PointMass
        from sim.dynamics.integrate import propagate
        from sim.dynamics.shooting import halo_in_ephemeris

        wide = span.padded(LIGHT_TIME_PAD_S)
        if span.start < self.epoch:
            raise CoverageError(f"the halo begins {utc(self.epoch, 0)}, asked about {utc(span.start, 0)}")
        moon = body("moon", ephemeris)
        forces = Forces(
            center="moon",
            gm_km3_s2=moon.gm_km3_s2,
            radius_km=moon.equatorial_radius_km,
            point_masses=tuple(
                PointMass(b.name, b.gm_km3_s2, position_from_moon(b.name, ephemeris)) for b in (EARTH, SUN, *PLANETS)
            ),
        )
        orbit = halo_in_ephemeris(
            forces, self.epoch, wide.end, self.amplitude_km, point=self.point, family=self.family, phase=self.phase
        )
        pieces = orbit.pieces
        if wide.start < self.epoch:  # light that arrives when the orbit begins has left a little earlier
            pieces = joined([propagate(forces, self.epoch, orbit.states[0], wide.start), pieces])
        return pieces.between(wide.start, wide.end), np.empty(0)
