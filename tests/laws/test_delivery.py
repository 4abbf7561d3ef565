"""Deliveries are the earliest there are: against exhaustive search, other programs, and at every time of creation."""

import random
from functools import cache
from math import inf

import numpy as np
import pytest

from sim.core.errors import SimError
from sim.core.time import DAY_S, Span
from sim.planning.arrival import book, carried, carried_daily, earliest_arrival
from sim.planning.arrival_profile import arrival_profile
from sim.planning.buffers import Buffer, buffer_levels
from sim.planning.contacts import Bookings, Contact, ContactTable

NETWORKS = 300


def _network(seed):
    """A small network of whole numbers, with light times that change, overlaps, and dead ends."""
    draw = random.Random(seed)
    names = "abcdef"[: draw.randint(2, 6)]
    contacts = []
    for _ in range(draw.randint(1, 14)):
        transmitter, receiver = draw.sample(names, 2)
        start = draw.randint(0, 80)
        end = start + draw.randint(1, 40)
        light = draw.choice([0.0, float(draw.randint(0, 9)), None])
        if light is None:
            light = tuple((float(t), draw.uniform(0.0, 5.0)) for t in range(start, end + 1, draw.randint(6, 20)))
        contacts.append(Contact(transmitter, receiver, start, end, float(draw.choice([1, 2, 5, 10])), light))
    used = {name for each in contacts for name in (each.transmitter, each.receiver)}
    return ContactTable.of(contacts, Span(0.0, 130.0)), *draw.sample(sorted(used), 2), draw.choice([0, 1, 7, 20])


def _tried(table, source, goal, t, size):
    """The earliest arrival over all sequences of contacts that pass no end twice."""

    def onward(name, at, passed):
        if name == goal:
            return at
        found = inf
        for each in table.contacts:
            if each.transmitter == name and each.receiver not in passed:
                begins = max(at, each.start)
                ends = begins + size / each.rate_bit_s
                if ends <= each.end + 1e-9:
                    light = np.interp(ends, *np.array(each.knots).T)
                    found = min(found, onward(each.receiver, ends + light, passed | {each.receiver}))
        return found

    return onward(source, t, {source})


def _arrival(found):
    return inf if found.arrival is None else found.arrival


@pytest.mark.parametrize("seeds", [range(first, first + 60) for first in range(0, NETWORKS, 60)])
def test_arrivals_are_those_of_exhaustive_search(seeds):
    arrived = 0
    for seed in seeds:
        table, source, goal, size = _network(seed)
        for t in (0.0, 10.0, 33.5, 60.0):
            found = earliest_arrival(table, source, goal, t, size)
            assert _arrival(found) == pytest.approx(_tried(table, source, goal, t, size), abs=1e-9), seed
            arrived += found.arrival is not None
    assert arrived > 30


@pytest.mark.parametrize("seeds", [range(first, first + 60) for first in range(0, NETWORKS, 60)])
def test_the_profile_is_the_arrival_at_every_time_of_creation(seeds):
    for seed in seeds:
        table, source, goal, size = _network(seed)
        profile = arrival_profile(table, source, goal, size)
        draw = random.Random(seed)
        times = {0.0, 130.0, *(draw.uniform(0.0, 130.0) for _ in range(20)), *map(float, range(0, 131, 3))}
        for t in times | set(profile.ends.tolist()):
            one, other = profile.arrival(t), earliest_arrival(table, source, goal, t, size).arrival
            if (one is None) != (other is None) or (one is not None and abs(one - other) > 1e-6):
                # Rounding may put a time on the other side of a missed contact: both sides are then there.
                beside = [earliest_arrival(table, source, goal, t + d, size).arrival for d in (-1e-6, 1e-6)]
                assert min(map(abs, profile.ends - t)) < 1e-6 and one in [pytest.approx(b) for b in beside if b], seed


def test_arrivals_rise_with_creation_and_are_never_earlier_than_light():
    for seed in range(NETWORKS):
        table, source, goal, size = _network(seed)
        profile = arrival_profile(table, source, goal, size)
        assert np.all(profile.last >= profile.first - 1e-9)
        assert np.all(profile.first[1:] >= profile.last[:-1] - 1e-9)
        assert np.all(profile.last >= profile.ends - 1e-9)
        np.testing.assert_array_equal(profile.starts[1:], profile.ends[:-1])
        for t in (0.0, 20.0, 50.0):
            found = earliest_arrival(table, source, goal, t, size)
            at, least = t, 0.0
            for step in found.steps:
                assert step.starts >= max(at, step.contact.start)
                assert step.ends <= step.contact.end + 1e-9
                assert step.arrival >= step.ends
                least += size / step.contact.rate_bit_s + step.contact.light(step.ends)
                at = step.arrival
            if found.arrival is not None:
                assert found.delay_s >= least - 1e-9
                assert found.route[0] == source and found.route[-1] == goal
                assert len(set(found.route)) == len(found.route)


