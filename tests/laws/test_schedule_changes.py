"""Schedules are compared, re-planned with the least change, and judged by uncertain views and lost stations."""

from dataclasses import replace
from math import erf, inf, sqrt

import numpy as np
import pytest

from sim.core.errors import SimError
from sim.planning.schedule.admit import Effort, is_met
from sim.planning.schedule.checker import check
from sim.planning.schedule.compare import HEAD, compare
from sim.planning.schedule.measures import changed_s
from sim.planning.schedule.network import Network
from sim.planning.schedule.replan import LEAST_CHANGE, decided, replan, without_sites
from sim.planning.schedule.request import Antenna, Opportunity, Request, Track
from sim.planning.schedule.robust import assess, edge_sigmas, trim, views_of
from sim.planning.schedule.search import search
from sim.planning.schedule.station_loss import HEAD as LOSSES
from sim.planning.schedule.station_loss import rows, station_losses, survive
from tests.bench.networks import synthetic
from tests.laws.test_schedule import _Cells, _small

HOUR = 3600.0
EFFORT = Effort(iterations=300)


def _view(name, start, end):
    return Opportunity((name,), start * HOUR, end * HOUR)


def _track(request, start, end, *antennas):
    return Track(request, request[:-2], antennas or ("a",), *(hour * HOUR for hour in (start, end, start, end)))


def test_every_track_of_two_schedules_has_one_change_of_the_right_kind():
    old = [_track(f"{name} 1", 2, 4) for name in ("kept", "moved", "shrunk", "grown", "gone", "turned")]
    new = [
        _track("kept 1", 2, 4), _track("moved 1", 3, 5), _track("shrunk 1", 2.5, 4), _track("grown 1", 1, 4.5),
        _track("new 1", 2, 4), _track("turned 1", 2, 4, "b"),
    ]  # fmt: skip
    found = compare(old, new)
    kinds = {each.track.mission: each.kind for each in found.changes}
    assert kinds == {name: name for name in ("kept", "moved", "shrunk", "grown", "gone", "new")} | {"turned": "moved"}
    texts = {each.track.mission: str(each) for each in found.changes}
    assert texts["moved"] == "moved 1 moved 60.0 min later"
    assert texts["shrunk"] == "shrunk 1 began 30.0 min later"
    assert texts["grown"] == "grown 1 began 60.0 min earlier and ended 30.0 min later"
    assert texts["turned"].startswith("turned 1 moved to b from 2000-01-01 13:59")
    assert str(found).startswith("1 kept, 2 moved, 1 shrunk, 1 grown, 1 new, 1 gone")
    assert found and not compare(old, old) and all(len(row) == len(HEAD) for row in found.rows())


def test_pairs_are_those_of_greatest_overlap_and_none_is_counted_twice():
    old = [_track("x 1", 0, 2), _track("x 1", 3, 5), _track("x 1", 9, 10, "b")]
    new = [_track("x 1", 1, 3.25), _track("x 1", 3.5, 5), _track("x 1", 20, 21)]
    pairs = [(each.before, each.after) for each in compare(old, new).changes]
    assert pairs == [(old[0], new[0]), (old[1], new[1]), (old[2], new[2])]


def test_a_shift_of_a_fifth_of_a_sigma_is_noise_and_unknown_sigmas_are_said():
    old, new = [_track("x 1", 2, 4)], [replace(_track("x 1", 2, 4), start=2 * HOUR + 12.0)]
    for sigmas, in_sigmas, noise in (
        ((60.0, 60.0), 0.2, True), ((4.0, 60.0), 3.0, False), ((None, 60.0), None, None), ((0.0, 60.0), inf, False),
    ):  # fmt: skip
        found = compare(old, new, lambda track, sigmas=sigmas: sigmas)
        (change,) = found.changed
        assert change.noise is noise and bool(found) is (noise is not True)
        assert change.sigmas == ((pytest.approx(in_sigmas), 0.0) if in_sigmas is not None else (None, 0.0))
    unknown = compare(old, new)
    assert "1 of the changes at edges of unknown sigma" in str(unknown) and "unknown" in unknown.rows()[0]


@pytest.mark.parametrize("seed", range(12))
def test_a_small_network_is_replanned_with_the_least_change_of_all_schedules(seed):
    network, _, earlier = _small(seed)
    if check(network, [each for request in network.requests for each in request.pinned]):
        return
    found = replan(network, earlier, effort=EFFORT)
    assert check(network, found.schedule.tracks) == []
    best = _Cells(network, LEAST_CHANGE, earlier).best
    assert found.schedule.measures.objective >= best - 1e-6
    sizes = changed_s(found.schedule.tracks, earlier), found.schedule.measures.change_s
    assert sizes[0] == pytest.approx(sizes[1]) or not earlier
    assert len(found.comparison.changes) >= max(len(earlier), len(found.schedule.tracks))


