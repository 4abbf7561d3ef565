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


def stretched(vector: Array, axis: Array, factor: float) -> Array:
    """Vectors (..., 3), longer by a factor along an axis (..., 3), a unit vector: it makes spheres of spheroids.

    Segments stay straight, and what touches still touches.
    """
    return vector if factor == 1.0 else vector + ((factor - 1.0) * dot(vector, axis))[..., None] * axis


def passing(start: Array, end: Array, line: Array, radius: float) -> Array:
    """How far a line of sight passes a sphere: near the edge its distance from it, and smooth for all it may do.

    start, end : (..., 3) the ends, from the sphere's center; line (..., 3) from one to the other
    returns    : (...), positive where the sphere does not cut the segment; the unit is that of the arguments

    Between ends at given distances from the center the line is the longer the larger the angle there is. At the edge it
    is a tangent of lengths p and q from the ends to the point where it touches. So the sphere is in the way where the
    line is longer than p + q, wherever its nearest point lies. A clearance has corners where that reaches an end;

        (p + q − |line|) · p q / ((p + q) radius),    p² = |start|² − radius², q² = |end|² − radius²

    has none, and grows like the clearance as it leaves zero. With an end inside it is minus how deep, as a length.
    """
    p, q = (dot(x, x) - radius**2 for x in (start, end))
    nearer = np.minimum(p, q)
    p, q = (np.sqrt(np.maximum(x, 0.0)) for x in (p, q))
    with np.errstate(invalid="ignore"):
        past: Array = (p + q - length(line)) * (p * q / ((p + q) * radius))
    if np.min(nearer, initial=np.inf) > 0.0:
        return past
    return np.where(nearer > 0.0, past, -np.sqrt(np.maximum(-nearer, 0.0)))


def disc_radius(radius: float, distance: Array) -> Array:
    """Angular radius of a sphere seen from a distance to its center: (...) → (...) rad; a right angle from inside."""
    return np.arcsin(np.minimum(1.0, radius / distance))
