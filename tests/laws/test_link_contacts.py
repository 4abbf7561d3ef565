"""Contacts of a result are its windows, seen from the transmitter; deliveries over them agree with its routes."""

import numpy as np
import pytest

import sim
from sim.core.errors import SimError
from sim.planning.arrival import earliest_arrival
from sim.planning.arrival_profile import arrival_profile
from sim.planning.link_contacts import contact_table
from sim.trajectories.light_time import ray
from tests.support.scenarios import lander_and_relay, written

RATES = {("lander", "relay"): 1e6, ("relay", "kourou"): 1e5, ("relay", "new_norcia"): 1e5}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return sim.run(sim.load(written(tmp_path_factory.mktemp("scenario"), lander_and_relay(days=1))))


def test_contacts_are_windows_at_the_transmitter_with_their_light_times(result):
    table = contact_table(result, RATES)
    count = 0
    for hop, rate in RATES.items():
        own = [each for each in table.contacts if (each.transmitter, each.receiver) == hop]
        assert len(own) == len(result.hops[hop]) and len(own) > 0
        for contact, (opens, closes) in zip(own, result.hops[hop], strict=True):
            assert contact.rate_bit_s == rate
            assert contact.arrives(contact.end) == pytest.approx(closes, abs=1e-6)
            if contact.start > result.span.start:
                assert contact.arrives(contact.start) == pytest.approx(opens, abs=1e-6)
            t = np.linspace(max(opens, contact.arrives(contact.start)), closes, 40)
            exact = ray(*(result.ends[name] for name in hop), t)
            for sent, light in zip(exact.sent.tolist(), exact.light_time.tolist(), strict=True):
                assert contact.light(sent) == pytest.approx(light, abs=1e-4)
                count += 1
    assert count > 80


def test_the_probability_of_a_contact_is_that_of_its_window(result):
    table = contact_table(result, RATES)
    for hop in RATES:
        expected = [each.probability for each in result.uncertainty(hop)]
        assert [c.probability for c in table.contacts if (c.transmitter, c.receiver) == hop] == expected


def test_through_a_bent_pipe_data_arrive_when_the_route_is_open(result):
    pipe = contact_table(result, RATES).bent_pipe("relay")
    route = result.routes["home"]
    assert len(route) > 0
    for t in np.linspace(result.span.start, result.span.end, 60):
        found = earliest_arrival(pipe, "lander", ["kourou", "new_norcia"], t)
        if found.arrival is None:
            continue
        assert found.route[1] == "relay"
        assert route.holds([found.arrival - 2e-4])[0] or route.holds([found.arrival + 2e-4])[0]
        assert 0.9 < found.steps[0].arrival - found.steps[0].ends < 1.7  # Moon to Earth through the relay


def test_storing_is_never_later_than_a_bent_pipe_and_the_profile_agrees(result):
    table = contact_table(result, RATES)
    pipe, goals = table.bent_pipe("relay"), ["kourou", "new_norcia"]
    profile = arrival_profile(table, "lander", goals, size_bits=1e6)
    for t in np.linspace(result.span.start, result.span.end, 60):
        stored = earliest_arrival(table, "lander", goals, t).arrival
        piped = earliest_arrival(pipe, "lander", goals, t).arrival
        assert piped is None or stored <= piped + 2e-4
        found = earliest_arrival(table, "lander", goals, t, 1e6).arrival
        assert profile.arrival(t) == (None if found is None else pytest.approx(found, abs=1e-5))


def test_a_link_that_no_route_has_is_refused_with_what_to_do(result):
    with pytest.raises(SimError, match=r"the link relay – lander\. The result has the other direction: add a route"):
        contact_table(result, {("relay", "lander"): 1e3})
    with pytest.raises(SimError, match=r"no route of the result has the link lander – kuru. (There are|Did you mean)"):
        contact_table(result, {("lander", "kuru"): 1e3})
    with pytest.raises(SimError, match="expected a rate above 0 bit/s, got 0"):
        contact_table(result, {("lander", "relay"): 0.0})
