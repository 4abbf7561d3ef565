"""Numerical propagation of a state about the Moon, the Earth, the Sun or a planet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.chebyshev import Pieces, fit, joined
from sim.core.errors import OrbitEnded
from sim.core.model import Epoch, Kilograms, Listed, Model, PositionKm, SquareMeters, Text, VelocityKmS
from sim.core.time import Span, utc
from sim.trajectories.bodies.body import EARTH, MOON, PLANETS, SUN, Body, Center, body
from sim.trajectories.bodies.ephemeris import lunar_angles
from sim.trajectories.orbits.data_span import light_s
from sim.trajectories.orbits.elements import Elements, turned_deg
from sim.trajectories.orbits.force_model import (
    farthest_in_km,
    farthest_km,
    forces_about,
    gravity_about,
    light_pad_s,
    most_km_s,
)
from sim.trajectories.orbits.maneuver import Maneuver
from sim.trajectories.orbits.model_errors import LeftOut, air, farthest_s, lumps, sunlight
from sim.trajectories.orbits.orbit import Orbit
from sim.trajectories.orbits.thrust import Thrust, edges, push
from sim.trajectories.orbits.thrust import check as check_thrusts
from sim.trajectories.trajectory import Basis

if TYPE_CHECKING:  # they load numba
    from sim.trajectories.dynamics.forces import Forces, Push

Array = NDArray[np.float64]


_BEFORE_IMPACT_S, _REST_S = 1e-3, 900.0


DEGREE = 70
"""Default degree of the Moon's field."""


class Anchor(Model):
    """A state at an instant: position and velocity about the center, ICRF axes."""

    epoch: Epoch
    position_km: PositionKm
    velocity_km_s: VelocityKmS


