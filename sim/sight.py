"""What one end sees of the other: scalars of a line of sight.

A `Sight` is light that leaves one end and arrives at another. All its scalars are functions of the time of arrival.
Directions are apparent: light time and stellar aberration belong together and are on unless `light=False`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim import geometry
from sim.bodies import MOON, OCCULTERS, SUN, Body, body
from sim.conditions import AllOf, Condition, Scalar
from sim.geometry import SPEED_OF_LIGHT_KM_S
from sim.sites import Site
from sim.time import Span
from sim.trajectory import Ray, Trajectory, arrival, ray

Array = NDArray[np.float64]

ANGLE_RESOLUTION_DEG = 1e-6
"""Least excursion of an angle that a search minds: 0.0036″, a thousandth of what refraction leaves unknown."""

LENGTH_RESOLUTION_KM = 1e-4
"""Least excursion of a length that a search minds: 10 cm, well above the 0.03 mm of a position near the SSB."""


@dataclass(frozen=True)
class Sight:
    """Light from one end to another.

    start, end : trajectories; light leaves `start` and arrives at `end`
    light      : whether it takes time to (with stellar aberration); False is plain geometry at one instant
    """

    start: Trajectory
    end: Trajectory
    light: bool = True

    def ray(self, t: Array) -> Ray:
        """Both ends of the light that arrives at TDB seconds t (…)."""
        return ray(self.start, self.end, t, self.light)

    def seen_by(self, own: Trajectory, ray: Ray) -> Array:
        """Direction and distance of the other end as `own` sees it, or must point to it: (…, 3) km, ICRF axes.

        At the sending end that is where it must point so that the light arrives: aberration with the sign reversed.
        """
        here, there, sign = (ray.end, ray.start, 1.0) if own is self.end else (ray.start, ray.end, -1.0)
        line = there.position - here.position
        return geometry.aberrated(line, sign * here.velocity) if self.light else line

    def elevation_deg(self, own: Site) -> Scalar:
        """Elevation of the other end in the sky of a site, apparent, without refraction."""

        def function(t: Array) -> Array:
            path = self.ray(t)
            up = own.horizontal(self._own_time(own, path))[..., 2, :]
            return np.rad2deg(geometry.elevation(up, self.seen_by(own, path)))

        return self._angle(function, f"elevation of {self._other(own).name} from {own.name}")

    def azimuth_deg(self, own: Site) -> Scalar:
        """Azimuth of the other end in the sky of a site, from north through east, 0 to 360: it jumps at north."""

        def function(t: Array) -> Array:
            path = self.ray(t)
            axes = own.horizontal(self._own_time(own, path))
            return np.rad2deg(geometry.azimuth(axes[..., 0, :], axes[..., 1, :], self.seen_by(own, path)))

        return self._angle(function, f"azimuth of {self._other(own).name} from {own.name}")

    def above_horizon_deg(self, own: Site) -> Scalar:
        """Elevation of the other end above the site's own horizon."""
        if isinstance(own.horizon_deg, float | int):
            level = float(own.horizon_deg)
            elevation = self.elevation_deg(own)
            return replace(elevation, function=lambda t: elevation.function(t) - level)

        def function(t: Array) -> Array:
            path = self.ray(t)
            axes, line = own.horizontal(self._own_time(own, path)), self.seen_by(own, path)
            azimuth = geometry.azimuth(axes[..., 0, :], axes[..., 1, :], line)
            return np.rad2deg(geometry.elevation(axes[..., 2, :], line) - own.horizon(azimuth))

        return self._angle(function, f"elevation of {self._other(own).name} from {own.name}")

    def range_km(self) -> Scalar:
        """Length of the light's path."""
        return self._length(lambda t: self.ray(t).distance, f"range of {self.start.name} from {self.end.name}")

    def light_time_s(self) -> Scalar:
        """How long the light is under way."""

        def function(t: Array) -> Array:
            return self.ray(t).distance / SPEED_OF_LIGHT_KM_S

        name = f"light time from {self.start.name} to {self.end.name}"
        return Scalar(function, name, "s", 1e-9, self.pace_s, self.breaks)

    def range_rate_km_s(self) -> Scalar:
        """Rate of the range by the time of arrival, positive when receding."""

        def function(t: Array) -> Array:
            path = self.ray(t)
            line = geometry.unit(path.start.position - path.end.position)
            closing = geometry.dot(line, path.start.velocity - path.end.velocity)
            late = geometry.dot(line, path.start.velocity) / SPEED_OF_LIGHT_KM_S if self.light else 0.0
            return closing / (1.0 + late)

        name = f"range rate of {self.start.name} from {self.end.name}"
        return Scalar(function, name, "km/s", 1e-7, self.pace_s, self.breaks)

    def clearance_km(self, occulter: Body) -> Scalar:
        """Least distance of the light's path from a body's figure, negative where the body is in the way.

        The body is taken where it was when the light passed it; for the Earth, along its axis a kilometer counts 0.3 %
        more. Continuous throughout: also with the body behind either end.
        """

        def function(t: Array) -> Array:
            path = self.ray(t)
            center = occulter.position(path.received)
            if self.light:
                delay = geometry.length(center - path.end.position) / SPEED_OF_LIGHT_KM_S
                center = occulter.position(path.received - np.minimum(delay, path.light_time))
            pole, polar = center, occulter.equatorial_radius_km
            if occulter.rotation is not None and occulter.polar_radius_km != polar:
                pole, polar = occulter.rotation(path.received)[..., 2, :], occulter.polar_radius_km
            return geometry.spheroid_clearance(
                path.start.position,
                path.end.position,
                center,
                pole,
                occulter.equatorial_radius_km,
                polar,
            )

        return self._length(function, f"clearance of {self.start.name} – {self.end.name} from the {occulter.name}")

    def sun_separation_deg(self, own: Trajectory) -> Scalar:
        """Angle between the other end and the Sun's center in the sky of one end."""
        sun = body("sun", own.ephemeris)

        def function(t: Array) -> Array:
            path = self.ray(t)
            sunlight = Sight(sun, own, self.light).ray(self._own_time(own, path))
            towards = sunlight.start.position - sunlight.end.position
            if self.light:
                towards = geometry.aberrated(towards, sunlight.end.velocity)
            return np.rad2deg(geometry.separation(self.seen_by(own, path), towards))

        name = f"separation of {self._other(own).name} from the sun seen from {own.name}"
        return self._angle(function, name)

    def sun_elevation_deg(self, own: Site) -> Scalar:
        """Elevation of the Sun's center in the sky of one end, when the light is there."""
        daylight = Sight(body("sun", own.ephemeris), own, self.light).elevation_deg(own)

        def function(t: Array) -> Array:
            return daylight.function(self._own_time(own, self.ray(t)))

        pace = self.pace_s if own is self.start else own.pace_s
        return self._angle(function, daylight.name, pace)

    @property
    def pace_s(self) -> float:
        return min(self.start.pace_s, self.end.pace_s)

    def breaks(self, span: Span) -> Array:
        """Times of arrival at which either end's motion is not smooth."""
        sent = self.start.breaks(span)
        arrivals = arrival(self.start, self.end, sent) if self.light and len(sent) else sent
        return np.union1d(self.end.breaks(span), arrivals)

    def _other(self, own: Trajectory) -> Trajectory:
        return self.start if own is self.end else self.end

    def _own_time(self, own: Trajectory, path: Ray) -> Array:
        return path.received if own is self.end else path.sent

    def _angle(self, function: Callable[[Array], Array], name: str, pace_s: float | None = None) -> Scalar:
        return Scalar(function, name, "deg", ANGLE_RESOLUTION_DEG, pace_s or self.pace_s, self.breaks)

    def _length(self, function: Callable[[Array], Array], name: str) -> Scalar:
        return Scalar(function, name, "km", LENGTH_RESOLUTION_KM, self.pace_s, self.breaks)


