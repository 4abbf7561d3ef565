"""A channel over a line of sight: its geometry, and the ratio of carrier to noise as a function of time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import length
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.limits.limit import OnSurface, SightLine
from sim.trajectories.radios.channel import Channel, Geometry

if TYPE_CHECKING:
    from sim.search.conditions import Scalar
    from sim.trajectories.sites import Site

Array = NDArray[np.float64]

RESOLUTION_DB = 1e-4
"""Least excursion of a margin that a search minds: antennas are known to a tenth of a decibel."""


def geometry(sight: SightLine, channel: Channel) -> tuple[tuple[Scalar, ...], Callable[..., Geometry]]:
    """Return the scalars that a channel depends on, and the geometry as a function of their values."""
    ends = sight.transmitter, sight.receiver
    sites = [cast("Site", end) if isinstance(end, OnSurface) else None for end in ends]
    levels = [sight.elevation_deg(site) if site is not None else None for site in sites]
    bodies = tuple(channel.brightness_k)
    if channel.passes_sun and "sun" not in bodies:
        bodies = (*bodies, "sun")
    away = [sight.body_separation_deg(sight.receiver, name) for name in bodies]
    far = []
    for name in bodies:
        towards = sight.direction_of(sight.receiver, name)
        far.append(sight.value_at_end(sight.receiver, _length_of(towards), f"distance of {name}", "km"))
    parts = (sight.range_km(), *(level for level in levels if level is not None), *away, *far)

    def made(range_km: Array, *values: Array) -> Geometry:
        left = list(values)
        sent, received = (left.pop(0) if level is not None else None for level in levels)
        apart, distances = left[: len(bodies)], left[len(bodies) :]
        wide = [
            np.rad2deg(np.arcsin(np.minimum(BODIES[name].equatorial_radius_km / distance, 1.0)))
            for name, distance in zip(bodies, distances, strict=True)
        ]
        seen = dict(zip(bodies, zip(apart, wide, strict=True), strict=True))
        sun = distances[bodies.index("sun")] if channel.passes_sun else None
        return Geometry(range_km, sent, received, seen, sun)

    return parts, made


def margin_db(sight: SightLine, channel: Channel, required_db_hz: float | None = None) -> Scalar:
    """Return the margin over a required C/N0, by default that of the channel's least mode."""
    parts, made = geometry(sight, channel)
    required = channel.required_db_hz() if required_db_hz is None else required_db_hz

    def function(*values: Array) -> Array:
        return channel.terms(made(*values)).cn0_db_hz - required

    name = f"link margin of {sight.transmitter.name} – {sight.receiver.name}"
    return sight.combined(parts, function, name, "dB", RESOLUTION_DB)


def _length_of(vectors: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The length of vectors (…, 3) as a function of time."""
    return lambda t: length(vectors(t))
