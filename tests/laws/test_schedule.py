"""Schedules keep every rule, the exact ones are the best there are, and no bound is ever exceeded."""

import random
from dataclasses import replace
from itertools import combinations, pairwise, product
from math import sqrt

import pytest

from sim.core.errors import SimError
from sim.core.time import Span
from sim.planning.passes import Pass
from sim.planning.plan import StationPass, make_plan
from sim.planning.schedule.bound import find_bound
from sim.planning.schedule.checker import check
from sim.planning.schedule.exact import best_schedule
from sim.planning.schedule.from_passes import network_of_passes
from sim.planning.schedule.measures import Weights, measure
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Antenna, Opportunity, Request, Track, every
from sim.planning.schedule.search import search
from sim.trajectories.pass_rules import PassRules
from tests.bench.networks import synthetic

CELL = 600.0
EPOCH = 8.0e8


def _small(seed):
    """A network whose times are whole cells, with every rule now and then; weights; and an earlier schedule."""
    draw = random.Random(seed)
    last = draw.randint(4, 6)
    antennas = [
        Antenna("a1", "north", spacecraft_per_beam=draw.choice([1, 1, 2])),
        Antenna("a2", draw.choice(["north", "south"]), _maintenance(draw, last), crew=draw.choice([0, 1, 2])),
    ]
    requests = [_request(draw, number, last) for number in range(draw.randint(2, 3))]
    if seed % 5 == 0:
        requests[0] = _with_pinned(requests[0])
    weights = Weights(*(draw.choice([0.0, 0.3, 1.0]) for _ in range(7)))
    crews = {"north": draw.choice([1, 2])} if draw.random() < 0.3 else {}
    network = Network(tuple(antennas), tuple(requests), crews, setup_apart=draw.random() < 0.5)
    earlier = [_earlier(draw, each) for each in requests if draw.random() < 0.4]
    return network, weights, earlier


def _maintenance(draw, last):
    start = draw.randint(0, last - 1)
    return ((EPOCH + start * CELL, EPOCH + (start + 1) * CELL),) if draw.random() < 0.5 else ()


def _request(draw, number, last):
    setup_s, teardown_s = draw.choice([0, 0, CELL]), draw.choice([0, 0, CELL])
    opportunities = []
    for _ in range(draw.randint(1, 2)):
        start = draw.randint(0, last - 2)
        names = draw.choice([("a1",), ("a2",), ("a2",), ("a1", "a2")])
        end = draw.randint(start + 1, last)
        opportunities.append(Opportunity(names, EPOCH + start * CELL, EPOCH + end * CELL, setup_s, teardown_s))
    most = draw.randint(1, 3)
    least, tracks = draw.randint(0, most), draw.choice([1, 1, 2])
    fewest = min(draw.choice([1, 1, tracks]), most)
    gaps = {}
    if tracks > 1 and draw.random() < 0.3:
        gaps["min_gap_s"] = CELL
    if draw.random() < 0.2:
        gaps["max_gap_s"] = draw.choice([1, 2, 3]) * CELL
    return Request(
        f"r{number}", draw.choice("mn"), tuple(opportunities), most * CELL, least * CELL, CELL, tracks, fewest,
        window=(EPOCH, EPOCH + last * CELL) if gaps or draw.random() < 0.5 else None, priority=draw.randint(0, 3),
        preferred=draw.choice([(), ("a1",)]), beam=draw.choice(["", "mars"]), sites_at_once=draw.choice([1, 1, 1, 2]),
        **gaps,
    )  # fmt: skip


def _with_pinned(request):
    of = request.opportunities[0]
    track = Track(request.name, request.mission, of.antennas, of.start, of.start + CELL, of.start, of.start + CELL)
    return replace(request, pinned=(track,))


def _earlier(draw, request):
    of = draw.choice(request.opportunities)
    return Track(request.name, request.mission, of.antennas, of.start, of.start + CELL, of.start, of.start + CELL)


