"""Scalars of an observer and a target, by their usual names: elevation, range, light time and others.

Each is a function of times that `tdb` accepts. For a spacecraft in phases or with data gaps it is NaN while no orbit is
known, and conditions on it are unknown then: only the phases are searched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core import geometry
from sim.core.arguments import typed
from sim.core.pickling import picklable, pickled_by, with_leaves
from sim.core.time import Span
from sim.search.conditions import AllOf, AnyOf, Condition, Scalar, every
from sim.search.piecewise import piecewise
from sim.search.windows import Windows
from sim.trajectories.bodies.body import Body, body
from sim.trajectories.multi_phase import KNOWN, Phased, unknown_text
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility import shadows
from sim.visibility.hops import phase_by_phase
from sim.visibility.known_times import by_phase
from sim.visibility.sight import LENGTH_RESOLUTION_KM, Sight, occulters, shading

Array = NDArray[np.float64]


def _other(target: Trajectory, observer: Any) -> Trajectory:
    """The target. Raises `ValueError` if it is the observer."""
    if target is observer:
        raise ValueError(f"expected an observer and another target, got {target.name} twice")
    return target


def _standing(site: Site | Phased) -> Site | Phased:
    """The site. Raises `TypeError` for an end without a horizon, such as a spacecraft in orbit."""
    if site.in_parts and site.parts and not any(isinstance(part.trajectory, Site) for part in site.parts):
        raise TypeError(f"expected a site, got {site!r}. Give the site first, then the target")
    return site


@picklable
@typed
def elevation_deg(site: Site | Phased, target: Trajectory, light: bool = True) -> Scalar:
    """Elevation of a target in a site's sky (deg): as it is seen where the site has refraction, else in vacuum."""
    target = _other(target, _standing(site))
    return phase_by_phase(target, site, lambda a, b: Sight(a, b, light).elevation_deg(b), light, Site)


@picklable
@typed
def azimuth_deg(site: Site | Phased, target: Trajectory, light: bool = True) -> Scalar:
    """Azimuth of a target in a site's sky (deg), from north through east."""
    target = _other(target, _standing(site))
    return phase_by_phase(target, site, lambda a, b: Sight(a, b, light).azimuth_deg(b), light, Site)


@picklable
@typed
def range_km(observer: Trajectory, target: Trajectory, light: bool = True) -> Scalar:
    """Distance of a target from an observer (km)."""
    return phase_by_phase(_other(target, observer), observer, lambda a, b: Sight(a, b, light).range_km(), light)


@picklable
@typed
def range_rate_km_s(observer: Trajectory, target: Trajectory, light: bool = True) -> Scalar:
    """Rate of the distance (km/s), positive when receding."""
    return phase_by_phase(_other(target, observer), observer, lambda a, b: Sight(a, b, light).range_rate_km_s(), light)


@picklable
@typed
def light_time_s(observer: Trajectory, target: Trajectory) -> Scalar:
    """One-way light time from a target to an observer (s)."""
    return phase_by_phase(_other(target, observer), observer, lambda a, b: Sight(a, b).light_time_s())


@picklable
@typed
def clearance_km(observer: Trajectory, target: Trajectory, occulter: Body | None = None, light: bool = True) -> Scalar:
    """Distance by which the line of sight passes a body's figure (km), negative if the body occults the target.

    occulter : if not given, the least distance of all bodies that a hop between the two must pass; compared with a
               number, that is a condition of each of them
    """
    if occulter is not None and any(isinstance(x, Body) and x.name == occulter.name for x in (observer, target)):
        raise ValueError(f"expected a body that may stand between the two, got {occulter.called}, which is one of them")
    _other(target, observer)
    return phase_by_phase(target, observer, lambda a, b: _clearance(Sight(a, b, light), occulter), light)


def _clearance(sight: Sight, occulter: Body | None) -> Scalar:
    if occulter is not None:
        return sight.clearance_km(occulter)
    name = f"clearance of {sight.transmitter.name} – {sight.receiver.name} from all bodies"
    return _of_all([sight.clearance_km(each) for each in occulters(sight)], name, True)


@picklable
@typed
def sun_separation_deg(observer: Trajectory, target: Trajectory, light: bool = True) -> Scalar:
    """Angle between a target and the Sun in an observer's sky (deg)."""
    if observer.name == "sun":
        raise ValueError("expected an observer who sees the Sun, got the sun")
    return phase_by_phase(_other(target, observer), observer, lambda a, b: _sun_separation(Sight(a, b, light)), light)


def _sun_separation(sight: Sight) -> Scalar:
    return sight.sun_separation_deg(sight.receiver)


@picklable
@typed
def sun_elevation_deg(site: Site | Phased, light: bool = True) -> Scalar:
    """Elevation of the Sun's center in a site's sky (deg), in vacuum whatever refraction the site has."""
    sun = body("sun", _standing(site).ephemeris)
    return phase_by_phase(sun, site, lambda a, b: Sight(a, b, light).elevation_deg(b, False), light, Site)


