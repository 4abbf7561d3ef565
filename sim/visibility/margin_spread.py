"""How far a link's margin may be off: one standard deviation of weather, antennas and geometry, on each side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.search.conditions import Condition
from sim.trajectories.radios.channel import Channel
from sim.trajectories.radios.itu import WEATHER
from sim.trajectories.trajectory import Trajectory
from sim.visibility.link_budget import margin_scalar
from sim.visibility.uncertainty import effects

Array = NDArray[np.float64]

GOOD, BAD = 0.1587, 0.8413
"""Weather that is no worse in this share of the time: one standard deviation from the median on each side."""


_PROBES = 3  # times of a pass at which errors of its geometry are computed; they change slowly


@dataclass(frozen=True)
class Sides:
    """A channel with all that is known of its spread on one side.

    worse, better : the channel in bad and in good weather; a budget for still worse weather has no worse side
    shift_db      : one standard deviation of both antennas; 0 if unknown
    counted       : what is in it: `weather`, `antennas`
    unknown       : what is not known: names of radios
    """

    worse: Channel
    better: Channel
    shift_db: float
    counted: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Band:
    """A margin over time, and how far it may be off.

    margin_db, low_db, high_db : (n,); both sides are the margin itself if nothing is known
    counted, unknown           : what is in the band, and what is not known
    """

    margin_db: Array
    low_db: Array
    high_db: Array
    counted: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def told(self) -> str:
        """What is in the band, in words."""
        known = f"1σ of {', '.join(self.counted)}" if self.counted else "no spread known"
        return f"{known}; unknown: {', '.join(self.unknown)}" if self.unknown else known


def sides(channel: Channel) -> Sides:
    """Return a channel in bad and good weather, and the standard deviation of its antennas."""
    first, last = _weathers(channel)
    now = channel.signal.weather
    worse, better = max(now, min(BAD, last)), min(now, max(GOOD, first))
    counted = ["weather"] if worse > now or better < now else []
    radios = [(mount.name, mount.radio.sigma_db) for mount in (channel.transmitter, channel.receiver)]
    unknown = tuple(dict.fromkeys(f"radio {name}" for name, sigma in radios if sigma is None))
    sizes = [sigma for _, sigma in radios if sigma is not None]
    counted += ["antennas"] if sizes else []
    return Sides(_in(channel, worse), _in(channel, better), float(np.sqrt(np.sum(np.square(sizes)))),
                 tuple(counted), unknown)  # fmt: skip


def margin_band(channel: Channel, transmitter: Trajectory, receiver: Trajectory, light: bool, t: Array) -> Band:
    """Return the margin of a channel's least mode at times of reception (TDB s), and one standard deviation of it.

    The two sides of the weather are added to the root sum of squares of antennas and geometry.
    """
    spread, ends = sides(channel), {transmitter.name: transmitter, receiver.name: receiver}

    def margin(of: Channel, moved: Mapping[str, Trajectory] = ends, with_light: bool = light) -> Condition:
        return margin_scalar(of, moved[transmitter.name], moved[receiver.name], with_light) > 0.0

    def build(moved: Mapping[str, Trajectory], with_light: bool) -> Condition:
        return margin(channel, moved, with_light)

    plain = margin_scalar(channel, transmitter, receiver, light)(t)
    worse, better = (
        plain if of.signal == channel.signal else margin_scalar(of, transmitter, receiver, light)(t)
        for of in (spread.worse, spread.better)
    )
    counted, unknown, apart = list(spread.counted), list(spread.unknown), np.zeros(np.shape(t))
    if not (transmitter.in_parts or receiver.in_parts):
        few = t[np.unique(np.linspace(0, len(t) - 1, _PROBES).astype(int))]
        names, changes, _ = effects(build, ends, light, np.zeros(len(few), dtype=np.intp), few, central=False)
        lost = np.atleast_1d(np.isnan(changes).any(axis=0))
        unknown += [f"errors of {name.split(': ')[0]}" for name, is_lost in zip(names, lost, strict=True) if is_lost]
        apart = np.interp(t, few, np.sqrt(np.sum(np.square(changes[:, ~lost]), axis=1)))
        counted += ["geometry"] if not lost.any() else []
    else:
        unknown.append("geometry")
    wide = np.hypot(spread.shift_db, apart)
    return Band(plain, np.minimum(plain, worse) - wide, np.maximum(plain, better) + wide,
                tuple(counted), tuple(dict.fromkeys(unknown)))  # fmt: skip


def _in(channel: Channel, weather: float) -> Channel:
    if weather == channel.signal.weather:
        return channel
    return replace(channel, signal=channel.signal.model_copy(update={"weather": weather}))


def _weathers(channel: Channel) -> tuple[float, float]:
    """The shares of weather that the models of a channel have; one share alone if weather changes nothing."""
    signal, found = channel.signal, []
    for mount in (channel.transmitter, channel.receiver):
        table = mount.radio.zenith_attenuation_db
        if mount.height_m is not None and isinstance(table, tuple):
            found.append((table[0][0], table[-1][0]))
        elif mount.by_itu(signal):
            found.append(WEATHER)
        elif mount.height_m is not None and (mount.has_rain(signal) or channel.passes_sun):
            found.append((0.0, 0.9999))
    if not found:
        return signal.weather, signal.weather
    return max(first for first, _ in found), min(last for _, last in found)