class Numerical(Orbit):
    """Propagation under gravity, radiation pressure and thrust: the center's field, other bodies as points, shadows.

    The Moon has the field GRGM1200A; the Earth and the planets have their oblateness (J2), the Sun none. For Jupiter
    and the planets beyond, DE421 has only the barycenters of their systems: their moons are neglected. No drag.
    One state, or several anchors. Each of several anchors is propagated half-way to its neighbors: the orbit is exact
    at every anchor, and steps where two arcs join.
    """

    kind: Literal["numerical"] = "numerical"
    center: Center = "moon"
    """the body that the states are relative to, and whose field is used"""
    epoch: Epoch | None = None
    position_km: PositionKm | None = None
    velocity_km_s: VelocityKmS | None = None
    elements: Elements | None = None
    """osculating elements at the epoch, instead of position_km and velocity_km_s"""
    anchors: Annotated[tuple[Anchor, ...], Listed] = ()
    """several states, instead of epoch, position_km and velocity_km_s"""
    maneuvers: Annotated[tuple[Maneuver, ...], Listed] = ()
    """burns after the epoch, in order of time; with one state, not with anchors"""
    thrusts: Annotated[tuple[Thrust, ...], Listed] = ()
    """low thrust, in order of time; with one state and mass_kg"""
    gravity_degree: Annotated[int, Field(ge=2, le=150)] = DEGREE
    """degree and order of the field GRGM1200A; for orbits about the moon"""
    mass_kg: Annotated[Kilograms, Field(gt=0)] | None = None
    """at the epoch"""
    area_m2: Annotated[SquareMeters, Field(gt=0)] | None = None
    """cross-section toward the Sun; with mass_kg, enables radiation pressure"""
    reflectivity: Annotated[float, Field(ge=0, le=3)] = 1.0
    """radiation pressure coefficient: 1 absorbs, 2 reflects"""
    basis: Basis = "predicted"
    source: Text = ""

    is_integrated: ClassVar[bool] = True
    recurs: ClassVar[bool] = True
    starts_in_the_ephemeris: ClassVar[bool] = True

    @model_validator(mode="after")
    def _one_or_several(self) -> Numerical:
        state = (self.position_km, self.velocity_km_s)
        if self.anchors:
            if any(value is not None for value in (self.epoch, *state, self.elements)):
                raise ValueError("give either anchors or an epoch with a state or elements")
            epochs = [anchor.epoch for anchor in self.anchors]
            if any(late <= early for early, late in pairwise(epochs)):
                raise ValueError("anchors must be in order of time, without duplicates")
        elif self.elements is not None:
            if self.epoch is None or any(value is not None for value in state):
                raise ValueError("elements need an epoch, and no position_km and velocity_km_s")
            own = body(self.center)
            self.elements.check_distances(own.called, own.equatorial_radius_km, farthest_km(self.center))
        elif self.epoch is None or any(value is None for value in state):
            raise ValueError("expected epoch, position_km and velocity_km_s; or epoch and elements; or anchors")
        self._check_maneuvers()
        check_thrusts(self.thrusts, self.epoch, self.mass_kg)
        if (self.mass_kg is None) != (self.area_m2 is None) and not (self.thrusts and self.area_m2 is None):
            raise ValueError("radiation pressure needs both mass_kg and area_m2")
        if self.center != "moon" and self.gravity_degree != DEGREE:  # the default may be written as if given
            raise ValueError("gravity_degree is for lunar orbits only; others use J2. Leave it out")
        for anchor in self.states:
            distance = hypot(*anchor.position_km)
            height = distance - body(self.center).polar_radius_km
            if not 0.0 < height < farthest_km(self.center):
                raise ValueError(
                    f"position_km is {height:,.0f} km above {body(self.center).called}: expected km from its center, "
                    f"at most {farthest_km(self.center):,.0f}"
                )
            fastest, called = most_km_s(body(self.center), distance), body(self.center).called
            if hypot(*anchor.velocity_km_s) > fastest:
                raise ValueError(f"velocity_km_s is above {fastest:.0f}: expected km/s, relative to {called}")
        return self

    def _check_maneuvers(self) -> None:
        times = [maneuver.at for maneuver in self.maneuvers]
        if self.maneuvers and self.epoch is None:
            raise ValueError("maneuvers need one epoch with a state; anchors already include them")
        if any(late <= early for early, late in pairwise(times)):
            raise ValueError("maneuvers must be in order of time, at different times")
        if times and self.epoch is not None and times[0] < self.epoch:
            raise ValueError(
                f"a maneuver at {utc(times[0], 0)} is before the epoch, {utc(self.epoch, 0)}: the state at the epoch "
                "has it already"
            )

    @property
    def states(self) -> tuple[Anchor, ...]:
        """All anchors; a single state counts as one."""
        if self.anchors:
            return self.anchors
        assert self.epoch is not None
        if self.elements is not None:
            state = self.elements.state(body(self.center).gm_km3_s2, self.epoch)
            (x, y, z), (vx, vy, vz) = (map(float, v) for v in state)
            return (Anchor(epoch=self.epoch, position_km=(x, y, z), velocity_km_s=(vx, vy, vz)),)
        assert self.position_km is not None and self.velocity_km_s is not None
        return (Anchor(epoch=self.epoch, position_km=self.position_km, velocity_km_s=self.velocity_km_s),)

    @classmethod
    def needs_moon_rotation(cls, center: str) -> bool:
        return center == "moon"

    def reference_epochs(self) -> Array:
        return np.array([anchor.epoch for anchor in self.anchors] or ([] if self.epoch is None else [self.epoch]))

    def field_degree(self) -> int:
        return self.gravity_degree

    def farther(self, share: float) -> Numerical | None:
        """Whether it repeats: an orbit with one state, without burns or anchors."""
        if self.anchors or self.maneuvers or self.thrusts or self.epoch is None:
            return None
        if self.elements is not None:
            changed = {"mean_anomaly_deg": turned_deg(self.elements.mean_anomaly_deg, share)}
            return self.model_copy(update={"elements": self.elements.model_copy(update=changed)})
        assert self.position_km is not None and self.velocity_km_s is not None
        gm = body(self.center).gm_km3_s2
        r, v = (float(np.linalg.norm(vector)) for vector in (self.position_km, self.velocity_km_s))
        axis = 1.0 / (2.0 / r - v * v / gm)
        turn = 2.0 * np.pi * float(np.sqrt(axis**3 / gm)) if axis > 0.0 else np.inf
        return self.model_copy(update={"epoch": self.epoch - share * turn}) if np.isfinite(turn) else None

    def left_out(self, span: Span, ephemeris: str) -> Iterator[LeftOut]:
        """Drag, the Moon's field beyond its degree, and radiation pressure unless it is enabled."""
        own, first = body(self.center, ephemeris), self.states[0]
        seconds = farthest_s(np.array([anchor.epoch for anchor in self.states]), span)
        state = np.array([*first.position_km, *first.velocity_km_s])
        found = [air(state, own, seconds)]
        if self.center == "moon":
            fields = partial(gravity_about, "moon", ephemeris)
            found.append(lumps(state, first.epoch, self.gravity_degree, seconds, fields))
        natural = self.center == "sun" and self.basis == "definitive"  # asteroids: radiation pressure is negligible
        if self.area_m2 is None and not natural:
            found.append(sunlight(state, own, seconds))
        yield from (each for each in found if each is not None)

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """Position about the center over the span, and the times at which two arcs join or a maneuver is made.

        In the light time before and after the span, a spacecraft that has hit the ground rests there.
        """
        wide = span.padded(light_pad_s(self.center, self.light_s(span)))
        states = self.states
        middles = [0.5 * (a.epoch + b.epoch) for a, b in pairwise(states)]
        borders = [-np.inf, *middles, np.inf]
        shares = [(max(begin, wide.start), min(end, wide.end)) for begin, end in pairwise(borders)]
        arcs = [(anchor, *share) for anchor, share in zip(states, shares, strict=True) if share[0] < share[1]]
        burns = [maneuver.at for maneuver in self.maneuvers if wide.start < maneuver.at < wide.end]
        joins = np.array([*(start for _, start, _ in arcs[1:]), *burns])
        return joined(self._followed(arcs, self.forces(ephemeris), span)), joins

    def light_s(self, span: Span) -> float:
        """Maximum light time from it, also over a relay (s), without the effect of burns."""
        own, farthest = body(self.center), 0.0
        for state in self.states:
            seconds = max(abs(span.start - state.epoch), abs(span.end - state.epoch))
            place, speed = np.array(state.position_km), np.array(state.velocity_km_s)
            farthest = max(farthest, farthest_in_km(own, place, speed, seconds))
        return light_s(farthest, self.center)

    def forces(self, ephemeris: str) -> Forces:
        """Return the force model."""
        if self.center == "moon":
            return lunar_forces(self, ephemeris)
        return forces_about(
            self.center, ephemeris, area_m2=self.area_m2, mass_kg=self.mass_kg, reflectivity=self.reflectivity
        )

    def _followed(self, arcs: list[tuple[Anchor, float, float]], forces: Forces, span: Span) -> list[Pieces]:
        """Propagate each anchor backward to its start and forward, through burns, to its stop; two legs at a time."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:  # the compiled integrator releases the GIL
            legs = [
                [
                    pool.submit(self._leg, forces, anchor, start if end == stop else stop, end, span)
                    for end in (start, stop)
                    if (end < anchor.epoch) == (end == start)
                ]
                for anchor, start, stop in arcs
            ]
            followed = [joined([future.result() for future in futures]) for futures in legs]
        return [piece.between(start, stop) for piece, (_, start, stop) in zip(followed, arcs, strict=True)]

    def _leg(self, forces: Forces, anchor: Anchor, since: float, end: float, span: Span) -> Pieces:
        """Propagate from an anchor to an end before or after it, restarting at burns and at the ends of thrusts.

        since : start of the requested interval; motion between the anchor and `since` is not kept
        """
        from sim.trajectories.dynamics.integrate import propagate

        t, state = anchor.epoch, np.array([*anchor.position_km, *anchor.velocity_km_s])
        burns = {maneuver.at: maneuver for maneuver in self.maneuvers if t <= maneuver.at < end}
        turns = {edge for edge in edges(self.thrusts) if min(t, end) < edge < max(t, end)}
        parts: list[Pieces] = []
        for stop in [*sorted({*burns, *turns}, reverse=end < t), end]:
            if stop != t:
                acting = replace(forces, push=self._push(0.5 * (t + stop))) if self.thrusts else forces
                try:
                    on_the_way = (since - t) * (end - t) > 0.0
                    part = propagate(acting, t, state, stop, since=since if on_the_way else None)
                    parts = [part] if on_the_way else [*parts, part]
                except OrbitEnded as error:
                    at = error.time_tdb + (_BEFORE_IMPACT_S if end < t else -_BEFORE_IMPACT_S)
                    if error.impact is None or span.start <= at <= span.end or body(self.center).rotation is None:
                        raise
                    parts += [propagate(acting, t, state, at), resting(self.center, error.impact, at, end)]
                    break
                t, state = stop, np.concatenate(parts[-1].both(np.array(stop)))
            if stop in burns:
                state = burns[stop].after(state)
        return joined(parts if end > anchor.epoch else parts[::-1])

    def _push(self, t: float) -> Push | None:
        assert self.epoch is not None and self.mass_kg is not None
        return push(self.thrusts, self.epoch, self.mass_kg, t)


def resting(center: str, place: Array, start: float, end: float) -> Pieces:
    """Motion of a point on the ground between two times (TDB s, in any order), at (3,) km, ICRF axes, at the first."""
    turn = body(center).rotation
    assert turn is not None
    fixed = turn(np.asarray(start)) @ place
    first, last = min(start, end), max(start, end)
    edges = np.linspace(first, last, 1 + int(np.ceil((last - first) / _REST_S)))
    return fit(lambda t: np.einsum("nji,j->ni", turn(t), fixed), edges, 10)


def lunar_forces(orbit: Numerical, ephemeris: str) -> Forces:
    """Return the force model of an orbit about the Moon."""
    from sim.trajectories.dynamics import gravity
    from sim.trajectories.dynamics.forces import Forces, Occulter, PointMass, RadiationPressure

    moon = body("moon", ephemeris)
    others = (EARTH, SUN, *PLANETS)
    points = {b.name: PointMass(b.name, b.gm_km3_s2, position_from_moon(b.name, ephemeris)) for b in others}
    radiation = None
    if orbit.mass_kg is not None and orbit.area_m2 is not None:
        shadows = (
            Occulter(MOON.equatorial_radius_km),
            Occulter(EARTH.equatorial_radius_km, points["earth"].position),
        )
        radiation = RadiationPressure(orbit.area_m2, orbit.mass_kg, orbit.reflectivity, points["sun"], shadows)
    return Forces(
        center="moon",
        gm_km3_s2=moon.gm_km3_s2,
        radius_km=MOON.equatorial_radius_km,
        harmonics=gravity.load(orbit.gravity_degree, lunar_angles()),
        point_masses=tuple(points.values()),
        radiation=radiation,
    )


def position_from_moon(name: str, ephemeris: str) -> Callable[[Array], Array]:
    """Return a body's position relative to the Moon (…, 3) km as a function of TDB seconds (…)."""
    return partial(_relative, body(name, ephemeris), body("moon", ephemeris))


def _relative(other: Body, moon: Body, t: Array) -> Array:
    return other.position_from(moon, t)