class _Cells:
    """All schedules of a small network, tried one by one on cells of time. It shares nothing with the solvers."""

    def __init__(self, network, weights, earlier):
        self.network, self.weights, self.earlier = network, weights, earlier
        self.sites = {each.name: each.at for each in network.antennas}
        chosen = product(*map(self.sets, network.requests))
        self.best = max(self.value(each) for each in chosen if self.fits(each))

    def cell(self, time):
        return round((time - EPOCH) / CELL)

    def places(self, request):
        """Every track that a request could get: antennas, start, end, cells that the antennas are taken."""
        for group in combinations(request.opportunities, request.sites_at_once):
            names = [name for each in group for name in each.antennas]
            if request.sites_at_once == 2 and {self.sites[n] for n in group[0].antennas} & {
                self.sites[n] for n in group[1].antennas
            }:
                continue
            start, end = max(self.cell(o.start) for o in group), min(self.cell(o.end) for o in group)
            before, after = (max(round(getattr(o, key) / CELL) for o in group) for key in ("setup_s", "teardown_s"))
            for first in range(start, end):
                for last in range(first + 1, end + 1):
                    yield tuple(names), first, last, range(first - before, last + after)

    def sets(self, request):
        """Every set of tracks that keeps a request's own rules."""
        pinned = [
            (t.antennas, *map(self.cell, (t.start, t.end)), range(*map(self.cell, (t.occupied_from, t.occupied_to))))
            for t in request.pinned
        ]  # fmt: skip
        found = [pinned]
        for count in range(1, request.max_tracks + 1 - len(pinned)):
            for new in combinations(self.places(request), count):
                if self.keeps(request, tracks := sorted([*pinned, *new], key=lambda each: each[1])):
                    found.append(tracks)
        return found

    def keeps(self, request, tracks):
        cells = [cell for _, first, last, _ in tracks for cell in range(first, last)]
        time, gaps = len(cells) * CELL, [b[1] - a[2] for a, b in pairwise(tracks)]
        if len(cells) > len(set(cells)) or not request.min_s <= time <= request.max_s:
            return False
        if len(tracks) < request.min_tracks:
            return False
        if request.min_gap_s and any(gap < request.min_gap_s / CELL for gap in gaps):
            return False
        if request.max_gap_s is not None:
            start, end = map(self.cell, request.window)
            gaps += [tracks[0][1] - start, end - tracks[-1][2]]
            return all(gap <= request.max_gap_s / CELL for gap in gaps)
        return True

    def fits(self, chosen):
        """Whether antennas, beams, crews and missions have the time for all of it."""
        on, crew, busy = {}, {}, set()
        for request, tracks in zip(self.network.requests, chosen, strict=True):
            for names, first, last, occupied in tracks:
                for cell in occupied if self.network.setup_apart else range(first, last):
                    if (request.mission, cell) in busy:
                        return False
                    busy.add((request.mission, cell))
                for name, cell in product(names, occupied):
                    on.setdefault((name, cell), []).append(request)
                    site = self.sites[name]
                    needed = self.network.by_name[name].crew
                    crew[site, cell] = crew.get((site, cell), 0) + needed
        if any(load > self.network.crews.get(site, 99) for (site, _), load in crew.items()):
            return False
        for (name, cell), users in on.items():
            antenna = self.network.by_name[name]
            if any(self.cell(a) <= cell < self.cell(b) for a, b in antenna.maintenance):
                return False
            missions, beams = {each.mission for each in users}, {each.beam for each in users}
            if len(users) > 1 and (len(missions) < len(users) or len(beams) > 1 or "" in beams):
                return False
            if len(users) > antenna.spacecraft_per_beam:
                return False
        return True

    def value(self, chosen):
        """The objective, from its definition."""
        w, asked, got, satisfied, further, preferred = self.weights, {}, {}, 0, 0, 0
        new = set()
        for request, tracks in zip(self.network.requests, chosen, strict=True):
            time = sum(last - first for _, first, last, _ in tracks) * CELL
            asked[request.mission] = asked.get(request.mission, 0) + request.max_s
            got[request.mission] = got.get(request.mission, 0) + min(time, request.max_s)
            satisfied += request.priority if tracks and time >= request.min_s else 0
            further += max(len(tracks) - 1, 0)
            for names, first, last, _ in tracks:
                preferred += (last - first) * CELL if set(names) <= set(request.preferred) else 0
                new |= {(request.name, frozenset(names), cell) for cell in range(first, last)}
        old = {(t.request, frozenset(t.antennas), self.cell(t.start)) for t in self.earlier}
        all_asked = sum(asked.values())
        lacking = [1 - got[name] / asked[name] for name in asked]
        priorities = sum(each.priority for each in self.network.requests) or 1
        change = len(old ^ new) * CELL if old else 0
        return (
            w.hours * sum(got.values()) / all_asked + w.satisfied * satisfied / priorities
            - w.u_rms * sqrt(sum(u * u for u in lacking) / len(lacking)) - w.u_max * max(lacking)
            - w.handovers * further / len(self.network.requests) - w.change * change / all_asked
            + w.preferred * preferred / all_asked
        )  # fmt: skip