def test_arrivals_are_those_of_aiodtnsim():
    """The field's algorithm in another program: route search without sizes (CCSDS 734.3-B-1, 3.2.4.1)."""
    tvdijkstra = pytest.importorskip("aiodtnsim.simulation.cgr.tvdijkstra").tvdijkstra

    class Graph:
        def __init__(self, contacts, names):
            self.edges = {}
            for each in sorted(contacts, key=lambda c: c.start_time):
                self.edges.setdefault((each.tx_node, each.rx_node), []).append(each)
            self.vertices = {name: {b for a, b in self.edges if a == name} for name in names}

    from aiodtnsim import Contact as TheirContact

    reached = 0
    for seed in range(NETWORKS):
        draw = random.Random(seed)
        names = [f"n{i}" for i in range(draw.randint(2, 9))]
        contacts = []
        for _ in range(draw.randint(1, 30)):  # contacts of two ends do not overlap there, and have one light time
            pair, start = draw.sample(names, 2), draw.randint(0, 200)
            end = start + draw.randint(1, 30)
            if not any((a, b) == tuple(pair) and s < end and start < e for a, b, s, e, _ in contacts):
                light = 1 + hash((seed, *map(int, (pair[0][1:], pair[1][1:])))) % 7
                contacts.append((*pair, start, end + 0.25, light))  # they refuse what is just in time
        theirs = Graph([TheirContact(a, b, s, e, 8.0, light) for a, b, s, e, light in contacts], names)
        ours = ContactTable.of([Contact(a, b, s, e, 8.0, float(light)) for a, b, s, e, light in contacts])
        source, t = contacts[0][0], draw.randint(0, 100) + 0.5
        reach = tvdijkstra(theirs, source, start_time=t, node_blacklist=set(), contact_blacklist=set())
        for goal in ours.ends - {source}:
            expected = reach.get_metrics(goal).eat
            assert _arrival(earliest_arrival(ours, source, goal, t)) == expected, (seed, goal)
            reached += expected < inf
    assert reached > 300


TUTORIAL = [  # contacts in both directions, 1 bit/s and 1 s of light: start, end, ends
    (0, 60, "AB"), (0, 60, "BC"), (0, 60, "AC"), (0, 30, "CD"), (10, 20, "AE"), (0, 10, "DE"), (30, 40, "DE"),
    (50, 60, "DE"),
]  # fmt: skip


def _tutorial():
    return ContactTable.of(
        Contact(one, other, s, e, 1.0, 1.0) for s, e, (a, b) in TUTORIAL for one, other in ((a, b), (b, a))
    )


@pytest.mark.parametrize(
    ("t", "arrival", "route"), [(0, 3, "ACDE"), (7, 10, "ACDE"), (8.5, 11, "AE"), (19, 20, "AE"), (20.5, 31, "ACDE")]
)
def test_the_network_of_the_tutorial_has_its_routes(t, arrival, route):
    """The network of Fraire, De Jonckère and Burleigh (2021); HDTN's own tests have arrivals at 3 and, direct, 11 s."""
    found = earliest_arrival(_tutorial(), "A", "E", t)
    assert (found.arrival, "".join(found.route)) == (arrival, route)


def test_a_network_of_hdtn_has_its_expected_route():
    """HDTN 1.3.1, common/cgr/test/TestDijkstra.cpp: from 1 to 4 by the second and third contact of its plan."""
    plan = [
        (100, 1, 0, 120), (1, 2, 0, 120), (2, 4, 11, 150), (4, 200, 0, 150), (1, 3, 11, 150), (1, 2, 17, 200),
        (2, 4, 20, 250), (3, 4, 25, 300),
    ]  # fmt: skip
    table = ContactTable.of(Contact(str(a), str(b), s, e, 1e9, 1.0) for a, b, s, e in plan)
    assert [step.number for step in earliest_arrival(table, "1", "4", 0.0).steps] == [1, 2]


