"""Halo orbits about the Earth–Moon points L1 and L2 in the full ephemeris."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.core.chebyshev import Pieces, joined
from sim.core.errors import CoverageError
from sim.core.model import Epoch, Kilometers, Text
from sim.core.time import DAY_S, Span, utc
from sim.data.orbit_store import Arrays
from sim.trajectories.bodies.body import EARTH, PLANETS, SUN, body
from sim.trajectories.bodies.constants import MEAN_DISTANCE_KM, MEAN_MOTION
from sim.trajectories.bodies.ephemeris import lunar_angles
from sim.trajectories.orbits import flown
from sim.trajectories.orbits.numerical import position_from_moon
from sim.trajectories.orbits.orbit import Orbit
from sim.trajectories.trajectory import LIGHT_TIME_PAD_S, Basis

if TYPE_CHECKING:
    from sim.trajectories.dynamics.cr3bp import Seed

Array = NDArray[np.float64]


class Designed(Orbit):
    """An orbit of the restricted problem with a chosen size and a free phase, given by an epoch and a phase."""

    if TYPE_CHECKING:

        @property
        def epoch(self) -> float:
            """Start of the orbit, TDB s."""

        @property
        def phase(self) -> float:
            """Initial phase, in revolutions."""

    holds_from_epoch: ClassVar[bool] = True
    is_integrated: ClassVar[bool] = True
    recurs: ClassVar[bool] = True

    def reference_epochs(self) -> Array:
        return np.array([self.epoch])

    def at_phase(self, phase: float) -> Self:
        return self.model_copy(update={"phase": phase})

    def farther(self, share: float) -> Self:
        return self.at_phase((self.phase + share) % 1.0)


class Halo(Designed):
    """A halo orbit of the restricted three-body problem, corrected in the ephemeris by multiple shooting.

    The size and the family are chosen, the phase is free: a designed orbit, not a measured one. It is defined from its
    epoch on, without station-keeping: the arcs meet within a millimeter.
    """

    kind: Literal["halo"] = "halo"
    center: Literal["moon"] = "moon"
    point: Literal["L1", "L2"] = "L2"
    """L1 is between the Earth and the Moon, L2 beyond the Moon"""
    family: Literal["southern", "northern"] = "southern"
    """the side on which the orbit is farthest from the Moon's orbital plane"""
    amplitude_km: Annotated[Kilometers, Field(ge=1000, le=60_000)]
    """greatest distance from the Earth–Moon plane, at the Moon's mean distance; it scales with this"""
    epoch: Epoch
    """start of the orbit"""
    phase: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """initial phase, in revolutions from its farthest point from the plane"""
    basis: Basis = "designed"
    source: Text = ""

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """Position about the Moon from the epoch to an hour after the span; no joins."""
        from sim.trajectories.dynamics.cr3bp import halo

        size = self.amplitude_km / MEAN_DISTANCE_KM
        return designed(self, span, ephemeris, lambda mu: halo(mu, size, self.point, self.family), nodes=4)


def designed(
    orbit: Designed,
    span: Span,
    ephemeris: str,
    seed: Callable[[float], Seed],
    *,
    nodes: int,
    spare: int = 0,
    revolutions: int | None = None,
    gravity_degree: int = 0,
) -> tuple[Pieces, Array]:
    """An orbit of the restricted problem in the ephemeris, from its epoch on: position about the Moon; no joins.

    orbit          : has an epoch and a phase
    seed           : mass ratio → the orbit of the restricted problem
    nodes, spare   : as in `sim.trajectories.dynamics.shooting.follow`
    revolutions    : number that is corrected, and then propagated, for stable orbits; None corrects all
    gravity_degree : of the Moon's field; 0 for a point

    Raises `CoverageError` for a span that begins before the epoch, and `PropagationError`.
    """
    from sim.trajectories.dynamics import gravity
    from sim.trajectories.dynamics.forces import Forces, PointMass
    from sim.trajectories.dynamics.integrate import propagate
    from sim.trajectories.dynamics.shooting import HORIZON_DAYS, follow, moon_share

    wide = span.padded(LIGHT_TIME_PAD_S)
    if span.start < orbit.epoch:
        raise CoverageError(f"the {orbit.kind} begins {utc(orbit.epoch, 0)}, requested {utc(span.start, 0)}")
    moon = body("moon", ephemeris)
    forces = Forces(
        center="moon",
        gm_km3_s2=moon.gm_km3_s2,
        radius_km=moon.equatorial_radius_km,
        harmonics=gravity.load(gravity_degree, lunar_angles()) if gravity_degree else None,
        point_masses=tuple(
            PointMass(b.name, b.gm_km3_s2, position_from_moon(b.name, ephemeris)) for b in (EARTH, SUN, *PLANETS)
        ),
    )
    years = int(np.ceil((wide.end - orbit.epoch) / (HORIZON_DAYS * DAY_S)))

    def shoot() -> Arrays:
        start = seed(moon_share(forces))
        days = HORIZON_DAYS if revolutions is None else revolutions * start.period / MEAN_MOTION / DAY_S
        end = wide.end if revolutions is None else orbit.epoch + days * DAY_S
        shot = follow(
            forces, start, orbit.epoch, end, phase=orbit.phase, nodes=nodes, spare=spare, horizon_days=days
        )
        path = {"edges": shot.pieces.edges, "coefficients": shot.pieces.coefficients}
        return path | {"state": shot.states[0], "end": np.array(end)}

    about = ("shot", years if revolutions is None else 0)  # the same orbit for every span in its years
    shot = flown.once(orbit, ephemeris, about, shoot, _is_shot)
    pieces, state = Pieces(shot["edges"], shot["coefficients"]), shot["state"]
    if revolutions is not None:
        pieces = propagate(forces, pieces.start, state, max(wide.end, float(shot["end"])))
    if wide.start < pieces.start:  # light that arrives when the orbit begins left a little earlier
        pieces = joined([propagate(forces, pieces.start, state, wide.start), pieces])
    return pieces.between(wide.start, wide.end), np.empty(0)


def _is_shot(arrays: Arrays) -> bool:
    shapes = [arrays[name].shape for name in ("state", "end") if name in arrays]
    return flown.is_polynomial(arrays) and shapes == [(6,), ()]
