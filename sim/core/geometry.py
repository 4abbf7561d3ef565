"""Angles, clearances and shadows: arrays in, arrays out. Vectors on the last axis, any one frame.

These functions contain formulas only: no bodies, no frames, no time.
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


def crossed(a: Array, b: Array) -> Array:
    """Cross product over the last axis, (..., 3) each: `np.cross` without what it spends on other shapes."""
    result: Array = np.empty(np.broadcast_shapes(a.shape, b.shape))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        result[..., i] = a[..., j] * b[..., k] - a[..., k] * b[..., j]
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
    """Angle between two directions, (..., 3) of any length → (...) rad, accurate to rounding also near 0 and π.

    Source: Kahan (2006), "How futile are mindless assessments of roundoff", §12.
    """
    a, b = unit(a), unit(b)
    return 2.0 * np.arctan2(length(a - b), length(a + b))


def aberrated(sight: Array, velocity: Array) -> Array:
    """The apparent direction of a line of sight for a moving observer (aberration); its length is unchanged.

    sight    : (..., 3) from the observer, in a frame at rest
    velocity : (..., 3) km/s of the observer in that frame; with its sign changed, the result is the direction in
               which a moving observer must transmit
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


def squared_distance_to_segment(one: Array, other: Array, point: Array) -> Array:
    """Squared least distance of a point from the straight segment between two ends: (..., 3) each → (...)."""
    along = other - one
    to_point = point - one
    share = dot(to_point, along) / dot(along, along)
    off = to_point - np.clip(share, 0.0, 1.0)[..., None] * along
    return dot(off, off)


def stretched(vector: Array, axis: Array, factor: float) -> Array:
    """Stretch vectors (..., 3) by a factor along a unit vector (..., 3), which turns spheroids into spheres.

    Straight segments remain straight, and tangents remain tangents.
    """
    return vector if factor == 1.0 else vector + ((factor - 1.0) * dot(vector, axis))[..., None] * axis


def passing(one: Array, other: Array, line: Array, radius: float) -> Array:
    """Clearance of a line of sight from a sphere, in a smooth form that near the edge equals the distance.

    one, other : (..., 3) the ends, from the sphere's center; line (..., 3) from one to the other
    returns    : (...), positive where the sphere does not cut the segment; the unit is that of the arguments

    For ends at given distances from the center, the length of the line grows with the angle between them. At the edge
    it is a tangent with lengths p and q from the ends to the point of contact. So the sphere occults where the line
    is longer than p + q, wherever its nearest point lies. A clearance has corners where that point reaches an end;

        (p + q − |line|) · p q / ((p + q) radius),    p² = |one|² − radius², q² = |other|² − radius²

    has none, and grows like the clearance near zero. With an end inside the sphere it is minus the depth, as a length.
    """
    p, q = (dot(x, x) - radius**2 for x in (one, other))
    nearer = np.minimum(p, q)
    p, q = (np.sqrt(np.maximum(x, 0.0)) for x in (p, q))
    with np.errstate(invalid="ignore"):
        past: Array = (p + q - length(line)) * (p * q / ((p + q) * radius))
    if np.min(nearer, initial=np.inf) > 0.0:
        return past
    return np.where(nearer > 0.0, past, -np.sqrt(np.maximum(-nearer, 0.0)))


def disc_radius(radius: float, distance: Array) -> Array:
    """Angular radius of a sphere seen from a distance to its center: (...) → (...) rad; 90° from inside."""
    return np.arcsin(np.minimum(1.0, radius / distance))


def limb(light: Array, radius: float, center: Array, axis: Array, factor: float, near: bool) -> Array:
    """Angle from the center of a spheroid to the nearest or farthest point of the limb of a sphere behind it.

    light   : (..., 3) from an observer to the center of the sphere, with its radius
    center  : (..., 3) from the observer to the center of the spheroid, in the same frame and unit
    axis, factor : a stretch by the factor along the axis (..., 3) turns the spheroid into a sphere
    near    : the nearest point of the limb, an angle that is negative with the center inside it; or the farthest
    returns : (...) rad, in the stretched space: there the spheroid is a disk about its center, and the sphere
              an ellipse, so they touch where this is the disk's radius

    Rays to the sphere's limb form a circular cone, which the stretch turns into an elliptic one exactly. The point on
    it is found by Newton's method from its position without the stretch, and the angle is that to the tangent plane of
    the cone there, whose error is the square of the remaining one. For a flattening of 1/298 two steps leave 1e-12 rad.
    """
    distance = length(light)
    sine = np.minimum(1.0, radius / distance)
    if factor == 1.0:
        return separation(light, center) + np.arcsin(sine) * (-1.0 if near else 1.0)
    cosine = np.sqrt(1.0 - sine * sine)[..., None]
    sine, middle = sine[..., None], light / distance[..., None]
    seen = unit(center)
    side = seen - dot(seen, middle)[..., None] * middle
    side = side / np.maximum(length(side), 1e-300)[..., None] * (1.0 if near else -1.0)
    across = np.cross(middle, side)
    towards = unit(stretched(center, axis, factor))
    rim = [stretched(x, axis, factor) for x in (cosine * middle, sine * side, sine * across)]
    turn = _extreme(towards, rim, near)
    c, s = np.cos(turn)[..., None], np.sin(turn)[..., None]
    point = unit(rim[0] + rim[1] * c + rim[2] * s)
    plane = unit(stretched(cosine * (side * c + across * s) - sine * middle, axis, 1.0 / factor))
    if near:
        return np.arctan2(dot(plane, towards), dot(point, towards))
    away = np.arctan2(-dot(plane, towards), dot(point, towards))
    return np.where(away < -0.5 * np.pi, away + 2.0 * np.pi, away)


def _extreme(towards: Array, rim: list[Array], near: bool) -> Array:
    """Position x near 0 on the rim m + a cos x + b sin x of a cone at which the angle to a direction is extreme."""
    m, a, b = rim
    turn = np.zeros(np.shape(towards)[:-1])
    for _ in range(2):
        c, s = np.cos(turn)[..., None], np.sin(turn)[..., None]
        first, bend = b * c - a * s, -(a * c + b * s)
        point = m - bend
        along, size, slope = dot(towards, point), dot(point, point), dot(point, first)
        rise = dot(towards, first)
        grows = rise * size - along * slope
        curve = dot(towards, bend) * size + rise * slope - along * (dot(first, first) + dot(point, bend))
        # The cosine is concave at the nearest point, convex at the farthest; if it is nearly flat, steps stay small.
        curve = np.minimum(curve, -1e-9) if near else np.maximum(curve, 1e-9)
        turn = turn - np.clip(grows / curve, -0.5, 0.5)
    return turn
