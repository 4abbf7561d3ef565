"""The numbers that users ask for, by the names that the field has for them: scalars of an observer and a target."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import geometry
from sim.bodies import MOON, SUN, Body, body
from sim.conditions import AllOf, Condition, Scalar
from sim.sight import ANGLE_RESOLUTION_DEG, LENGTH_RESOLUTION_KM, Sight
from sim.sites import Site
from sim.trajectory import Trajectory, ray

Array = NDArray[np.float64]


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

    name = f"depth of {target.name} in the {what} of {occulter.called}"
    return Scalar(function, name, "deg", ANGLE_RESOLUTION_DEG, target.pace_s, target.breaks)

