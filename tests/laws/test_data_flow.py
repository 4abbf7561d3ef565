"""Data that flow through a network: against short steps, never lost from sight, and never sooner than the earliest."""

import random
from math import inf

import numpy as np
import pytest

from sim.core.errors import SimError
from sim.core.time import Span
from sim.planning.arrival import earliest_arrival
from sim.planning.arrival_profile import arrival_profile
from sim.planning.contact_parts import moved_edges, shared_links, shared_time, sure_part
from sim.planning.contacts import Contact, ContactTable
from sim.planning.flow import Stream, flow
from sim.trajectories.recorder import Recorder

SPAN = Span(0.0, 200.0)
STEP = 0.1
LINKS = (("a", "r"), ("a", "q"), ("b", "r"), ("r", "d"), ("q", "d"), ("q", "e"))
NODES = "abrq"


def _network(seed):
    """Two sources, two relays and two desks, with contacts in whole seconds, and what the recorders hold."""
    draw = random.Random(seed)
    contacts = []
    for a, b in LINKS:
        t = draw.randint(0, 40)
        light = float(draw.choice([0, 0, 2, 5]))
        while t < 190:
            end = min(t + draw.randint(5, 60), 195)
            contacts.append(Contact(a, b, float(t), float(end), float(draw.randint(2, 12)), light))
            t = end + draw.randint(2, 60)
    streams = [
        Stream("one", "a", frozenset("d"), float(draw.randint(1, 6)), ((0.0, 150.0),), LINKS[:2] + LINKS[3:5]),
        Stream("two", "b", frozenset("d"), float(draw.randint(1, 6)), ((20.0, 60.0), (90.0, 180.0)), LINKS[2:4]),
    ]
    recorders = {name: Recorder(size_bits=draw.choice([40.0, 120.0, None]), acknowledged=draw.random() < 0.3)
                 for name in NODES}  # fmt: skip
    return ContactTable(tuple(contacts), SPAN), streams, recorders


def _stepped(table, streams, recorders):
    """The same in steps: what arrived of each stream, what was lost, and the greatest levels."""
    count = round(SPAN.duration_s / STEP)
    wait = {(n, k): 0.0 for n in NODES for k in range(len(streams))}
    unacknowledged = dict.fromkeys(NODES, 0.0)
    later, acks = [{} for _ in range(count + 400)], [{} for _ in range(count + 400)]
    arrived, lost, peak = [0.0] * len(streams), [0.0] * len(streams), dict.fromkeys(NODES, 0.0)
    for step in range(count):
        t = (step + 0.5) * STEP
        for name, bits in acks[step].items():
            unacknowledged[name] -= bits
        for name in NODES:
            come = [later[step].get((name, k), 0.0) for k in range(len(streams))]
            for k, each in enumerate(streams):
                if each.source == name and any(a <= t < b for a, b in each.made):
                    come[k] += each.rate_bit_s * STEP
            keeps = recorders[name].acknowledged
            opened = [c for c in table.contacts if c.transmitter == name and c.start <= t < c.end]
            order = {link: i for i, link in enumerate(dict.fromkeys(x for s in streams for x in s.links))}
            opened = [c for c in opened if (name, c.receiver) in order]
            size = recorders[name].size_bits or inf
            there = sum(wait[name, k] for k in range(len(streams))) + unacknowledged[name]
            room = size - there + sum(c.rate_bit_s * STEP for c in opened if not (keeps and c.light_time_s > 0))
            share = min(1.0, max(room, 0.0) / sum(come)) if sum(come) > 0.0 else 1.0
            for k, bits in enumerate(come):
                wait[name, k] += share * bits
                lost[k] += (1.0 - share) * bits
            for c in sorted(opened, key=lambda c: (order[name, c.receiver], keeps and c.light_time_s > 0, c.start)):
                room, light = c.rate_bit_s * STEP, round(c.light_time_s / STEP)
                for k, each in enumerate(streams):
                    if (name, c.receiver) in each.links:
                        bits = min(room, wait[name, k])
                        room, wait[name, k] = room - bits, wait[name, k] - bits
                        if keeps and light:
                            unacknowledged[name] += bits
                            acks[step + 2 * light][name] = acks[step + 2 * light].get(name, 0.0) + bits
                        if c.receiver in each.destinations:
                            arrived[k] += bits if step + light < count else 0.0
                        elif light or NODES.index(c.receiver) < NODES.index(name):
                            later[step + light][c.receiver, k] = later[step + light].get((c.receiver, k), 0.0) + bits
                        else:
                            later[step][c.receiver, k] = later[step].get((c.receiver, k), 0.0) + bits
            over = max(0.0, sum(wait[name, k] for k in range(len(streams))) + unacknowledged[name] - size)
            if over > 0.0 and sum(come) > 0.0:
                for k in range(len(streams)):
                    gone = min(over * come[k] / sum(come), wait[name, k])
                    wait[name, k] -= gone
                    lost[k] += gone
            peak[name] = max(peak[name], sum(wait[name, k] for k in range(len(streams))) + unacknowledged[name])
    return arrived, lost, peak