def test_a_bundle_waits_for_what_others_use_and_residual_volumes_shrink():
    table, booked = _tutorial(), Bookings()
    arrivals = []
    for _ in range(4):
        found = earliest_arrival(table, "A", "E", 0.0, 2.0, booked=booked)
        arrivals.append(found.arrival)
        book(found, booked)
    assert arrivals == [9.0, 11.0, 13.0, 15.0]  # twice through C and D, then direct
    direct = next(i for i, c in enumerate(table.contacts) if (c.transmitter, c.receiver) == ("A", "E"))
    assert booked.residual_bits(direct, table.contacts[direct]) == 6.0
    assert earliest_arrival(table, "A", "E", 0.0, 7.0, booked=booked).arrival == 38.0  # too large for what is left


def test_bookings_keep_times_apart_in_any_order():
    draw = random.Random(3)
    contact, booked, free = Contact("a", "b", 0.0, 500.0, 1.0), Bookings(), np.ones(500, dtype=bool)
    for _ in range(200):
        start, size = draw.randint(0, 480), draw.randint(1, 20)
        expected = next((t for t in range(start, 501 - size) if free[t : t + size].all()), None)
        found = booked.first_free(0, float(start), float(size))
        assert (found if found + size <= 500.0 else None) == expected
        if expected is not None:
            booked.add(0, found, found + size)
            free[expected : expected + size] = False
    assert booked.residual_bits(0, contact) == free.sum()


def test_what_is_carried_in_a_day_is_bounded_by_the_contacts():
    for seed in range(100):
        table, source, goal, _ = _network(seed)
        found = carried(table, source, goal, Span(0.0, 130.0), 1.0)
        assert 0.0 <= found.delivered_bits <= found.bound_bits
        if found.delivered_bits == 0.0:
            assert earliest_arrival(table, source, goal, 0.0, 1.0).arrival is None
    links = ((3600.0, 100.0), (90000.0, 50.0))
    days = ContactTable.of((Contact("a", "b", t, t + 3600.0, rate) for t, rate in links), Span(0.0, 2.5 * DAY_S))
    assert [each.delivered_bits for each in carried_daily(days, "a", "b", 1000.0)] == [360000.0, 180000.0]


def test_a_bent_pipe_is_open_while_both_links_are_and_light_takes_both():
    up = Contact("lander", "relay", 0.0, 100.0, 2000.0, ((0.0, 0.10), (100.0, 0.20)), probability=0.9)
    table = ContactTable.of([up, Contact("relay", "dss", 50.0, 300.0, 1000.0, 1.3, probability=1.0)])
    (found,) = table.bent_pipe("relay").contacts
    assert up.arrives(found.start) == pytest.approx(50.0, abs=1e-9) and found.end == 100.0
    assert (found.rate_bit_s, found.probability, found.through) == (1000.0, 0.9, ("relay",))
    assert found.light(80.0) == pytest.approx(0.18 + 1.3, abs=1e-12)
    delivery = earliest_arrival(table.bent_pipe("relay"), "lander", "dss", 0.0, 10_000.0)
    assert delivery.route == ("lander", "relay", "dss")
    assert delivery.arrival == pytest.approx(found.start + 10.0 + found.light(found.start + 10.0))
    assert earliest_arrival(table, "lander", "dss", 0.0, 10_000.0).arrival == 61.3  # stored, it is there at 50 s


def test_a_bent_pipe_is_never_later_than_light_allows_nor_sooner_than_storing_the_first_bit():
    for seed in range(150):
        table, source, goal, _ = _network(seed)
        relay = next((each for each in sorted(table.ends - {source, goal})), None)
        if relay is None or not {source, goal} <= table.bent_pipe(relay).ends:
            continue
        for t in (0.0, 25.0, 60.0):
            stored = earliest_arrival(table, source, goal, t)
            piped = earliest_arrival(table.bent_pipe(relay), source, goal, t)
            assert _arrival(piped) >= _arrival(stored) - 1e-9


def test_unknown_time_is_no_contact_and_may_be_one():
    known = Contact("a", "b", 50.0, 60.0, 1.0, probability=1.0)
    table = ContactTable((known,), Span(0.0, 100.0), (Contact("a", "b", 10.0, 20.0, 1.0),))
    assert earliest_arrival(table, "a", "b", 0.0).arrival == 50.0
    possible = earliest_arrival(table.possible, "a", "b", 0.0)
    assert possible.arrival == 10.0 and possible.probability_bounds is None
    assert earliest_arrival(table, "a", "b", 0.0).probability_bounds == (1.0, 1.0)


