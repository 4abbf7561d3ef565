"""The plan as a schedule: passes of stations as opportunities, and one request of each mission for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.planning.plan import StationPass
from sim.planning.schedule.measures import united_s
from sim.planning.schedule.network import MOST_TRACKS, Network
from sim.planning.schedule.request import Antenna, Opportunity, Request


def network_of_passes(
    passes: Mapping[str, Sequence[StationPass]], priorities: Mapping[str, int] | None = None, *, overlap_s: float = 0.0
) -> Network:
    """A network in which every mission asks for as much tracking as it can get, by one station at a time.

    That is what a plan (`sim.planning.plan`) is made from. The plan gives missions what they want one after the other,
    in order of priority; a schedule of this network weighs them against each other.

    Parameters
    ----------
    passes
        The passes of every mission.
    priorities
        Of missions; 1 where not given.
    overlap_s
        How long both stations track at a hand-over, at most.

    Returns
    -------
    Network
        One antenna a station, one request a mission. A pass with gaps is an opportunity between its gaps each.

    Examples
    --------
    >>> from sim.planning.passes import Pass
    >>> from sim.trajectories.pass_rules import PassRules
    >>> one = StationPass("kourou", Pass(0.0, 600.0), PassRules(setup_s=60.0))
    >>> network_of_passes({"lro": [one]}).requests[0].max_s
    600.0
    """
    stations = dict.fromkeys(each.station for own in passes.values() for each in own)
    requests = []
    for mission, own in passes.items():
        opportunities = tuple(
            Opportunity((each.station,), start, end, each.rules.setup_s, each.rules.teardown_s)
            for each in own for start, end in open_parts(each)
        )  # fmt: skip
        if opportunities:
            most = united_s((each.start, each.end) for each in opportunities)
            least = min(each.rules.min_duration_s for each in own)
            request = Request(
                mission, mission, opportunities, most, 0.0, max(least, 2.5 * overlap_s), min(2 * len(own), MOST_TRACKS),
                priority=(priorities or {}).get(mission, 1), overlap_s=overlap_s,
            )  # fmt: skip
            requests.append(request)
    return Network(tuple(Antenna(name) for name in stations), tuple(requests))


def open_parts(each: StationPass) -> list[tuple[float, float]]:
    """The parts of a pass between its gaps."""
    edges = [each.when.start, *(t for gap in each.when.gaps for t in gap), each.when.end]
    parts = zip(edges[::2], edges[1::2], strict=True)
    return [(start, end) for start, end in parts if start < end]