def _is_as_good_as_all(seed):
    network, weights, earlier = _small(seed)
    if check(network, [each for request in network.requests for each in request.pinned]):
        return  # what is pinned breaks a rule of antennas or crews by itself
    found = best_schedule(network, weights, step_s=CELL, earlier=earlier)
    assert found.optimal
    assert check(network, found.tracks) == []
    assert found.measures.objective == pytest.approx(_Cells(network, weights, earlier).best, abs=1e-9)


@pytest.mark.parametrize("tens", range(4))
def test_the_exact_schedule_is_as_good_as_the_best_of_all(tens):
    for seed in range(10 * tens, 10 * tens + 10):
        _is_as_good_as_all(seed)


@pytest.mark.long
@pytest.mark.parametrize("tens", range(4, 34))
def test_the_exact_schedule_is_as_good_as_the_best_of_all_of_300(tens):
    for seed in range(10 * tens, 10 * tens + 10):
        _is_as_good_as_all(seed)


@pytest.mark.parametrize("seed", range(12))
def test_a_search_keeps_every_rule_and_exceeds_no_bound(seed):
    network, weights, earlier = _small(seed)
    if check(network, [each for request in network.requests for each in request.pinned]):
        return
    found = search(network, weights, iterations=300, seed=seed, earlier=earlier)
    exact = best_schedule(network, weights, step_s=CELL, earlier=earlier)
    bound = find_bound(network, weights, reached=found.measures, slot_s=CELL, steps=20)
    assert check(network, found.tracks) == []
    assert found.measures.objective >= exact.measures.objective - 1e-6
    for each in (found.measures, exact.measures):
        assert each.tracked_s <= bound.tracked_s + 0.01 and each.satisfied <= bound.satisfied + 1e-6
        assert each.u_rms >= bound.u_rms - 1e-6 and each.u_max >= bound.u_max - 1e-6
        assert each.objective <= bound.objective + 1e-6


def test_a_search_is_the_same_on_one_and_two_processors_and_by_time_can_be_repeated():
    network = synthetic(antennas=3, missions=4, days=1, seed=5)
    one, two = (search(network, iterations=500, seed=3, cores=cores) for cores in (1, 2))
    assert one.tracks == two.tracks and one.measures == two.measures
    assert one.tracks != search(network, iterations=500, seed=4).tracks
    timed = search(network, seconds=0.3, seed=3)
    assert search(network, iterations=timed.iterations, horizon=timed.horizon, seed=3).tracks == timed.tracks


