"""What an antenna needs to follow the other end of a hop: angles and their rates, range, Doppler factors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import SPEED_OF_LIGHT_KM_S
from sim.trajectories.bodies.body import Body
from sim.trajectories.light_time import arrival
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.known_times import phase_pairs
from sim.visibility.limit_sight import LimitSight
from sim.visibility.result import Columns, Result
from sim.visibility.routes import Hop

Array = NDArray[np.float64]

COLUMNS = (
    "azimuth_deg", "elevation_deg", "range_km", "range_rate_km_s", "light_time_s", "azimuth_rate_deg_s",
    "elevation_rate_deg_s", "sun_separation_deg", "moon_separation_deg",
)  # fmt: skip
"""What tables give of it."""

UP, DOWN = "up_rate_km_s", "down_rate_km_s"
"""Range rates of the two ways of a signal that is turned around: see `tracking`."""


def tracking(result: Result, leg: Hop, t: Array) -> Columns:
    """What the ends of a hop see of each other.

    Parameters
    ----------
    result
        The ends, and whether light time is modeled.
    leg
        The hop.
    t
        (n,) TDB s at the receiver, in the span.

    Returns
    -------
    dict of ndarray
        The columns `COLUMNS`, `UP` and `DOWN`, (n,) each. NaN where no orbit is known, and where a column has no
        meaning: azimuth and elevation of a hop without a site, an angle from what the line of sight goes to, or from
        the Moon on the Moon.

    Notes
    -----
    Azimuth and elevation are apparent (light time and stellar aberration), without refraction, at the site; their rates
    are by the site's own time. Range is the length of the light's path, from where the transmitter was when the light
    left it. Range rate is its rate by the time of arrival. Sun and Moon are seen from the site, or from the receiver
    of a hop without one.

    A signal that the site, or the receiver of a hop without one, sends and the other end turns around has two ways. On
    a hop that ends at the site, `DOWN` is the rate of the way that arrives at `t`, and `UP` that of the way before it.
    On a hop that begins at the site, `UP` is the rate of the way that arrives at `t`, and `DOWN` that of the way back.
    Each is by the time at which it arrives.
    """
    found = {name: np.full(len(t), np.nan) for name in (*COLUMNS, UP, DOWN)}
    one, other = (result.ends[name] for name in leg)
    for a, b, when in phase_pairs(one, other, result.light, result.span):
        rows = np.flatnonzero((t >= when.start) & (t <= when.end))
        if len(rows):
            for name, column in _of_pair(a, b, result.light, t[rows]).items():
                found[name][rows] = column
    return dict(found)


def direction(result: Result, leg: Hop, t: Array) -> Array:
    """Apparent direction of the other end, (n, 3), as the site of a hop sees it along east, north and up.

    Of a hop without a site, as the receiver sees it along ICRF axes. NaN where no orbit is known. Arguments as of
    `tracking`.
    """
    found = np.full((len(t), 3), np.nan)
    one, other = (result.ends[name] for name in leg)
    for a, b, when in phase_pairs(one, other, result.light, result.span):
        rows = np.flatnonzero((t >= when.start) & (t <= when.end))
        if len(rows):
            sight, site = _seen(a, b, result.light)
            at = sight.at(t[rows])
            line = at.seen(site or b)
            if site is not None:
                line = np.einsum("nij,nj->ni", at.axes(site), line)
            found[rows] = line / np.linalg.norm(line, axis=-1)[:, None]
    return found


def _seen(a: Trajectory, b: Trajectory, light: bool) -> tuple[LimitSight, Site | None]:
    sight = LimitSight(a, b, light)
    return sight, next((end for end in (sight.receiver, sight.transmitter) if isinstance(end, Site)), None)


def _of_pair(a: Trajectory, b: Trajectory, light: bool, t: Array) -> dict[str, Array]:
    """The columns of two ends without phases."""
    sight, site = _seen(a, b, light)
    own = site or sight.receiver
    found = {
        "range_km": sight.range_km().function(t),
        "range_rate_km_s": sight.range_rate_km_s().function(t),
        "light_time_s": sight.light_time_s().function(t),
        **_ways(sight, own, t),
    }
    if site is not None:
        found |= _angles(sight, site, t)
    names = {sight.transmitter.name, sight.receiver.name}
    if "sun" not in names:
        found["sun_separation_deg"] = sight.sun_separation_deg(own).function(t)
    if "moon" not in names and not (isinstance(own, Site) and own.center == "moon"):
        found["moon_separation_deg"] = sight.body_separation_deg(own, "moon").function(t)
    return found


def _angles(sight: LimitSight, site: Site, t: Array) -> dict[str, Array]:
    """Azimuth and elevation at a site, and their rates."""
    other = sight.other_end(site)
    place, turn = sight.followed(site, t)
    (east, north, _), (to_east, to_north, to_up) = np.moveaxis(place, -1, 0), np.moveaxis(turn, -1, 0)
    flat = east * east + north * north
    if isinstance(other, Body) and other.name == site.center:  # straight below: it has no azimuth
        flat = np.full_like(flat, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        around = np.where(flat > 0.0, (north * to_east - east * to_north) / flat, np.nan)
        rising = np.where(flat > 0.0, to_up / np.sqrt(flat), np.nan)
    azimuth = np.rad2deg(np.arctan2(east, north)) % 360.0
    return {
        "azimuth_deg": np.where(flat > 0.0, azimuth, np.nan),
        "elevation_deg": sight.elevation_deg(site).function(t),
        "azimuth_rate_deg_s": np.rad2deg(around),
        "elevation_rate_deg_s": np.rad2deg(rising),
    }


def _ways(sight: LimitSight, own: Trajectory, t: Array) -> dict[str, Array]:
    """Range rates of both ways of a signal that goes from one end to the other and back."""
    back = LimitSight(sight.receiver, sight.transmitter, sight.light)
    arrived = sight.range_rate_km_s().function(t)
    if own is sight.receiver:
        return {DOWN: arrived, UP: back.range_rate_km_s().function(sight.ray(t).sent)}
    returned = arrival(sight.receiver, sight.transmitter, t) if sight.light else t
    return {UP: arrived, DOWN: back.range_rate_km_s().function(returned)}


def one_way_factor(rate_km_s: Array) -> Array:
    """Received over transmitted frequency of one way: ``1 - rate / c``.

    Parameters
    ----------
    rate_km_s
        Rate of the light's path by the time of arrival.

    Notes
    -----
    Light that leaves at ``t - range / c`` arrives at ``t``: the ratio of the two intervals of time is exactly this, to
    all orders of the velocity, with the light's path as it is. The rates of clocks (relativity: below 1e-9 near the
    Earth and the Moon) are left out.

    Examples
    --------
    >>> one_way_factor(np.array([-7.0])) - 1.0
    array([2.33494867e-05])
    """
    return 1.0 - rate_km_s / SPEED_OF_LIGHT_KM_S


def two_way_factor(up_km_s: Array, down_km_s: Array) -> Array:
    """Received over transmitted frequency of a signal that is turned around, without the turn-around ratio.

    ``(1 - up / c) (1 - down / c)``: the product of both ways, each by the time at which it arrives.
    """
    return one_way_factor(up_km_s) * one_way_factor(down_km_s)