def test_bounds_of_probability_need_no_independence():
    table = ContactTable.of(
        [Contact("a", "b", 0, 9, 1.0, probability=0.9), Contact("b", "c", 0, 9, 1.0, probability=0.8)]
    )
    assert earliest_arrival(table, "a", "c", 0.0).probability_bounds == pytest.approx((0.7, 0.8))


def test_figures_of_delay_are_those_of_many_times_of_creation():
    compared = 0
    for seed in range(60):
        table, source, goal, size = _network(seed)
        figures = arrival_profile(table, source, goal, size).figures()
        t = (np.arange(1000) + 0.5) * 130.0 / 1000
        delays = np.sort([_arrival(earliest_arrival(table, source, goal, each, size)) - each for each in t])
        assert figures.delivered_share == pytest.approx(np.isfinite(delays).mean(), abs=3e-3)
        for value, place in ((figures.median_s, 0.5), (figures.percentile_95_s, 0.95)):
            near = delays[[int(1000 * place) - 3, int(1000 * place) + 3]]
            if np.all(np.isfinite(near)):
                assert near[0] - 0.2 <= value <= near[1] + 0.2
                compared += 1
            elif np.all(np.isinf(near)):
                assert value is None
        if np.isfinite(delays).any():
            assert figures.worst_delivered_s == pytest.approx(delays[np.isfinite(delays)][-1], abs=0.5)
        assert (figures.worst_s is None) == (figures.delivered_share < 1.0)
    assert compared > 15


def test_figures_of_one_contact_a_day_are_those_by_hand():
    """One hour of 24: 1/24 of the data go at once, the others wait up to 23 h, equally likely."""
    contacts = [Contact("a", "b", day * DAY_S, day * DAY_S + 3600.0, 1e3, 1.25) for day in (1, 2, 3)]
    table = ContactTable.of(contacts, Span(DAY_S, 3 * DAY_S + 3600.0))
    figures = arrival_profile(table, "a", "b", span=Span(DAY_S, 3 * DAY_S)).figures()
    assert figures.worst_s == pytest.approx(23 * 3600.0 + 1.25, abs=1e-5)
    assert figures.median_s == pytest.approx(11 * 3600.0 + 1.25, abs=1e-3)
    assert figures.percentile_95_s == pytest.approx((0.95 * 24 - 1) * 3600.0 + 1.25, abs=1e-3)
    late = arrival_profile(table, "a", "b", size_bits=1.8e6, span=Span(DAY_S, 3 * DAY_S)).figures()
    assert late.worst_s == pytest.approx(23.5 * 3600.0 + 1800.0 + 1.25, abs=1e-5)


@cache
def _stepped(seed, acknowledged):
    """A buffer in steps of 0.05 s, first in first out, beside the exact one."""
    draw = random.Random(seed)
    contacts = []
    for _ in range(draw.randint(1, 6)):
        start = draw.randint(0, 150)
        light = float(draw.choice([0, 2, 5]))
        contacts.append(
            Contact("a", draw.choice("bc"), start, start + draw.randint(3, 50), float(draw.randint(1, 9)), light)
        )
    buffer = Buffer(draw.choice([30.0, 100.0, inf]), float(draw.randint(0, 4)), acknowledged)
    table = ContactTable.of(contacts, Span(0.0, 200.0))
    step, unsent, waiting, lost, sent, acks, levels = 0.05, 0.0, 0.0, 0.0, 0.0, {}, []
    for k in range(4000):
        t = (k + 0.5) * step
        waiting -= acks.pop(k, 0.0)
        made, room = buffer.fill_bit_s * step, buffer.size_bits - unsent - waiting
        opened = [c for c in contacts if c.start <= t < c.end]
        for c in sorted(opened, key=lambda c: (c.light_time_s > 0.0, c.start, c.end)):
            out = min(unsent + made, c.rate_bit_s * step)
            sent += out
            unsent -= out
            if acknowledged and c.light_time_s > 0.0:
                waiting += out
                later = k + round(2 * c.light_time_s / step)
                acks[later] = acks.get(later, 0.0) + out
        unsent += made
        over = max(0.0, unsent + waiting - buffer.size_bits)
        lost += over
        unsent -= over
        levels.append(unsent + waiting)
        assert room >= -1.0
    return table, buffer, np.array(levels), lost, sent