def test_a_network_of_a_day_is_near_its_bound():
    network = synthetic(antennas=4, missions=6, days=1, seed=1)
    found = search(network, iterations=3000, seed=1)
    bound = find_bound(network, reached=found.measures, steps=30)
    assert check(network, found.tracks) == []
    assert 0.0 <= replace(found, bound=bound).gap < 0.1
    assert found.of_mission("mission 1") and found.of_antenna("antenna 1")


@pytest.mark.long
def test_a_week_of_20_antennas_and_40_missions_is_within_5_percent_of_a_bound():
    network = synthetic(antennas=20, missions=40, days=7, seed=0, share=0.8)
    found = search(network, iterations=40_000, seed=0)
    bound = find_bound(network, reached=found.measures, slot_s=3600.0, steps=20)
    assert check(network, found.tracks) == []
    assert replace(found, bound=bound).gap < 0.05


def test_one_mission_without_rivals_is_tracked_as_long_as_by_the_plan():
    rules = PassRules(min_duration_s=600.0, setup_s=300.0, teardown_s=300.0)
    times = [("a", 0.0, 5000.0), ("b", 4000.0, 9000.0), ("a", 8000.0, 12000.0), ("c", 20000.0, 20500.0)]
    passes = {"lander": [StationPass(name, Pass(start, end), rules) for name, start, end in times]}
    (plan,) = make_plan(passes, Span(0.0, 30000.0)).missions
    found = search(network_of_passes(passes), Weights(hours=1.0), iterations=500)
    assert found.measures.tracked_s == pytest.approx(plan.tracked_s) == 12000.0


def test_continuous_tracking_overlaps_at_hand_overs():
    times = [("a", 0.0, 400.0), ("b", 300.0, 800.0), ("a", 700.0, 1000.0)]
    views = tuple(Opportunity((name,), start, end) for name, start, end in times)
    request = Request("r", "m", views, 1000.0, 0.0, 200.0, 5, window=(0.0, 1000.0), max_gap_s=-60.0, overlap_s=60.0)
    network = Network((Antenna("a"), Antenna("b")), (request,))
    found = search(network, iterations=200)
    assert check(network, found.tracks) == []
    assert found.measures.tracked_s == 1000.0 and len(found.tracks) == 3


def test_a_request_can_be_repeated_every_day():
    request = Request("r", "m", (Opportunity(("a",), 0.0, 216000.0),), 7200.0, 3600.0)
    days = list(every(request, Span(0.0, 216000.0)))
    assert [each.max_s for each in days] == [7200.0, 7200.0, 3600.0]
    found = search(Network((Antenna("a"),), tuple(days)), iterations=200)
    assert found.measures.tracked_s == 18000.0


def test_the_checker_names_every_rule_that_is_broken():
    views = (Opportunity(("a",), 0.0, 1000.0, 100.0, 100.0), Opportunity(("b",), 0.0, 1000.0, 100.0, 100.0))
    asked = Request("r", "m", views, 600.0, 300.0, 200.0, 2, window=(0.0, 1000.0), min_gap_s=50.0, max_gap_s=300.0)
    other = Request("s", "n", views, 600.0, 300.0)
    network = Network((Antenna("a", "x", ((900.0, 990.0),)), Antenna("b", "x")), (asked, other), {"x": 1})
    good = [Track("r", "m", ("a",), 200.0, 420.0, 100.0, 520.0), Track("r", "m", ("a",), 520.0, 740.0, 420.0, 840.0)]
    assert "antenna a: r (m) at 200 s and r (m) at 520 s want it at once" in check(network, good)
    good[1] = Track("r", "m", ("a",), 650.0, 800.0, 550.0, 950.0)
    assert check(network, good) == [
        "request r: a track lasts 150 s, less than 200 s",
        "antenna a: r (m) at 650 s falls into maintenance",
    ]
    strange = Track("x", "m", (), 0.0, 1.0, 0.0, 1.0)
    faults = check(network, [Track("s", "n", ("b",), 500.0, 900.0, 400.0, 950.0), good[0], strange])
    assert "request x: not in the network" in faults
    assert "request s: the track at 500 s on b is in no opportunity with its set-up and tear-down" in faults
    assert "request r: a gap of 580 s is too long" in faults
    assert "request r: tracked for 220 s in all, less than 300 s" in faults
    assert "site x: a crew of 2 is needed at once, more than 1" in faults
    overlapping = [replace(good[0], start=300.0), replace(good[0], antennas=("b",))]
    assert "mission m: r (m) at 200 s and r (m) at 300 s overlap" in check(network, overlapping)


