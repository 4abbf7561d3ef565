"""What routes are made of: in the order of their plain paths, without listing these."""

import time
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.core.time import Span
from sim.search.windows import Windows, overlap
from sim.trajectories.light_time import arrival
from sim.trajectories.trajectory import OnePart
from sim.visibility import routes

NAMES = st.sampled_from("abcdef")
ROUTES = st.lists(NAMES | st.lists(NAMES, min_size=1, max_size=4), min_size=2, max_size=5)
SPAN = Span(0.0, 1000.0)
QUICK_S = 2.0


class Place(OnePart):
    """An end at a point, at rest: light takes as long as its letters are apart."""

    ephemeris, pace_s = "de421", 86400.0

    def __init__(self, name):
        self.name, self.place = name, np.array([3e5 * ord(name), 0.0, 0.0])

    def position(self, t):
        return np.broadcast_to(self.place, (*np.shape(t), 3))

    def position_from(self, center, t):
        return self.position(t) - center.position(t)

    def over(self, span):
        return self


ENDS = {name: Place(name) for name in "abcdef"}


@given(ROUTES)
def test_hops_and_names_come_in_the_order_of_the_plain_paths(route):
    ways = list(routes.paths(route))
    assert routes.hops(route) == tuple(dict.fromkeys(hop for way in ways for hop in pairwise(way)))
    assert routes.names(route) == tuple(dict.fromkeys(name for way in ways for name in way))
    assert routes.later_hops([route]) == {hop for way in ways for hop in list(pairwise(way))[1:]}


@given(ROUTES, st.integers(0, 2**32 - 1))
def test_a_route_is_open_where_one_of_its_plain_paths_is(route, seed):
    rng = np.random.default_rng(seed)
    opened = {
        (a, b): Windows.of(np.sort(rng.uniform(0.0, 1000.0, 20)).reshape(-1, 2), SPAN) for a in ENDS for b in ENDS
    }
    ways = []
    for first, *rest in (list(pairwise(way)) for way in routes.paths(route)):
        found = opened[first]
        for a, b in rest:
            found = found.shifted(lambda t, a=a, b=b: arrival(ENDS[a], ENDS[b], t)) & opened[a, b]
        ways.append(found)
    assert routes.along(route, ENDS, opened).matches(overlap(ways, 1), 1e-9)


def test_a_route_of_many_alternatives_takes_as_long_as_its_hops():
    route, began = [list("abcdef")] * 12, time.process_time()  # two billion plain paths
    assert len(routes.hops(route)) == 36 and routes.names(route) == tuple("abcdef")
    opened = {hop: Windows.of([(0.0, 400.0)], SPAN) for hop in routes.hops(route)}
    assert routes.along(route, ENDS, opened, light=False).total_s == 400.0
    assert time.process_time() - began < QUICK_S
