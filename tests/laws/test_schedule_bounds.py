"""No schedule exceeds a bound, of any measure: compared with the best of all schedules of small networks."""

from dataclasses import replace

import pytest

from sim.core.errors import SimError
from sim.planning.schedule.bound import find_bound
from sim.planning.schedule.checker import check
from sim.planning.schedule.measures import Weights
from sim.planning.schedule.priced import only
from sim.planning.schedule.search import search
from tests.bench.networks import synthetic
from tests.laws.test_schedule import CELL, _Cells, _small


def _holds(seed, seconds):
    network, weights, _ = _small(seed)
    if check(network, [each for request in network.requests for each in request.pinned]):
        return
    bound = find_bound(network, weights, slot_s=CELL, steps=10, seconds=seconds)
    best = {term: _Cells(network, only(term), []).best for term in ("hours", "u_rms", "u_max")}
    assert best["hours"] * network.asked_s <= bound.tracked_s + 0.01
    assert -best["u_rms"] >= bound.u_rms - 1e-6 and -best["u_max"] >= bound.u_max - 1e-6
    assert _Cells(network, weights, []).best <= bound.objective + 1e-6
    counted = _Cells(_alike(network), only("satisfied"), []).best * len(network.requests)
    assert counted <= bound.satisfied + 1e-6


def _alike(network):
    return replace(network, requests=tuple(replace(each, priority=1) for each in network.requests))


@pytest.mark.parametrize("fives", range(4))
def test_no_schedule_of_a_small_network_exceeds_a_bound(fives):
    for seed in range(5 * fives, 5 * fives + 5):
        _holds(seed, 10.0)


@pytest.mark.long
@pytest.mark.parametrize("tens", range(2, 24))
def test_no_schedule_of_220_small_networks_exceeds_a_bound(tens):
    for seed in range(10 * tens, 10 * tens + 10):
        _holds(seed, 10.0)


def test_linear_programs_prove_more():
    network = synthetic(antennas=2, missions=4, days=1, seed=1, share=0.9)
    found = search(network, Weights(), iterations=3000, seed=1)
    steps, programs = (find_bound(network, steps=20, seconds=each, reached=found.measures) for each in (0.0, 20.0))
    assert found.measures.tracked_s <= programs.tracked_s < steps.tracked_s - 600.0
    assert found.measures.objective <= programs.objective < steps.objective
    assert programs.u_rms > steps.u_rms and "HiGHS" in programs.method


def test_without_highs_what_is_missing_is_said(monkeypatch):
    monkeypatch.setattr("sim.planning.schedule.highs.find_spec", lambda name: None)
    with pytest.raises(SimError, match=r"seconds needs HiGHS.*farside-sim\[schedule\]"):
        find_bound(synthetic(antennas=1, missions=1, days=1, seed=0), seconds=1.0)