def test_change_is_counted_against_an_earlier_schedule_and_costs():
    views = tuple(Opportunity((name,), 0.0, 7200.0) for name in "ab")
    network = Network((Antenna("a"), Antenna("b")), (Request("r", "m", views, 3600.0, 3600.0),))
    old = Track("r", "m", ("b",), 1800.0, 5400.0, 1800.0, 5400.0)
    assert search(network, Weights(change=1.0), iterations=300, earlier=[old]).tracks == (old,)
    moved = replace(old, antennas=("a",))
    assert measure(network, [moved], earlier=[old]).change_s == 7200.0


def test_all_that_is_wrong_with_a_network_is_told_at_once():
    bad = Request("r", "m", (Opportunity(("q",), 5.0, 1.0, setup_s=-1.0),), 10.0, 20.0)
    worse = Request("r", "m", (), 10.0, 1.0, max_tracks=0, overlap_s=-1.0, max_gap_s=5.0, priority=-1, sites_at_once=9)
    with pytest.raises(SimError) as error:
        Network((Antenna("a", maintenance=((2.0, 1.0),)),), (bad, worse), {"nowhere": 1})
    text = str(error.value)
    for part in ("r more than once", "no antenna is called 'q'", "from 5.0 to 1.0", "setup_s is -1.0", "min_s is 20.0",
                 "maintenance is from 2.0 to 1.0", "no antenna is at 'nowhere'", "max_tracks is 0"):  # fmt: skip
        assert part in text, text


@pytest.mark.parametrize("call", [
    lambda n: search(n), lambda n: search(n, iterations=1, seconds=1.0), lambda n: search(n, iterations=0),
    lambda n: search(n, iterations=2, horizon=1), lambda n: search(n, seconds=-1.0), lambda n: find_bound(n, steps=0),
    lambda n: find_bound(n, slot_s=0.0), lambda n: best_schedule(n, step_s=0.0), lambda n: Weights(hours=-1.0),
    lambda n: list(every(n.requests[0], Span(0.0, 1.0), 0.0)),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(call):
    network = Network((Antenna("a"),), (Request("r", "m", (Opportunity(("a",), 0.0, 10.0),), 5.0),))
    with pytest.raises((SimError, ValueError)):
        call(network)


def test_the_examples_that_compile_are_right():
    """Those of the docstrings of `search` and `find_bound`, which take longer than the examples of others may."""
    view = Opportunity(("ws1",), 0.0, 7200.0)
    network = Network((Antenna("ws1"),), (Request("a", "lro", (view,), max_s=3600.0, min_s=1800.0),))
    assert search(network, iterations=100).measures.tracked_s == 3600.0
    view = Opportunity(("ws1",), 0.0, 5400.0)
    both = tuple(Request(name, name, (view,), max_s=3600.0, min_s=1800.0) for name in ("a", "b"))
    assert 5400.0 <= find_bound(Network((Antenna("ws1"),), both)).tracked_s < 5500.0


def test_nothing_asked_gives_an_empty_schedule():
    network = Network((Antenna("a"),), ())
    assert search(network, iterations=5).tracks == () == best_schedule(network).tracks
    assert find_bound(network).tracked_s == 0.0