def occulters(sight: Sight) -> tuple[Body, ...]:
    """The bodies that may come between two ends: those near them and the Sun, but not what an end stands on."""
    stands = {end.body for end in (sight.start, sight.end) if isinstance(end, Site)}
    itself = {sight.start.name, sight.end.name}
    names = dict.fromkeys((sight.start.center, sight.end.center, *OCCULTERS))
    return tuple(body(name, sight.end.ephemeris) for name in names if name not in stands | itself)


def elevation_deg(site: Site, target: Trajectory, light: bool = True) -> Scalar:
    """Elevation of a target in a site's sky (deg)."""
    return Sight(target, site, light).elevation_deg(site)


def azimuth_deg(site: Site, target: Trajectory, light: bool = True) -> Scalar:
    """Azimuth of a target in a site's sky (deg), from north through east."""
    return Sight(target, site, light).azimuth_deg(site)


def range_km(observer: Trajectory, target: Trajectory, light: bool = True) -> Scalar:
    """Distance of a target from an observer (km)."""
    return Sight(target, observer, light).range_km()


def range_rate_km_s(observer: Trajectory, target: Trajectory, light: bool = True) -> Scalar:
    """Rate of the distance (km/s), positive when receding."""
    return Sight(target, observer, light).range_rate_km_s()