@picklable
@typed
def altitude_km(target: Trajectory) -> Scalar:
    """Height above the mean equatorial sphere of the body that a spacecraft moves about (km)."""
    if isinstance(target, Body):
        raise TypeError(f"expected a spacecraft or a site, got {target.called}: an altitude is above a body")
    return _each_phase(target, _altitude)


def _altitude(target: Trajectory) -> Scalar:
    under = body(target.center, target.ephemeris)

    def function(t: Array) -> Array:
        return geometry.length(target.position(t) - under.position(t)) - under.equatorial_radius_km

    name = f"altitude of {target.name}"
    return Scalar(function, name, "km", LENGTH_RESOLUTION_KM, target.pace_s, target.breaks)


@picklable
@typed
def penumbra_deg(target: Trajectory, occulter: Body | None = None) -> Scalar:
    """Depth of a target in a body's penumbra (deg): overlap of its disk and the Sun's, positive inside.

    target   : a spacecraft, a site or a body's center
    occulter : if not given, the deepest of the shadows of all bodies that sunlight must pass, but never of the body
               that a site stands on

    The position of the body is that when the light passed it. The limb of an oblate body is that of its spheroid;
    angles are those of the space in which that is a sphere, for the Earth up to 0.3 % larger.
    """
    return _each_phase(_shaded(target), lambda part: _deepest(part, occulter, shadows.penumbra_deg, "penumbra"))


def _shaded(target: Trajectory) -> Trajectory:
    if target.name == "sun":
        raise ValueError("expected a spacecraft, a site or a body that the Sun shines on, got the sun")
    return target


@picklable
@typed
def umbra_deg(target: Trajectory, occulter: Body | None = None) -> Scalar:
    """Depth of a target in a body's umbra (deg): the angle by which the body's disk covers all of the Sun's.

    Negative outside, also if a smaller disk is within the Sun's. Arguments as for `penumbra_deg`.
    """
    return _each_phase(_shaded(target), lambda part: _deepest(part, occulter, shadows.umbra_deg, "umbra"))


@typed
def sunlit(target: Trajectory) -> Condition:
    """In full sunlight: outside the penumbra of every body that sunlight must pass.

    For a site, the Sun's center must also be above 0°, without refraction and regardless of its own horizon; the body
    that it stands on casts no other shadow. Raises `TypeError` for a body, half of which is always sunlit.
    """
    if isinstance(target, Body):
        raise TypeError(
            f"expected a spacecraft or a site, got {target.called}, half of which is sunlit always. "
            "Of eclipses of its center ask penumbra_deg or umbra_deg"
        )
    return with_leaves(pickled_by(_sunlit(target), sunlit, target))


def _sunlit(target: Trajectory) -> Condition:
    if target.in_parts:
        parts = [(Span(part.start, part.end), sunlit(part.trajectory)) for part in target.parts]
        return piecewise(parts, f"{target.name} in sunlight", f"{KNOWN} {target.name}", partial(unknown_text, target))
    lit = [penumbra_deg(target, each) < 0 for each in shading(target)]
    return every([sun_elevation_deg(target) > 0, *lit] if isinstance(target, Site) else lit)


def in_shadow(target: Trajectory, span: Span, occulter: Body | None = None) -> Windows:
    """When a spacecraft is in the penumbra or umbra of any body, or of one; unknown where its orbit is.

    A landed phase is in shadow also at night.
    """

    def dark(way: Trajectory, when: Span) -> Windows:
        return (penumbra_deg(way, occulter) > 0 if occulter is not None else ~sunlit(way)).windows(when)

    return by_phase(target, span, dark)


def _each_phase(target: Trajectory, make: Callable[[Trajectory], Scalar]) -> Scalar:
    """A scalar of one end; with phases, that of the current phase."""
    return phase_by_phase(target, target, lambda part, _: make(part), light=False)


def _deepest(target: Trajectory, occulter: Body | None, shadow: Callable[..., Scalar], what: str) -> Scalar:
    if occulter is not None:
        return shadow(target, occulter)
    name = f"depth of {target.name} in the {what} of any body"
    return _of_all([shadow(target, each) for each in shading(target)], name, False)


@dataclass(frozen=True, repr=False)
class _OfAll(Scalar):
    """The least or the greatest of several scalars; compared with a number, a condition of each of them."""

    parts: tuple[Scalar, ...] = ()
    least: bool = True

    def _against(self, limit: Any, sign: float, relation: str) -> Condition:
        if isinstance(limit, Scalar):
            return super()._against(limit, sign, relation)
        each = tuple(part > limit if sign > 0 else part < limit for part in self.parts)
        return AllOf(each) if (sign > 0) is self.least else AnyOf(each)


def _of_all(parts: Sequence[Scalar], name: str, least: bool) -> Scalar:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        raise ValueError(f"no body is known for the {name}: name one")
    choose = np.minimum if least else np.maximum

    def function(t: Array) -> Array:
        chosen: Array = choose.reduce([part.function(t) for part in parts])
        return chosen

    first = parts[0]
    plain = Scalar(function, name, first.unit, first.resolution, first.pace_s, first.breaks)
    return _OfAll(**vars(plain), parts=tuple(parts), least=least)