def test_what_arrives_and_what_is_lost_is_that_of_short_steps():
    losing = 0
    for seed in range(8):
        table, streams, recorders = _network(seed)
        found = flow(table, streams, recorders)
        arrived, lost, peak = _stepped(table, streams, recorders)
        for k, each in enumerate(found.streams):
            assert each.arrived_bits == pytest.approx(arrived[k], abs=8.0), (seed, k)
            assert sum(each.lost_bits.values()) == pytest.approx(lost[k], abs=8.0), (seed, k)
            losing += lost[k] > 10.0
        for name, level in found.levels.items():
            assert level.peak_bits == pytest.approx(peak[name], abs=3.0), (seed, name)
    assert losing > 3


def test_every_bit_that_is_made_is_somewhere():
    for seed in range(20):
        table, streams, recorders = _network(seed)
        for each in flow(table, streams, recorders).streams:
            there = each.arrived_bits + sum(each.lost_bits.values()) + sum(each.waiting_bits.values())
            on_the_way = 12.0 * 5.0 * 3  # light of a contact that is open at the end
            assert each.made_bits - on_the_way <= there <= each.made_bits + 1e-6
            total = sum(each.volumes([SPAN])[0].values())
            assert total == pytest.approx(each.arrived_bits, rel=1e-9, abs=1e-6)
            halves = [Span(0.0, 71.3), Span(71.3, 200.0)]
            assert sum(sum(part.values()) for part in each.volumes(halves)) == pytest.approx(total, abs=1e-6)


def test_data_beside_others_are_never_sooner_than_alone_and_stay_in_order():
    compared = 0
    for seed in range(20):
        table, streams, recorders = _network(seed)
        for each in flow(table, streams, recorders).streams:
            own = tuple(c for c in table.contacts if (c.transmitter, c.receiver) in each.stream.links)
            only = ContactTable(own, SPAN)
            if each.stream.source not in only.ends or "d" not in only.ends:
                continue
            alone, beside = arrival_profile(only, each.stream.source, "d"), each.profile(SPAN)
            for row in range(len(beside.starts)):
                middle = 0.5 * (beside.starts[row] + beside.ends[row])
                assert beside.arrival(middle) >= alone.arrival(middle) - 1e-5, seed
                compared += 1
            if each.stream.name == "two":  # one way only
                assert np.all(beside.last >= beside.first - 1e-9)
                assert np.all(beside.first[1:] >= beside.last[:-1] - 1e-6)
    assert compared > 60


def test_a_stream_alone_on_wide_links_arrives_at_the_earliest_there_is():
    for seed in range(8):
        table, streams, _ = _network(seed)
        wide = ContactTable(tuple(c.part(c.start, c.end, 1e5) for c in table.contacts), SPAN)
        (found,) = flow(wide, [streams[1]], {}).streams
        alone, beside = arrival_profile(wide, "b", "d"), found.profile(SPAN)
        for t in np.linspace(20.5, 59.5, 40):
            one, other = alone.arrival(t), beside.arrival(t)
            assert other == (None if one is None else pytest.approx(one, abs=0.01)), (seed, t)


def test_an_antenna_serves_one_link_at_a_time_and_never_rests_while_one_is_open():
    draw = random.Random(5)
    for seed in range(40):
        table, *_ = _network(seed)
        into = [c.part(c.start, c.end, 8.0) for c in table.contacts if c.receiver in "rq"]
        one = ContactTable(tuple(c for c in into if c.receiver == "r"), SPAN)
        shared = shared_time(one, {"dish": [("a", "r"), ("b", "r")]})
        for t in (draw.uniform(0.0, 200.0) for _ in range(60)):
            before, after = (
                sum(c.rate_bit_s for c in each.contacts if c.arrives(c.start) <= t < c.arrives(c.end))
                for each in (one, shared)
            )
            assert after == pytest.approx(min(before, 8.0))
        assert sum(c.volume_bits for c in shared.contacts) <= sum(c.volume_bits for c in one.contacts) + 1e-6


