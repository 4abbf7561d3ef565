"""Polygons on a sphere whose edges are arcs of great circles: how far inside a point is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import dot, unit

Array = NDArray[np.float64]

WIDEST_DEG = 85.0
"""So far from the middle of its corners a polygon may reach: what is inside of a larger one would be a matter of taste.
"""

_AT_ONCE = 1 << 20
"""Points times edges that are looked at together."""


def direction(latitude_deg: Array | float, longitude_deg: Array | float) -> Array:
    """Return unit vectors (…, 3) of latitudes and longitudes (…) in degrees.

    Examples
    --------
    >>> direction(np.array(90.0), np.array(0.0)).round(12).tolist()
    [0.0, 0.0, 1.0]
    """
    latitude, longitude = np.deg2rad(latitude_deg), np.deg2rad(longitude_deg)
    across = np.cos(latitude)
    return np.stack((across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)), axis=-1)


class SpherePolygon:
    """A polygon on a sphere, from its corners in order; the last is joined to the first by an edge.

    Parameters
    ----------
    corners : ndarray
        Latitude and longitude (n, 2) in degrees, three or more, no two of them neighbors at one place.

    Raises
    ------
    ValueError
        If it has less than three corners, is too wide, or crosses itself.

    Examples
    --------
    >>> octant = SpherePolygon(np.array([[0.0, 0.0], [0.0, 80.0], [80.0, 0.0]]))
    >>> octant.depth_deg(direction(np.array([1.0, -2.0]), np.array([40.0, 40.0]))).round(6).tolist()
    [1.0, -2.0]
    """

    def __init__(self, corners: Array) -> None:
        if len(corners) > 1 and np.array_equal(corners[0], corners[-1]):
            corners = corners[:-1]
        if len(corners) < 3:
            raise ValueError(f"expected at least three corners of a polygon, got {len(corners)}")
        self.corners = direction(*np.asarray(corners, dtype=float).T)
        self.ends = np.roll(self.corners, -1, axis=0)
        if same := np.flatnonzero(dot(self.corners, self.ends) > 1.0 - 1e-15).tolist():
            raise ValueError(f"corner {same[0] + 1} and the next are at one place: {_shown(corners[same[0]])}")
        middle = self.corners.sum(axis=0)
        if not np.linalg.norm(middle) > 1e-6 or np.min(self.corners @ unit(middle)) < np.cos(np.deg2rad(WIDEST_DEG)):
            raise ValueError(f"expected corners within {WIDEST_DEG:g} deg of their middle. Use a smaller polygon")
        self.middle = unit(middle)
        self.normals = unit(np.cross(self.corners, self.ends))
        across = unit(np.cross(self.middle, np.eye(3)[np.argmin(np.abs(self.middle))]))
        self.axes = np.stack((across, np.cross(self.middle, across)))
        self.flat = self._flat(self.corners)
        if crossing := self._crossing():
            one, other = crossing
            told = f"from {_shown(corners[one])} and from {_shown(corners[other])}"
            raise ValueError(f"the polygon crosses itself: its edges {told} meet. Put the corners in order around it")

    @property
    def reach_deg(self) -> float:
        """Angle from its middle to its farthest corner (deg)."""
        return float(np.rad2deg(np.arccos(np.clip((self.corners @ self.middle).min(), -1.0, 1.0))))

    def contains(self, points: Array) -> NDArray[np.bool_]:
        """Return whether unit vectors (…, 3) are inside."""
        inside: NDArray[np.bool_] = self._inside(points.reshape(-1, 3)).reshape(points.shape[:-1])
        return inside

    def depth_deg(self, points: Array) -> Array:
        """Return how far unit vectors (…, 3) are from the nearest edge (deg): positive inside, negative outside."""
        flat = points.reshape(-1, 3)
        count = max(1, _AT_ONCE // len(self.corners))
        parts = [self._depth(flat[i : i + count]) for i in range(0, len(flat), count)]
        depth: Array = np.rad2deg(np.concatenate([np.empty(0), *parts])).reshape(points.shape[:-1])
        return depth

    def _depth(self, points: Array) -> Array:
        off = points @ self.normals.T  # sine of the angle from each edge's circle
        beside = np.cross(self.normals, self.corners), np.cross(self.ends, self.normals)
        between = (points @ beside[0].T >= 0.0) & (points @ beside[1].T >= 0.0)
        apart = np.linalg.norm(points[:, None, :] - self.corners, axis=-1)
        corner = 2.0 * np.arcsin(np.minimum(0.5 * apart, 1.0))
        edge = np.where(between, np.arcsin(np.minimum(np.abs(off), 1.0)), np.inf)
        away: Array = np.minimum(corner.min(axis=1), edge.min(axis=1))
        return np.where(self._inside(points), away, -away)

    def _inside(self, points: Array) -> NDArray[np.bool_]:
        """By the edges that a ray crosses, seen from the sphere's center: there great circles are straight lines."""
        front = points @ self.middle > 0.0
        x, y = self._flat(np.where(front[:, None], points, self.middle)).T[:, :, None]
        (x0, y0), (x1, y1) = self.flat.T, np.roll(self.flat, -1, axis=0).T
        over = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            right = x < x0 + (y - y0) * (x1 - x0) / (y1 - y0)
        inside: NDArray[np.bool_] = front & (np.count_nonzero(over & right, axis=1) % 2 == 1)
        return inside

    def _flat(self, points: Array) -> Array:
        """Points on the plane that touches the sphere at the polygon's middle: (n, 2)."""
        flat: Array = (points @ self.axes.T) / (points @ self.middle)[:, None]
        return flat

    def _crossing(self) -> tuple[int, int] | None:
        """The first two edges that meet but at a corner that they share."""
        a, b = self.flat, np.roll(self.flat, -1, axis=0)
        count = len(a)

        def side(p: Array, q: Array, r: Array) -> Array:
            signs: Array = np.sign((q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1])
                                   - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0]))  # fmt: skip
            return signs

        p, q, r, s = a[:, None], b[:, None], a[None], b[None]
        meets = (side(p, q, r) * side(p, q, s) <= 0.0) & (side(r, s, p) * side(r, s, q) <= 0.0)
        apart = np.subtract.outer(np.arange(count), np.arange(count)) % count
        meets &= (apart > 1) & (apart < count - 1)
        found = np.argwhere(meets)
        return (int(found[0][0]), int(found[0][1])) if len(found) else None


def _shown(corner: Array) -> str:
    return f"[{corner[0]:g}, {corner[1]:g}]"