@pytest.mark.parametrize("acknowledged", [False, True])
def test_levels_and_losses_are_those_of_short_steps(acknowledged):
    some = 0
    for seed in range(80):
        table, buffer, levels, lost, sent = _stepped(seed, acknowledged)
        found = buffer_levels(table, "a", buffer)
        exact = np.interp((np.arange(4000) + 1) * 0.05, found.times, found.bits)
        assert np.max(np.abs(exact - levels)) < 3.0, seed
        assert found.lost_bits == pytest.approx(lost, abs=5.0), seed
        assert found.sent_bits == pytest.approx(sent, abs=5.0), seed
        assert found.made_bits == pytest.approx(found.sent_bits + found.lost_bits + found.unsent_bits, abs=1e-3), seed
        assert found.peak_bits <= buffer.size_bits * (1 + 1e-9)
        assert all(a < b for a, b in found.lost_times)
        some += found.lost_bits > 0.0
    assert some > 20


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Contact("a", "b", 0.0, 1.0, -5.0), "expected a rate above 0 bit/s, got -5. Leave out"),
        (lambda: Contact("a", "b", 0.0, 1.0, float("nan")), "expected a rate above 0 bit/s"),
        (lambda: Contact("a", "a", 0.0, 1.0, 1.0), "expected two different ends"),
        (lambda: Contact("a", "b", 0.0, 1.0, 1.0, through=("r", "a")), "a loop"),
        (lambda: Contact("a", "b", 1.0, 1.0, 1.0), "expected a start before its end"),
        (lambda: Contact("a", "b", 0.0, 1.0, 1.0, -0.1), "expected light times of at least 0 s"),
        (lambda: Contact("a", "b", 0.0, 1.0, 1.0, ()), "expected light times of at least 0 s"),
        (lambda: Contact("a", "b", 0.0, 9.0, 1.0, ((0.0, 5.0), (1.0, 1.0))), "would arrive before"),
        (lambda: Contact("a", "b", 0.0, 9.0, 1.0, ((1.0, 5.0), (1.0, 5.0))), "in order of time"),
        (lambda: Contact("a", "b", 0.0, 1.0, 1.0, probability=1.5), "expected a probability from 0 to 1"),
        (lambda: ContactTable.of([]), "expected at least one contact"),
        (lambda: ContactTable.of([Contact("a", "b", 0.0, 9.0, 1.0)], Span(0.0, 5.0)), "Cut the contact, or widen"),
        (lambda: earliest_arrival(_tutorial(), "X", "E", 0.0), "from: no contact of the table has an end called 'X'"),
        (lambda: earliest_arrival(_tutorial(), "A", "X", 0.0), "to: no contact of the table has an end called 'X'"),
        (lambda: earliest_arrival(_tutorial(), "A", [], 0.0), "to: expected at least one end"),
        (lambda: earliest_arrival(_tutorial(), "A", "E", 0.0, -1.0), "size: expected 0 bits or more, got -1"),
        (
            lambda: earliest_arrival(_tutorial(), "A", "E", 0.0, through=["C", "C"]),
            "a loop: C is listed twice",
        ),
        (lambda: earliest_arrival(_tutorial(), "A", "E", 0.0, through=["Q"]), "through: no contact"),
        (lambda: _tutorial().bent_pipe("Q"), "bent-pipe relay: no contact"),
        (lambda: arrival_profile(_tutorial(), "A", "E", span=Span(-5.0, 5.0)), "inside the span of the table"),
        (lambda: carried(_tutorial(), "A", "E", Span(0.0, 60.0), 1e-9), "Give a larger size, or a shorter time"),
        (lambda: carried(_tutorial(), "A", "E", Span(0.0, 60.0), 0.0), "expected more than 0 bits"),
        (lambda: carried(_tutorial(), "A", "A", Span(0.0, 60.0), 1.0), "expected ends other than 'A'"),
        (lambda: Buffer(0.0, 1.0), "buffer: expected a size above 0 bits, got 0. Leave it out"),
        (lambda: Buffer(1.0, -1.0), "buffer: expected a fill rate of 0 bit/s or more, got -1"),
        (lambda: buffer_levels(_tutorial(), "X", Buffer(1.0, 1.0)), "buffer: no contact of the table"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(make, told):
    with pytest.raises(SimError) as error:
        make()
    assert told in str(error.value)


def test_only_the_ends_that_are_named_forward():
    table = _tutorial()
    assert earliest_arrival(table, "A", "E", 0.0, through=[]).arrival == 11.0
    assert earliest_arrival(table, "A", "E", 0.0, through=["C", "D"]).arrival == 3.0
    assert earliest_arrival(table, "A", "E", 21.0, through=["C"]).arrival is None
    assert arrival_profile(table, "A", "E", through=["C"]).arrival(21.0) is None
    assert earliest_arrival(table, "A", ["B", "E"], 0.0).route == ("A", "B")
