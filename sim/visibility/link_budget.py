"""The link budget of a channel between two ends: its terms at an instant, and its margin over time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import CoverageError, SimError
from sim.core.time import utc
from sim.search.conditions import Scalar
from sim.search.windows import Windows
from sim.trajectories.multi_phase import unknown_text
from sim.trajectories.radios.channel import Channel, Geometry, Terms
from sim.trajectories.radios.line_of_sight import geometry, margin_db
from sim.trajectories.radios.signal import Mode
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.hops import phase_by_phase
from sim.visibility.known_times import stretches
from sim.visibility.limit_sight import LimitSight

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Moment:
    """Geometry and terms of a channel at one time."""

    geometry: Geometry
    terms: Terms


def at_instant(channel: Channel, transmitter: Trajectory, receiver: Trajectory, t: float, light: bool) -> Moment:
    """Return the geometry and terms of a channel when light arrives at a receiver (TDB s).

    Raises
    ------
    CoverageError
        If no orbit is known at that time.
    SimError
        If an end is below the other's horizontal plane: no model of the atmosphere or of an antenna holds there.
    """
    sight = next(_sights(transmitter, receiver, t, light), None)
    if sight is None:
        told = " and ".join(filter(None, (unknown_text(end, t) for end in (transmitter, receiver) if end.in_parts)))
        raise CoverageError(f"no link budget at {utc(t, 0)}: {told or 'no orbit known'}")
    parts, made = geometry(sight, channel)
    found = made(*(part.function(np.array([t])) for part in parts))
    levels = found.transmitter_elevation_deg, found.receiver_elevation_deg
    for own, level in zip((sight.transmitter, sight.receiver), levels, strict=True):
        if isinstance(own, Site) and level is not None and level[0] < 0.0:
            told = f"{sight.other_end(own).name} is below the horizontal plane of {own.name}"
            raise SimError(
                f"no link budget at {utc(t, 0)}: {told} (elevation {level[0]:.1f} deg). "
                "Choose a time in a window, as `sim windows` prints them"
            )
    return Moment(found, channel.terms(found))


def margin_scalar(
    channel: Channel, transmitter: Trajectory, receiver: Trajectory, light: bool, required_db_hz: float | None = None
) -> Scalar:
    """Return the margin over a required C/N0 as a function of time, phase by phase.

    required_db_hz : by default that of the channel's least mode, without a margin
    """
    return phase_by_phase(
        transmitter, receiver, lambda a, b: margin_db(LimitSight(a, b, light), channel, required_db_hz), light
    )


def closing_times(
    channel: Channel, transmitter: Trajectory, receiver: Trajectory, light: bool, within: Windows
) -> dict[Mode, Windows]:
    """Return when each mode of a channel's signal closes with the required margin, by rising data rate."""
    found = {}
    for mode in channel.signal.modes:
        required = channel.required_db_hz(mode, channel.signal.margin_db)
        found[mode] = (margin_scalar(channel, transmitter, receiver, light, required) > 0.0).windows_in(within)
    return found


def _sights(transmitter: Trajectory, receiver: Trajectory, t: float, light: bool) -> Iterator[LimitSight]:
    if not (transmitter.in_parts or receiver.in_parts):
        yield LimitSight(transmitter, receiver, light)
        return
    for one, other, when in stretches(transmitter, receiver, light):
        if when.start <= t <= when.end:
            yield LimitSight(one, other, light)