def light_time_s(observer: Trajectory, target: Trajectory) -> Scalar:
    """One-way light time from a target to an observer (s)."""
    return Sight(target, observer).light_time_s()


def clearance_km(observer: Trajectory, target: Trajectory, occulter: Body = MOON, light: bool = True) -> Scalar:
    """Distance by which the line of sight passes a body (km), negative where the body hides the target."""
    return Sight(target, observer, light).clearance_km(occulter)


def sun_separation_deg(observer: Trajectory, target: Trajectory, light: bool = True) -> Scalar:
    """Angle between a target and the Sun in an observer's sky (deg)."""
    return Sight(target, observer, light).sun_separation_deg(observer)


def sun_elevation_deg(site: Site, light: bool = True) -> Scalar:
    """Elevation of the Sun's center in a site's sky (deg)."""
    return elevation_deg(site, body("sun", site.ephemeris), light)


def altitude_km(target: Trajectory) -> Scalar:
    """Height above the mean equatorial sphere of the body that a spacecraft moves about (km)."""
    under = body(target.center, target.ephemeris)

    def function(t: Array) -> Array:
        return geometry.length(target.position(t) - under.position(t)) - under.equatorial_radius_km

    name = f"altitude of {target.name}"
    return Scalar(function, name, "km", LENGTH_RESOLUTION_KM, target.pace_s, target.breaks)


def penumbra_deg(target: Trajectory, occulter: Body = MOON) -> Scalar:
    """How deep a spacecraft is in a body's penumbra (deg): overlap of the two discs in its sky, positive inside."""
    return _shadow(target, occulter, 1.0, "penumbra")


def umbra_deg(target: Trajectory, occulter: Body = MOON) -> Scalar:
    """How deep a spacecraft is in a body's umbra (deg): by how much the body's disc covers all of the Sun's."""
    return _shadow(target, occulter, -1.0, "umbra")


def sunlit(target: Trajectory) -> Condition:
    """In full sunlight: outside the penumbra of the Earth and of the Moon; for a site, the Sun's center above 0°."""
    if isinstance(target, Site):
        return sun_elevation_deg(target) > 0
    return AllOf(tuple(penumbra_deg(target, body(name, target.ephemeris)) < 0 for name in ("moon", "earth")))


def _shadow(target: Trajectory, occulter: Body, sign: float, what: str) -> Scalar:
    sun = body("sun", target.ephemeris)

    def function(t: Array) -> Array:
        sunlight = ray(sun, target, t)
        here = sunlight.end.position
        to_sun, to_body = sunlight.start.position - here, occulter.position(t) - here
        suns = geometry.disc_radius(SUN.equatorial_radius_km, geometry.length(to_sun))
        bodys = geometry.disc_radius(occulter.equatorial_radius_km, geometry.length(to_body))
        return np.rad2deg(bodys + sign * suns - geometry.separation(to_sun, to_body))

    name = f"depth of {target.name} in the {what} of the {occulter.name}"
    return Scalar(function, name, "deg", ANGLE_RESOLUTION_DEG, target.pace_s, target.breaks)

