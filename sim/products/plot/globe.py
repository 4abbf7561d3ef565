"""Places and tracks on a globe, and how they come onto paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.quantities import converted
from sim.core.time import instants
from sim.trajectories.trajectory import Basis

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """A point of a surface, with the radius (deg of arc) of what sees something from it, if that is wanted."""

    label: str
    latitude_deg: float
    longitude_deg: float
    radius_deg: float | None = None

    def __post_init__(self) -> None:
        for name in ("latitude_deg", "longitude_deg", "radius_deg"):
            object.__setattr__(self, name, converted(getattr(self, name), "deg"))


@dataclass(frozen=True)
class Track:
    """The points below a spacecraft, deg, at times (n,) that `tdb` takes; NaN where it is not to be drawn."""

    label: str
    t: Any
    latitude_deg: Array
    longitude_deg: Array
    basis: Basis | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "t", instants(self.t))
        for name, unit in (("latitude_deg", "deg"), ("longitude_deg", "deg")):
            object.__setattr__(self, name, converted(getattr(self, name), unit))


def disc(latitude_deg: Any, longitude_deg: Any, center: tuple[float, float]) -> tuple[Array, Array, Array]:
    """Lambert's azimuthal equal-area map about a center: x (east), y (north), and the angle from the center (deg).

    The radius at an angle c is 2 sin(c/2): √2 for a hemisphere.
    Source: Snyder (1987), USGS Professional Paper 1395, §24.
    """
    a, o = np.deg2rad(latitude_deg), np.deg2rad(np.asarray(longitude_deg) - center[1])
    a0 = np.deg2rad(center[0])
    cosine = np.clip(np.sin(a0) * np.sin(a) + np.cos(a0) * np.cos(a) * np.cos(o), -1.0, 1.0)
    k = np.sqrt(2.0 / np.maximum(1.0 + cosine, 1e-9))
    x = k * np.cos(a) * np.sin(o)
    y = k * (np.cos(a0) * np.sin(a) - np.sin(a0) * np.cos(a) * np.cos(o))
    return x, y, np.rad2deg(np.arccos(cosine))


def undisc(x: Array, y: Array, center: tuple[float, float]) -> tuple[Array, Array]:
    """Latitude and longitude (deg) of a point of that map."""
    r = np.hypot(x, y)
    c = 2.0 * np.arcsin(np.clip(r / 2.0, 0.0, 1.0))
    a0, safe = np.deg2rad(center[0]), np.maximum(r, 1e-12)
    latitude = np.arcsin(np.clip(np.cos(c) * np.sin(a0) + y * np.sin(c) * np.cos(a0) / safe, -1.0, 1.0))
    east = np.arctan2(x * np.sin(c), safe * np.cos(a0) * np.cos(c) - y * np.sin(a0) * np.sin(c))
    return np.rad2deg(latitude), center[1] + np.rad2deg(east)


def circle(place: tuple[float, float], radius_deg: float, count: int = 181) -> tuple[Array, Array]:
    """Latitude and longitude (deg) of the points so far (deg of arc) from a place."""
    a0, r, turn = np.deg2rad(place[0]), np.deg2rad(radius_deg), np.linspace(0.0, 2.0 * np.pi, count)
    latitude = np.arcsin(np.clip(np.sin(a0) * np.cos(r) + np.cos(a0) * np.sin(r) * np.cos(turn), -1.0, 1.0))
    east = np.arctan2(np.sin(turn) * np.sin(r) * np.cos(a0), np.cos(r) - np.sin(a0) * np.sin(latitude))
    return np.rad2deg(latitude), place[1] + np.rad2deg(east)


def sunlight(latitude_deg: Array, longitude_deg: Array, sun: tuple[float, float]) -> Array:
    """Sine of the Sun's elevation on a sphere, with the Sun overhead at a place (deg)."""
    a, o = np.deg2rad(latitude_deg), np.deg2rad(longitude_deg)
    a0, o0 = np.deg2rad(sun)
    sine: Array = np.sin(a) * np.sin(a0) + np.cos(a) * np.cos(a0) * np.cos(o - o0)
    return sine


def names_of(tracks: Sequence[Track]) -> list[str]:
    """Every label once, in order: one color each."""
    return list(dict.fromkeys(track.label for track in tracks))
