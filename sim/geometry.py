"""Angles, clearances and shadows: arrays in, arrays out. Vectors on the last axis, any one frame.

These functions know formulas only: no bodies, no frames, no time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SPEED_OF_LIGHT_KM_S = 299792.458
"""Exact. Source: SI."""


def dot(a: Array, b: Array) -> Array:
    """Inner product over the last axis."""
    result: Array = np.einsum("...i,...i->...", a, b)
    return result


def length(a: Array) -> Array:
    """Euclidean length over the last axis."""
    return np.sqrt(dot(a, a))


def unit(a: Array) -> Array:
    """Vectors of length one."""
    return a / length(a)[..., None]


def elevation(zenith: Array, sight: Array) -> Array:
    """Angle of a line of sight above the horizontal plane.

    zenith  : (..., 3) unit vector
    sight   : (..., 3) any length, same frame
    returns : (...) rad, [-π/2, π/2]

    Geometric: no refraction, no light time. Source: Vallado (2013), §4.4.3.
    """
    up = dot(zenith, sight)
    level = length(sight - up[..., None] * zenith)
    return np.arctan2(up, level)


def azimuth(east: Array, north: Array, sight: Array) -> Array:
    """Direction of a line of sight in the horizontal plane, from north through east.

    east, north : (..., 3) unit vectors
    sight       : (..., 3) any length, same frame
    returns     : (...) rad, [0, 2π)
    """
    return np.arctan2(dot(east, sight), dot(north, sight)) % (2.0 * np.pi)


def separation(a: Array, b: Array) -> Array:
    """Angle between two directions, (..., 3) of any length → (...) rad, good to rounding at 0 and π too.

    Source: Kahan (2006), "How futile are mindless assessments of roundoff", §12.
    """
    a, b = unit(a), unit(b)
    return 2.0 * np.arctan2(length(a - b), length(a + b))


def aberrated(sight: Array, velocity: Array) -> Array:
    """A line of sight as an observer who moves sees it; its length is kept.

    sight    : (..., 3) from the observer, in a frame at rest
    velocity : (..., 3) km/s of the observer in that frame; with its sign changed, the direction in which an
               observer who moves must send
    returns  : (..., 3)

    Exact in special relativity. Source: Explanatory Supplement to the Astronomical Almanac (2013), eq. 7.40.
    """
    distance = length(sight)[..., None]
    direction = sight / distance
    beta = velocity / SPEED_OF_LIGHT_KM_S
    along = dot(direction, beta)[..., None]
    inverse_gamma = np.sqrt(1.0 - dot(beta, beta))[..., None]
    seen = (inverse_gamma * direction + (1.0 + along / (1.0 + inverse_gamma)) * beta) / (1.0 + along)
    return seen * distance


def squared_distance_to_segment(start: Array, end: Array, point: Array) -> Array:
    """Squared least distance of a point from the straight segment between two ends: (..., 3) each → (...)."""
    along = end - start
    to_point = point - start
    share = dot(to_point, along) / dot(along, along)
    off = to_point - np.clip(share, 0.0, 1.0)[..., None] * along
    return dot(off, off)


def squared_distance_to_spheroid(
    start: Array, end: Array, center: Array, pole: Array, equatorial: float, polar: float
) -> Array:
    """Squared least distance of a segment from the center of a spheroid, in the space in which that is a sphere.

    start, end : (..., 3) ends of the line of sight
    center     : (..., 3) of the spheroid; pole (..., 3) its axis, a unit vector
    equatorial, polar : radii
    returns    : (...), length squared; below the equatorial radius squared where the segment cuts the spheroid

    Lengths along the axis are stretched until the spheroid is a sphere of its equatorial radius (by a third of a per
    cent for the Earth), so that cutting or clearing it is exact. Smooth where the distance itself has a corner, at 0.
    """
    a, b = start - center, end - center
    if polar != equatorial:
        stretch = equatorial / polar - 1.0
        a = a + (stretch * dot(a, pole))[..., None] * pole
        b = b + (stretch * dot(b, pole))[..., None] * pole
    return squared_distance_to_segment(a, b, np.zeros(3))


def disc_radius(radius: float, distance: Array) -> Array:
    """Angular radius of a sphere seen from a distance to its center: (...) → (...) rad; a right angle from inside."""
    return np.arcsin(np.minimum(1.0, radius / distance))