def test_contacts_through_one_bent_pipe_carry_no_more_than_the_link_they_share():
    up = Contact("a", "r", 0.0, 100.0, 10.0, 1.0)
    table = ContactTable((up, Contact("r", "d", 0.0, 60.0, 50.0), Contact("r", "e", 40.0, 101.0, 50.0)), SPAN)
    pipe = shared_links(table.bent_pipe("r"))
    assert sum(c.volume_bits for c in table.bent_pipe("r").contacts) > 1100.0
    assert sum(c.volume_bits for c in pipe.contacts) == pytest.approx(1000.0)


@pytest.mark.parametrize("together", [0.0, 1.0, -1.0])
def test_what_is_sure_is_there_as_often_as_promised(together):
    """Edges that move alone, all the same way, and against each other: the promise holds for each."""
    first = Contact("a", "r", 10.0, 40.0, 1.0, probability=1.0, sigma_s=(2.0, 1.0))
    again = Contact("a", "r", 70.0, 90.0, 1.0, probability=1.0, sigma_s=(1.0, 1.0))
    down = Contact("r", "d", 20.0, 110.0, 1.0, probability=1.0, sigma_s=(3.0, 0.0))
    table = ContactTable((first, again, down), SPAN)
    by = arrival_profile(sure_part(table, 0.9, 2), "a", "d")
    draw = np.random.default_rng(2)
    for t in (0.0, 36.0, 39.5):
        promised, kept = by.arrival(t), 0
        for _ in range(400):
            z = draw.normal(size=6) if together == 0.0 else draw.normal() * np.array([1, together] * 3)
            moved = [
                c.part(c.start + z[2 * i] * c.sigma_s[0], c.end + z[2 * i + 1] * c.sigma_s[1])
                for i, c in enumerate(table.contacts)
            ]
            found = earliest_arrival(ContactTable(tuple(moved), Span(-20.0, 220.0)), "a", "d", t).arrival
            kept += found is not None and found <= promised + 1e-9
        assert kept >= 0.9 * 400
    assert by.arrival(0.0) > arrival_profile(table, "a", "d").arrival(0.0) + 3.0
    assert by.arrival(39.5) > 70.0  # the end of the first contact is not sure enough


def test_what_is_not_known_is_not_sure():
    table = ContactTable(
        (
            Contact("a", "d", 0.0, 50.0, 1.0, probability=1.0, sigma_s=(0.0, None)),
            Contact("a", "d", 60.0, 80.0, 1.0, probability=None, sigma_s=(0.0, 0.0)),
            Contact("a", "d", 90.0, 99.0, 1.0, probability=0.9, sigma_s=(0.0, 0.0)),
            Contact("a", "d", 110.0, 120.0, 1.0, probability=1.0, sigma_s=(0.0, 0.0)),
        ),
        SPAN,
    )
    assert [c.start for c in sure_part(table, 0.95, 1).contacts] == [110.0]
    assert [c.start for c in moved_edges(table, 1.0).contacts] == [90.0, 110.0]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: flow(ContactTable((), SPAN), [Stream("x", "a", frozenset("d"), 1.0, ((0.0, 9.0),),
            (("a", "r"), ("r", "q"), ("q", "r"), ("r", "d")))], {}), "a loop: data could go in a circle"),
        (lambda: shared_time(ContactTable((), SPAN), {"x": [("a", "r"), ("b", "q")]}), "no end in common"),
        (lambda: shared_time(ContactTable((), SPAN), {"x": [("a", "r")], "y": [("a", "r")]}), "the antenna x already"),
        (lambda: sure_part(ContactTable((), SPAN), 1.0, 1), "expected a probability above 0.5"),
        (lambda: Contact("a", "b", 0.0, 1.0, 1.0, sigma_s=(-1.0, 0.0)), "expected standard deviations of at least 0 s"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_what_to_do(make, told):
    with pytest.raises(SimError) as error:
        make()
    assert told in str(error.value)
