"""Great-circle legs between waypoints: vertical and height at every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import erfa
import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import dot, length
from sim.trajectories.sites import Site

if TYPE_CHECKING:
    from sim.trajectories.waypoints import Waypoint

Array = NDArray[np.float64]

POLE = 1e-12
"""Sine of the distance from a pole within which east is taken along 90 deg of longitude: 6 micrometers."""


class Where(NamedTuple):
    """Where the vertical points, (…, 3) body-fixed, and the height (km), with their rates by time."""

    up: Array
    height: Array
    up_rate: Array
    height_rate: Array


class Legs(NamedTuple):
    """Great circles between waypoints, k of them, k + 1 waypoints.

    times            : (k + 1,) TDB s
    ups, heights     : verticals (k + 1, 3), body-fixed, and heights (k + 1,) km
    ahead            : (k, 3) unit vectors along the way at the beginning of each leg
    rates, climbs    : (k,) rad/s and km/s
    radii_km         : equatorial and polar radius of the body's figure
    """

    times: Array
    ups: Array
    heights: Array
    ahead: Array
    rates: Array
    climbs: Array
    radii_km: tuple[float, float]

    @staticmethod
    def of(points: Sequence[Waypoint], site: Site) -> Legs:
        """The legs between some waypoints."""
        radii = radii_km(site)
        columns = np.array([(p.time, p.latitude_deg, p.longitude_deg, p.height_m) for p in points])
        times, heights = columns[:, 0], columns[:, 3] / 1000.0
        ups = verticals(columns[:, 1], columns[:, 2], radii if site.body == "mars" else (1.0, 1.0))
        ahead = ups[1:] - dot(ups[1:], ups[:-1])[:, None] * ups[:-1]
        size = length(ahead)
        ahead = np.divide(ahead, size[:, None], out=np.zeros_like(ahead), where=size[:, None] > 0.0)
        lasting = np.diff(times)
        angles = np.arctan2(size, dot(ups[1:], ups[:-1]))
        return Legs(times, ups, heights, ahead, angles / lasting, np.diff(heights) / lasting, radii)

    @property
    def quickest(self) -> float:
        """Largest rate of all legs (rad/s)."""
        return float(self.rates.max())

    @property
    def nearest_poles(self) -> Array:
        """Times at which legs come nearest to the body's axis: close to a pole, east and north turn quickly there."""
        angle = np.arctan2(self.ahead[:, 2], self.ups[:-1, 2])  # from the beginning to the highest latitude
        found = []
        for extra in (-np.pi, 0.0, np.pi):
            with np.errstate(divide="ignore", invalid="ignore"):
                found.append(self.times[:-1] + (angle + extra) / self.rates)
        times, leg = np.concatenate(found), np.tile(np.arange(len(self.rates)), 3)
        inside = np.isfinite(times) & (times > self.times[leg]) & (times < self.times[leg + 1])
        return np.sort(times[inside])

    def at(self, t: Array) -> Where:
        """Where it is at times (…); it stands still before and after."""
        leg = np.clip(np.searchsorted(self.times, t, "right") - 1, 0, len(self.rates) - 1)
        since = np.clip(t, self.times[0], self.times[-1]) - self.times[leg]
        moves = ((t >= self.times[0]) & (t <= self.times[-1])).astype(float)
        rate = self.rates[leg]
        cosine, sine = np.cos(rate * since)[..., None], np.sin(rate * since)[..., None]
        up = cosine * self.ups[leg] + sine * self.ahead[leg]
        ahead = cosine * self.ahead[leg] - sine * self.ups[leg]
        height = self.heights[leg] + self.climbs[leg] * since
        return Where(up, height, (moves * rate)[..., None] * ahead, moves * self.climbs[leg])


def radii_km(site: Site) -> tuple[float, float]:
    """Equatorial and polar radius of the figure that heights refer to, as of `Site`."""
    wide = site.carrier.equatorial_radius_km
    if site.body == "earth":
        size, flat = erfa.eform(1)
        return size / 1000.0, size / 1000.0 * (1.0 - flat)
    return wide, wide if site.body == "moon" else site.carrier.polar_radius_km


def verticals(latitude_deg: Array, longitude_deg: Array, radii: tuple[float, float]) -> Array:
    """Directions (n, 3) of the verticals; radii other than 1 if the latitudes are planetocentric on a spheroid."""
    latitude, longitude = np.deg2rad(latitude_deg), np.deg2rad(longitude_deg)
    steep = np.arctan2(radii[0] ** 2 * np.sin(latitude), radii[1] ** 2 * np.cos(latitude))
    across = np.cos(steep)
    return np.stack((across * np.cos(longitude), across * np.sin(longitude), np.sin(steep)), axis=-1)


def axes(up: Array) -> Array:
    """East, north and up as rows (…, 3, 3), body-fixed, of verticals (…, 3)."""
    x, y = up[..., 0], up[..., 1]
    flat = np.hypot(x, y)
    on_axis, safe = flat < POLE, np.maximum(flat, POLE)
    east = np.stack((np.where(on_axis, 0.0, -y / safe), np.where(on_axis, 1.0, x / safe), np.zeros_like(x)), axis=-1)
    return np.stack((east, np.cross(up, east), up), axis=-2)


def on_spheroid(where: Where, radii_km: tuple[float, float]) -> tuple[Array, Array]:
    """Position and its rate, (…, 3) km and km/s, body-fixed.

    On a spheroid with semi-axes a and b the point with the vertical u is D u / √(u · D u), D = diag(a², a², b²).
    """
    wide, high = radii_km
    squares = np.array([wide, wide, high]) ** 2
    stretched, stretched_rate = squares * where.up, squares * where.up_rate
    size = np.sqrt(dot(where.up, stretched))[..., None]
    size_rate = dot(stretched, where.up_rate)[..., None] / size
    height, climb = where.height[..., None], where.height_rate[..., None]
    place = stretched / size + height * where.up
    rate = stretched_rate / size - stretched * size_rate / size**2 + climb * where.up + height * where.up_rate
    return place, rate


def turn_rate(where: Where) -> Array:
    """How east, north and up turn along the way, (…, 3) rad/s, body-fixed: about the body's axis, and about west."""
    x, y, _ = np.moveaxis(where.up, -1, 0)
    dx, dy, dz = np.moveaxis(where.up_rate, -1, 0)
    across = np.maximum(x * x + y * y, POLE**2)
    own = np.zeros_like(where.up)
    own[..., 2] = (x * dy - y * dx) / across
    own -= (dz / np.sqrt(across))[..., None] * axes(where.up)[..., 0, :]
    return own