def test_a_late_request_and_a_failed_station_leave_all_else_where_it_was():
    views = tuple(_view(name, 0, 12) for name in "ab")
    asked = tuple(Request(f"{name} 1", name, views, 3 * HOUR, 2 * HOUR) for name in ("juno", "lro", "maven"))
    network = Network((Antenna("a"), Antenna("b")), asked)
    old = [_track("juno 1", 0, 3), _track("lro 1", 3, 6), _track("maven 1", 0, 3, "b")]
    late = replace(network, requests=(*asked, Request("tgo 1", "tgo", views, 2 * HOUR, 2 * HOUR, priority=2)))
    found = replan(late, old, effort=EFFORT)
    assert [each.kind for each in found.comparison.changes].count("kept") == 3 and found.won == ("tgo 1",)
    failed = replan(without_sites(network, ["b"]), old, effort=EFFORT)
    kinds = {each.track.request: each.kind for each in failed.comparison.changes}
    assert kinds == {"juno 1": "kept", "lro 1": "kept", "maven 1": "moved"} and failed.lost == ()
    with pytest.raises(SimError, match="no antenna is at 'c'"):
        without_sites(network, ["c"])


def test_what_has_begun_stays_and_all_else_begins_later():
    views = (replace(_view("a", 0, 12), setup_s=HOUR / 2),)
    asked = tuple(Request(f"{name} 1", name, views, 3 * HOUR, 2 * HOUR) for name in ("juno", "lro"))
    urgent = Request("tgo 1", "tgo", (_view("a", 0, 5),), 2 * HOUR, 2 * HOUR, priority=100)
    network = Network((Antenna("a"),), (*asked, urgent))
    old = [
        replace(_track("juno 1", 1, 3), occupied_from=HOUR / 2),
        replace(_track("lro 1", 4, 7), occupied_from=3.5 * HOUR),
    ]
    now = decided(network, old, 1.0 * HOUR)
    found = replan(now, old, effort=EFFORT)
    assert check(network, found.schedule.tracks) == [] and found.won == ("tgo 1",)
    kinds = {each.track.request: each.kind for each in found.comparison.changes}
    assert kinds["juno 1"] == "kept" and kinds["lro 1"] == "moved"
    assert all(each.occupied_from >= HOUR for each in found.schedule.tracks if each.request != "juno 1")
    failed = decided(without_sites(Network((Antenna("a"), Antenna("b")), network.requests), ["a"]), old, HOUR)
    assert all(not each.pinned for each in failed.requests)


def test_a_proof_says_its_step_and_none_is_claimed_for_a_large_network():
    view = _view("a", 0, 2)
    network = Network((Antenna("a"),), (Request("x 1", "x", (view,), HOUR, HOUR),))
    assert replan(network, [_track("x 1", 0.5, 1.5)], effort=EFFORT).step_s == 60.0
    large = synthetic(antennas=3, missions=4, days=1, seed=5)
    before = search(large, iterations=300, seed=1).tracks
    after = replan(large, before, effort=EFFORT)
    assert after.step_s is None and not after.schedule.optimal
    assert after.schedule.measures.change_s < 0.1 * after.schedule.measures.tracked_s


def test_the_probability_of_a_track_is_that_of_drawn_views():
    view = _view("a", 0, 4)
    network = Network((Antenna("a"),), (Request("x 1", "x", (view,), 4 * HOUR, HOUR),))
    track = replace(_track("x 1", 0, 4), start=100.0, end=4 * HOUR - 30.0)
    found = assess(network, [track], {view: (80.0, 50.0)}, 2.0)
    (risk,) = found.tracks
    draws = np.random.default_rng(1).normal(size=(2, 200_000)) * [[80.0], [50.0]]
    share = np.mean((draws[0] <= 100.0) & (draws[1] >= -30.0))
    assert risk.probability == pytest.approx(share, abs=0.005)
    assert (risk.trimmed.start, risk.trimmed.end) == (160.0, 4 * HOUR - 100.0)
    assert risk.trimmed.occupied_from - risk.trimmed.start == track.occupied_from - track.start
    assert found.expected_s == pytest.approx(risk.probability * track.duration_s) and found.unmet == ()


def test_two_sites_at_once_need_both_views_and_an_unknown_sigma_stays_unknown():
    views = (_view("a", 0, 4), _view("b", 1, 5))
    network = Network((Antenna("a"), Antenna("b")), (Request("x 1", "x", views, 3 * HOUR, HOUR, sites_at_once=2),))
    track = _track("x 1", 1, 4, "a", "b")
    assert set(views_of(network, track)) == set(views)
    sigmas = {views[0]: (10.0, 3600.0), views[1]: (3600.0, 10.0)}
    one_sigma = 0.5 * (1.0 + erf(1.0 / sqrt(2.0)))
    assert assess(network, [track], sigmas).tracks[0].probability == pytest.approx(0.25, abs=1e-6)
    inner = replace(track, start=2 * HOUR, end=3 * HOUR)
    assert assess(network, [inner], sigmas).tracks[0].probability == pytest.approx(one_sigma**2, abs=1e-6)
    unknown = assess(network, [track], {views[0]: (10.0, 10.0), views[1]: (None, 10.0)})
    assert unknown.tracks[0].probability is None and unknown.unknown_s == 3 * HOUR and unknown.expected_s == 0.0
    assert unknown.undecided == ("x 1",) and unknown.unmet == ()
    assert edge_sigmas(network, track, sigmas) == (3600.0, 3600.0)
    assert edge_sigmas(network, inner, sigmas) == (0.0, 0.0)
    assert edge_sigmas(network, track, {}) == (None, None)


