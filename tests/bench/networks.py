"""Networks to schedule, drawn from a seed: antennas at three sites round the Earth, missions seen from each daily."""

from __future__ import annotations

import random

from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Antenna, Opportunity, Request

HOUR_S, DAY_S = 3600.0, 86400.0
SITES = 3


def synthetic(*, antennas: int, missions: int, days: int, seed: int, share: float = 0.6) -> Network:
    """A network whose missions ask for a share of all antenna time, set-up and tear-down left out.

    Every mission is seen by every site once a day, for 8 to 13 hours; a request is for a day, and of 2 to 8 hours;
    those of 8 hours may be split.
    """
    draw = random.Random(seed)
    all_antennas = []
    for number in range(antennas):
        start = draw.uniform(0.0, days * DAY_S)
        closed = ((start, start + draw.uniform(2.0, 8.0) * HOUR_S),)
        all_antennas.append(Antenna(f"antenna {number + 1}", f"site {number % SITES + 1}", closed))
    requests: list[Request] = []
    asked, number = 0.0, 0
    while asked < share * antennas * days * DAY_S:
        mission = number % missions
        day = (number // missions) % days
        request = _request(random.Random(f"{seed} {mission}"), draw, mission, day, number, all_antennas)
        requests.append(request)
        asked += request.max_s
        number += 1
    return Network(tuple(all_antennas), tuple(requests), setup_apart=True)


def _request(
    own: random.Random, draw: random.Random, mission: int, day: int, number: int, antennas: list[Antenna]
) -> Request:
    """A request of a mission for one day; where the mission is in the sky follows from the mission."""
    rise, length = own.uniform(0.0, DAY_S), own.uniform(8.0, 13.0) * HOUR_S
    usable = [each for each in antennas if own.random() < 0.6] or antennas[:1]
    most = draw.choice([2.0, 4.0, 6.0, 8.0]) * HOUR_S
    opportunities = []
    for each in usable:
        start = day * DAY_S + (rise + antennas.index(each) % SITES * DAY_S / SITES) % DAY_S
        opportunities.append(Opportunity((each.name,), start, start + length, HOUR_S, HOUR_S / 4))
    splits = most >= 8.0 * HOUR_S
    return Request(
        f"request {number + 1}", f"mission {mission + 1}", tuple(opportunities), most, 0.8 * most,
        4.0 * HOUR_S if splits else None, 2 if splits else 1,
    )  # fmt: skip
