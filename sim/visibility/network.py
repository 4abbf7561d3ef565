"""What a scenario says of data: the rates of its links, the recorders of its ends, and the data that are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a scenario without radios loads none of these
    from sim.trajectories.made_data import MadeData
    from sim.trajectories.radios.channel import Channel
    from sim.trajectories.recorder import Recorder
    from sim.trajectories.tracking_requests import Mission, SiteAntenna, TrackingRequest
    from sim.visibility.routes import Hop


@dataclass(frozen=True)
class LinkRate:
    """The rate at which an end sends to another.

    link       : name of the link in the scenario
    rate_bit_s : a constant rate; None if a link budget says it
    channel    : whose modes that close say the rate; None for a constant rate
    basis      : where the rate comes from, in words
    antenna    : name of an antenna that serves one link at a time; empty if there is none
    """

    link: str
    rate_bit_s: float | None
    channel: Channel | None
    basis: str
    antenna: str = ""


@dataclass(frozen=True)
class Tracking:
    """What a scenario says of schedules: antennas, crews and missions by name, and requests."""

    antennas: Mapping[str, SiteAntenna] = field(default_factory=dict)
    crews: Mapping[str, int] = field(default_factory=dict)
    missions: Mapping[str, Mission] = field(default_factory=dict)
    requests: tuple[TrackingRequest, ...] = ()


@dataclass(frozen=True)
class Network:
    """Rates by transmitter and receiver, recorders by end, and data by name."""

    rates: Mapping[Hop, LinkRate] = field(default_factory=dict)
    recorders: Mapping[str, Recorder] = field(default_factory=dict)
    data: Mapping[str, MadeData] = field(default_factory=dict)