def test_trimmed_tracks_that_get_too_short_leave_their_request_unmet_and_a_trimmed_network_avoids_that():
    views = (_view("a", 0, 2), _view("b", 4, 9))
    network = Network((Antenna("a"), Antenna("b")), (Request("x 1", "x", views, 2 * HOUR, 2 * HOUR),))
    sigmas = dict.fromkeys(views, (60.0, 60.0))
    found = assess(network, [_track("x 1", 0, 2)], sigmas)
    assert found.unmet == ("x 1",) and found.tracks[0].trimmed is None
    careful = search(trim(network, sigmas), iterations=200).tracks
    assert [each.antennas for each in careful] == [("b",)] and check(network, careful) == []
    assert assess(network, careful, sigmas).unmet == ()
    assert assess(network, careful, sigmas).tracks[0].probability > 0.997
    assert trim(network, {}).requests[0].opportunities == ()
    with pytest.raises(SimError, match="n_sigma is -1"):
        assess(network, [], sigmas, -1.0)


def test_the_loss_of_each_station_has_what_replanning_saves_and_costs():
    views = {name: _view(name, 0, 4) for name in "abc"}
    asked = (
        Request("juno 1", "juno", (views["a"], views["b"]), 3 * HOUR, 3 * HOUR),
        Request("lro 1", "lro", (views["b"],), HOUR, HOUR),
        Request("maven 1", "maven", (views["c"],), HOUR, HOUR),
    )
    network = Network(tuple(map(Antenna, "abc")), asked)
    tracks = [_track("juno 1", 0, 3), _track("lro 1", 0, 1, "b"), _track("maven 1", 0, 1, "c")]
    a, b, c = station_losses(network, tracks, effort=EFFORT)
    assert (a.site, a.tracks, a.lost_s, a.unmet, a.saved, a.dropped) == ("a", 1, 3 * HOUR, ("juno 1",), ("juno 1",), ())
    assert a.regained_s == pytest.approx(3 * HOUR) and a.change_s == pytest.approx(3 * HOUR) and a.proven
    assert b.unmet == ("lro 1",) and b.saved == () and b.regained_s == 0.0
    assert c.unmet == ("maven 1",) and c.saved == ()
    assert all(len(row) == len(LOSSES) for row in rows((a, b, c)))
    assert rows((a,))[0][:5] == ("a", "1", "3.00", "juno 1", "juno 1")


def test_a_critical_request_survives_any_loss_and_says_what_that_costs():
    views = {name: _view(name, 0, 3) for name in "ab"}
    landing = Request("landing 1", "landing", tuple(views.values()), 2 * HOUR, 2 * HOUR)
    lro = Request("lro 1", "lro", tuple(views.values()), 3 * HOUR, 2 * HOUR)
    network = Network(tuple(map(Antenna, "ab")), (landing, lro))
    found = survive(network, ["landing 1"], effort=EFFORT)
    assert found.survives and set(found.fates.values()) == {"at once"} and found.dropped == ("lro 1",)
    assert found.cost_s == pytest.approx(3 * HOUR, abs=1.0) and "and lro 1" in str(found)
    assert check(network, [replace(t, antennas=("a",)) for t in found.schedule.tracks]) == []
    plain = search(network, iterations=300).tracks
    assert is_met(lro, plain)


def test_where_two_sites_never_see_it_at_once_survival_is_by_replanning_or_not_at_all():
    landing = Request("landing 1", "landing", (_view("a", 0, 3), _view("b", 4, 7)), 2 * HOUR, 2 * HOUR)
    once = Request("burn 1", "burn", (_view("a", 0, 8),), HOUR, HOUR)
    found = survive(Network(tuple(map(Antenna, "ab")), (landing, once)), ["landing 1", "burn 1"], effort=EFFORT)
    fates = {name: {found.fates[site, name] for site in "ab"} for name in ("landing 1", "burn 1")}
    assert fates["landing 1"] == {"untouched", "after re-planning"} and fates["burn 1"] == {"untouched", "lost"}
    assert not found.survives and "lost: burn 1 without a" in str(found)
    with pytest.raises(SimError, match="no request is called 'x'"):
        survive(Network((), ()), ["x"])
