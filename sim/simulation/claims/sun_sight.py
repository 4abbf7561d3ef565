"""Visibility of the Sun in claims: of its center, of any part of its disc, or of all of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.core import geometry
from sim.core.time import Span
from sim.search.conditions import AllOf, Condition, Positive
from sim.search.windows import Windows
from sim.simulation.claims.setting import PARTS, Part
from sim.trajectories.bodies.body import SUN
from sim.trajectories.light_time import arrival, ray
from sim.trajectories.multi_phase import phases_in
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.known_times import by_phase
from sim.visibility.limit_sight import condition_of
from sim.visibility.scalars import penumbra_deg, umbra_deg
from sim.visibility.sight import Sight, shading

Array = NDArray[np.float64]

_LIMBS = {"any": ("upper", 1.0), "all": ("lower", -1.0)}


def sees(observer: Trajectory, sun: Trajectory, part: Part, light: bool = True) -> Condition:
    """The condition that an end without phases sees any part of the Sun's disc, or all of it, at the end's own time.

    The upper or lower limb is above the horizon of a site, in the direction of the Sun's center; other bodies are
    passed by `umbra_deg` and `penumbra_deg`; the observer's limits are about the center, and so
    is the refraction of a site that has some.
    """
    sight, terms = Sight(sun, observer, light), list[Condition]()
    shadow = umbra_deg if part == "any" else penumbra_deg
    if isinstance(observer, Site):
        terms.append(_limb_above(sight, observer, part))
    terms += [shadow(observer, each) < 0 for each in shading(observer)]
    terms += [each for limit in observer.limits for each in condition_of(limit, sight, observer)]
    return AllOf(tuple(terms), f"{PARTS[part]} seen from {observer.name}")


def windows(transmitter: Trajectory, receiver: Trajectory, part: Part, light: bool, span: Span) -> Windows:
    """The windows of a hop between the Sun and another end for a part of the disc, at the hop's receiver."""
    sun, observer = (transmitter, receiver) if transmitter.name == "sun" else (receiver, transmitter)
    if observer is receiver:
        return _seen(sun, observer, part, light, span)
    known = [ray(way, sun, np.array([when.start, when.end]), light) for way, when in phases_in(observer, span)]
    late = max((float(path.light_time.max()) for path in known), default=0.0)
    early = Span(span.start - 1.1 * late - 1.0, span.end)
    found = _seen(sun, observer, part, light, early)
    return found.shifted(lambda sent: arrival(observer, sun, sent) if light else sent).within(span)


def _seen(sun: Trajectory, observer: Trajectory, part: Part, light: bool, span: Span) -> Windows:
    return by_phase(observer, span, lambda way, when: sees(way, sun, part, light).windows(when))


def _limb_above(sight: Sight, own: Site, part: Part) -> Positive:
    """The condition that the upper or lower limb is above a site's horizon."""
    word, sign = _LIMBS[part]
    center, distance = sight.above_horizon(own), sight.range_km()

    def function(t: Array) -> Array:
        radius = np.rad2deg(geometry.disc_radius(SUN.equatorial_radius_km, distance.function(t)))
        limb: Array = center.scalar.function(t) + sign * radius
        return limb

    bent = "" if own.air is None else "refracted "
    name = f"{bent}elevation of the Sun's {word} limb from {own.name} > {own.horizon_text}"
    scalar = replace(center.scalar, function=function, name=name, through=None, split=None)
    return Positive(scalar, center.limit, 1.0, name)
