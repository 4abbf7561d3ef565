"""Places and tracks on a globe, and map projections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.core.quantities import converted
from sim.core.time import instants
from sim.trajectories.trajectory import Basis

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """A point on a surface, with an optional circle around it.

    label : name beside the point
    latitude_deg, longitude_deg : north and east positive
    radius_deg : radius of the circle, degrees of arc; no circle if None
    """

    label: str
    latitude_deg: float
    longitude_deg: float
    radius_deg: float | None = None

    def __post_init__(self) -> None:
        for name in ("latitude_deg", "longitude_deg", "radius_deg"):
            object.__setattr__(self, name, converted(getattr(self, name), "deg"))


@dataclass(frozen=True)
class Track:
    """The ground track of a spacecraft.

    label : name of the spacecraft; one color per label
    t     : (n,) TDB s, or any times that `tdb` accepts
    latitude_deg, longitude_deg : (n,) of the subpoint; NaN where nothing is drawn
    basis : of the orbit, shown by line style
    """

    label: str
    t: Array
    latitude_deg: Array
    longitude_deg: Array
    basis: Basis | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "t", instants(self.t))
        for name, unit in (("latitude_deg", "deg"), ("longitude_deg", "deg")):
            object.__setattr__(self, name, converted(getattr(self, name), unit))


def disc(latitude_deg: ArrayLike, longitude_deg: ArrayLike, center: tuple[float, float]) -> tuple[Array, Array, Array]:
    """Lambert azimuthal equal-area projection: x (east), y (north), and angle from the center (deg).

    An angle c from the center maps to a radius of 2 sin(c/2): √2 for a hemisphere.
    Source: Snyder (1987), USGS Professional Paper 1395, §24.
    """
    a, o = np.deg2rad(np.asarray(latitude_deg)), np.deg2rad(np.asarray(longitude_deg) - center[1])
    a0 = np.deg2rad(center[0])
    cosine = np.clip(np.sin(a0) * np.sin(a) + np.cos(a0) * np.cos(a) * np.cos(o), -1.0, 1.0)
    k = np.sqrt(2.0 / np.maximum(1.0 + cosine, 1e-9))
    x = k * np.cos(a) * np.sin(o)
    y = k * (np.cos(a0) * np.sin(a) - np.sin(a0) * np.cos(a) * np.cos(o))
    return x, y, np.rad2deg(np.arccos(cosine))


def inverse_disc(x: Array, y: Array, center: tuple[float, float]) -> tuple[Array, Array]:
    """Latitude and longitude (deg) of a point of that projection."""
    r = np.hypot(x, y)
    c = 2.0 * np.arcsin(np.clip(r / 2.0, 0.0, 1.0))
    a0, safe = np.deg2rad(center[0]), np.maximum(r, 1e-12)
    latitude = np.arcsin(np.clip(np.cos(c) * np.sin(a0) + y * np.sin(c) * np.cos(a0) / safe, -1.0, 1.0))
    east = np.arctan2(x * np.sin(c), safe * np.cos(a0) * np.cos(c) - y * np.sin(a0) * np.sin(c))
    return np.rad2deg(latitude), center[1] + np.rad2deg(east)


def circle(place: tuple[float, float], radius_deg: float, count: int = 181) -> tuple[Array, Array]:
    """Latitude and longitude (deg) of points at an angular radius (deg) from a place."""
    a0, r, turn = np.deg2rad(place[0]), np.deg2rad(radius_deg), np.linspace(0.0, 2.0 * np.pi, count)
    latitude = np.arcsin(np.clip(np.sin(a0) * np.cos(r) + np.cos(a0) * np.sin(r) * np.cos(turn), -1.0, 1.0))
    east = np.arctan2(np.sin(turn) * np.sin(r) * np.cos(a0), np.cos(r) - np.sin(a0) * np.sin(latitude))
    return np.rad2deg(latitude), place[1] + np.rad2deg(east)


def sunlight(latitude_deg: Array, longitude_deg: Array, sun: tuple[float, float]) -> Array:
    """Sine of the Sun's elevation on a sphere, given the subsolar point (latitude, longitude; deg)."""
    a, o = np.deg2rad(latitude_deg), np.deg2rad(longitude_deg)
    a0, o0 = np.deg2rad(sun)
    sine: Array = np.sin(a) * np.sin(a0) + np.cos(a) * np.cos(a0) * np.cos(o - o0)
    return sine


def names_of(tracks: Sequence[Track]) -> list[str]:
    """The distinct labels, in order: one color each."""
    return list(dict.fromkeys(track.label for track in tracks))
