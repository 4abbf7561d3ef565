"""When a spacecraft can be seen by eye: it is in sunlight and the site in the dark; and how bright it then is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core import geometry
from sim.search.conditions import every
from sim.search.windows import Windows
from sim.trajectories.bodies.body import body
from sim.trajectories.limits.limit import Figure
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.known_times import phase_pairs, pieced
from sim.visibility.limit_sight import LimitSight

Array = NDArray[np.float64]

class ByEye(NamedTuple):
    """What is asked of a pass that can be seen by eye.

    sun_below_deg
        Greatest elevation of the Sun's center at the site, without refraction.
    shadow
        Figure of the bodies that may shade the spacecraft.
    """

    sun_below_deg: float
    shadow: Figure = "spheroid"


STANDARD_RANGE_KM = 1000.0
"""Range of a standard magnitude; its phase angle is 90 deg."""


def lit_and_dark(
    transmitter: Trajectory, receiver: Trajectory, light: bool, passes: Windows, eye: ByEye
) -> tuple[Windows, Windows]:
    """When, in the passes of a hop with a site, the other end is sunlit, and when the site is in the dark.

    Parameters
    ----------
    transmitter, receiver
        The ends of the hop.
    light
        Whether light time is modeled.
    passes
        When to look, at the receiver's time.
    eye
        How far the Sun must be down, and which shadows count.

    Returns
    -------
    lit, dark : Windows
        At the receiver's time. An end is sunlit while no body covers the Sun's center at the time when the light leaves
        or reaches it, and of a lander also while the Sun's center is above 0 deg there. Unknown where no orbit is
        known, or where neither end stands on a body.
    """
    lit: list[tuple[Windows, Windows | None]] = []
    dark: list[tuple[Windows, Windows | None]] = []
    pairs = phase_pairs(transmitter, receiver, light, passes.span)
    for one, other, when in pairs:
        inside = passes.within(when)
        site = next((end for end in (other, one) if isinstance(end, Site)), None)
        if site is None:
            continue
        sight = LimitSight(one, other, light)
        target = sight.other_end(site)
        shadows = sight.sun_centers(target, eye.shadow)
        if isinstance(target, Site):  # a lander: there the Sun sets
            shadows = (sight.sun_elevation_deg(target) > 0.0, *shadows)
        lit.append((inside, every(shadows).windows_in(inside) if shadows else inside))
        dark.append((inside, (sight.sun_elevation_deg(site) < eye.sun_below_deg).windows_in(inside)))
    made = [pieced([(inside.span, windows) for inside, windows in each], passes.span) for each in (lit, dark)]
    return made[0], made[1]


def magnitude(
    transmitter: Trajectory, receiver: Trajectory, light: bool, standard: float, t: Array
) -> Array:
    """Apparent magnitude of a spacecraft as a site sees it, by its standard magnitude.

    Parameters
    ----------
    transmitter, receiver
        The ends of the hop: one of them a site.
    light
        Whether light time is modeled.
    standard
        Magnitude at a range of 1000 km and a phase angle of 90 deg.
    t
        (n,) TDB s at the receiver.

    Returns
    -------
    ndarray
        (n,) magnitudes: those of a diffusely reflecting (Lambert) sphere, without extinction. Whether it is sunlit is
        not asked. Infinite where only its dark side shows.

    Notes
    -----
    ``m = standard + 5 log10(range / 1000 km) - 2.5 log10(sin p + (pi - p) cos p)``, p: phase angle, which is the angle
    at the spacecraft between the Sun and the site.

    References
    ----------
    Lambert's law for a sphere: Russell (1916), Astrophysical Journal 43, 173.
    """
    sight = LimitSight(transmitter, receiver, light)
    path = sight.ray(t)
    here, there = path.receiver.position, path.transmitter.position
    target, when = (transmitter, path.sent) if isinstance(receiver, Site) else (receiver, path.received)
    own, far = (here, there) if target is transmitter else (there, here)
    sunlight = LimitSight(body("sun", target.ephemeris), target, light).ray(when)
    to_sun = sunlight.transmitter.position - sunlight.receiver.position
    phase = geometry.separation(to_sun, own - far)
    shine = np.sin(phase) + (np.pi - phase) * np.cos(phase)
    with np.errstate(divide="ignore"):
        fainter = -2.5 * np.log10(np.maximum(shine, 0.0))
    found: Array = standard + 5.0 * np.log10(path.distance / STANDARD_RANGE_KM) + fainter
    return found
