"""Waypoints of sites that move, and what may be wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from sim.core.errors import DataError
from sim.core.geometry import dot, length
from sim.core.model import Degrees, Epoch, Meters, Model
from sim.core.time import utc
from sim.trajectories.legs import verticals

MOST_WAYPOINTS = 20_000
"""Most waypoints of a track: each leg between two of them is searched by itself."""

MOST_KM_S = 12.0
"""Largest speed of a leg over the ground (km/s). What moves along a surface is slower than what escapes from it."""

EVEN_AIR_M = 500.0
"""Largest difference of heights under one standard atmosphere (m): 6 % of the pressure, about what weather changes."""


class Waypoint(Model):
    """A time and a place on the way of a site that moves."""

    time: Epoch
    """when it is there"""
    latitude_deg: Annotated[Degrees, Field(ge=-90, le=90)]
    longitude_deg: Annotated[Degrees, Field(ge=-180, le=360)]
    """east-positive; west is written with a minus"""
    height_m: Annotated[Meters, Field(ge=-12_000, le=100_000)] = 0.0
    gap: bool = False
    """whether nothing is known of the way here from the waypoint before"""


def faults(points: Sequence[Waypoint], radius_km: float) -> Iterator[tuple[int, str]]:
    """What is wrong with waypoints: the index of one, and the message; the first of every sort."""
    times, latitude, longitude, gap = np.array([(p.time, p.latitude_deg, p.longitude_deg, p.gap) for p in points]).T
    begins = gap > 0.0
    begins[0] = True
    ends = np.append(begins[1:], True)
    for i in np.flatnonzero(begins & ends)[:1].tolist():
        yield i, f"{_called(points, i)} stands alone between gaps. Give another on the same stretch of way"
    lasting = np.diff(times)
    for i in np.flatnonzero(lasting <= 0.0)[:1].tolist():
        told = f"is not later than the one before, {utc(points[i].time, 0)}. Put them in order"
        yield i + 1, f"{_called(points, i + 1)} {told}"
        return
    ups = verticals(latitude, longitude, (1.0, 1.0))
    angle = np.where(begins[1:], 0.0, np.arctan2(length(np.cross(ups[1:], ups[:-1])), dot(ups[1:], ups[:-1])))
    for i in np.flatnonzero(angle > np.pi - 1e-6)[:1].tolist():
        yield i + 1, f"{_called(points, i + 1)} is opposite to the one before. Give another between the two"
    speed = radius_km * angle / lasting
    for i in np.flatnonzero(speed > MOST_KM_S)[:1].tolist():
        told = f"is reached at {speed[i]:,.3g} km/s: expected at most {MOST_KM_S:g} km/s. Look for a wrong time or sign"
        yield i + 1, f"{_called(points, i + 1)} {told}, or for latitude and longitude that are swapped"


def must_be_level(points: Sequence[Waypoint]) -> None:
    """Refuse a standard atmosphere for a track that climbs: that of one height would not serve."""
    low, high = (float(f(point.height_m for point in points)) for f in (min, max))
    if high - low > EVEN_AIR_M:
        raise ValueError(
            f"refraction: the standard atmosphere is taken at one height, and the track goes from {low:g} to "
            f"{high:g} m. Give pressure_hpa and temperature_c, or leave refraction out"
        )


def _called(points: Sequence[Waypoint], index: int) -> str:
    return f"waypoint {index + 1} ({utc(points[index].time, 0)})"


def of_file(file: str, radius_km: float) -> tuple[Waypoint, ...]:
    """The waypoints of a file. Raises `DataError` with the line or point."""
    from sim.trajectories.track_file import read_track  # most scenarios need none

    track = read_track(file)
    columns = (track.time, track.latitude_deg, track.longitude_deg, track.height_m, track.gap)
    names = ("time", "latitude_deg", "longitude_deg", "height_m", "gap")
    rows = zip(*(column.tolist() for column in columns), strict=True)
    points = tuple(Waypoint.model_construct(**dict(zip(names, row, strict=True))) for row in rows)
    if len(points) < 2:
        raise DataError(f"{file}: expected at least two waypoints, got {len(points)}")
    for index, message in faults(points, radius_km):
        raise DataError(f"{file}: {track.places[index]}: {message}")
    return points


