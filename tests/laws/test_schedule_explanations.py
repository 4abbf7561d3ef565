"""Every request that is not met is explained, and the change that is named for it really admits it."""

import random
from dataclasses import replace
from itertools import product
from math import inf

import pytest

from sim.core.errors import SimError
from sim.core.time import tdb
from sim.planning.schedule.admit import Effort, admit, got_s, is_met
from sim.planning.schedule.checker import check
from sim.planning.schedule.conflict import find_conflict
from sim.planning.schedule.explain import explain
from sim.planning.schedule.measures import Weights
from sim.planning.schedule.network import Network
from sim.planning.schedule.reasons import find_holds
from sim.planning.schedule.relaxations import Prices
from sim.planning.schedule.request import Antenna, Opportunity, Request, Track
from sim.planning.schedule.search import search
from tests.bench.networks import synthetic
from tests.laws.test_schedule import CELL, EPOCH, _Cells, _small

HOUR = 3600.0
T0 = float(round(tdb("2026-05-08T00:00:00Z")))
EFFORT = Effort(iterations=300)
BUSY = 10


def _view(name, start, end, setup_s=0.0, teardown_s=0.0):
    return Opportunity((name,), T0 + start * HOUR, T0 + end * HOUR, setup_s, teardown_s)


def _asks(name, views, hours, **more):
    more.setdefault("min_s", hours * HOUR)
    if "window" in more:
        more["window"] = tuple(T0 + hour * HOUR for hour in more["window"])
    return Request(f"{name} 1", name, tuple(views), hours * HOUR, **more)


def _track(name, antenna, start, end, setup=0.0, teardown=0.0):
    times = (start, end, start - setup, end + teardown)
    return Track(f"{name} 1", name, (antenna,), *(T0 + hour * HOUR for hour in times))


def _pinned(name, antenna, start, end):
    return _asks(name, [], end - start, pinned=(_track(name, antenna, start, end),))


KOUROU = Antenna("kourou")
JUNO = _asks("juno", [_view("kourou", 0, 8)], 2)

CASES = {
    "a view too short": (
        [KOUROU], [_asks("lro", [_view("kourou", 0, 1.5)], 2)], [], {},
        "view", "own", "no view of lro 1 lasts 2.0 h", 0.5,
    ),
    "set-up in the gap between others": (
        [KOUROU],
        [_pinned("juno", "kourou", 0, 2), _pinned("psyche", "kourou", 4, 6),
         _asks("lro", [_view("kourou", 2, 4, 1200.0, 600.0)], 2)],
        [_track("juno", "kourou", 0, 2), _track("psyche", "kourou", 4, 6)], {},
        "setup", "setup", "set-up and tear-down of lro 1 do not fit in", 0.5,
    ),
    "maintenance": (
        [replace(KOUROU, maintenance=((T0 + 1 * HOUR, T0 + 1.5 * HOUR),))],
        [_asks("lro", [_view("kourou", 0, 2.5)], 2)], [], {},
        "maintenance", "maintenance", "kourou is in maintenance from 2026-05-08 01:00 to 2026-05-08 01:30", 0.5,
    ),
    "least gap": (
        [KOUROU],
        [_asks("lro", [_view("kourou", 0, 1), _view("kourou", 1.5, 2.5)], 2, min_track_s=HOUR, max_tracks=2,
               min_gap_s=HOUR)], [], {},
        "gap", "gap", "tracks of lro 1 must be 60.0 min apart", 0.5,
    ),
    "greatest gap": (
        [KOUROU],
        [_asks("lro", [_view("kourou", 0, 1), _view("kourou", 4, 5)], 2, min_track_s=HOUR, max_tracks=2, max_gap_s=HOUR,
               window=(0, 5))], [], {},
        "gap", "gap", "gaps of lro 1 may last at most 60.0 min", 2.0,
    ),
    "a crew": (
        [Antenna("north", "cebreros"), Antenna("south", "cebreros")],
        [_pinned("juno", "north", 0, 4), _asks("lro", [_view("south", 0, 4)], 4)],
        [_track("juno", "north", 0, 4)], {"cebreros": 1},
        "crew", "crew", "the crew of cebreros, 1 at once, is busy", 4.0,
    ),
    "a full beam": (
        [Antenna("goldstone", spacecraft_per_beam=2)],
        [_asks("odyssey", [_view("goldstone", 0, 4)], 4, beam="mars"),
         _asks("maven", [_view("goldstone", 0, 4)], 4, beam="mars"),
         _asks("tgo", [_view("goldstone", 0, 4)], 4, beam="mars")],
        [_track("odyssey", "goldstone", 0, 4), _track("maven", "goldstone", 0, 4)], {},
        "beam", "beam", "the beam of goldstone is full", 4.0,
    ),
    "a pinned track": (
        [KOUROU], [_pinned("juno", "kourou", 1, 3), _asks("lro", [_view("kourou", 0, 4)], 2)],
        [_track("juno", "kourou", 1, 3)], {},
        "pin", "pin", "pinned tracks of juno 1 leave no room", 2.0,
    ),
    "a rival that may move": (
        [KOUROU], [JUNO, _asks("lro", [_view("kourou", 0, 4)], 2)], [_track("juno", "kourou", 1, 3)], {},
        "held", "move", "kourou is held by juno 1 from 2026-05-08 01:00 to 2026-05-08 03:00", 2.0,
    ),
    "a rival that must go": (
        [KOUROU], [_asks("juno", [_view("kourou", 0, 2)], 2), _asks("lro", [_view("kourou", 0, 2)], 2, priority=3)],
        [_track("juno", "kourou", 0, 2)], {},
        "held", "drop", "kourou is held by juno 1 from 2026-05-08 00:00 to 2026-05-08 02:00", 2.0,
    ),
    "two sites at once": (
        [KOUROU, Antenna("malargue")],
        [_asks("lro", [_view("kourou", 0, 2), _view("malargue", 1, 3)], 2, sites_at_once=2)], [], {},
        "sites", "sites", "lro 1 must be tracked from 2 sites at once", 2.0,
    ),
    "a window that ends too early": (
        [KOUROU], [_asks("lro", [_view("kourou", 0, 2)], 2, window=(0, 1.5))], [], {},
        "view", "window", "no view of lro 1 lasts 2.0 h: the longest lasts 90.0 min", 0.5,
    ),
    "a site that it does not name": (
        [KOUROU, Antenna("malargue")],
        [Request("lro 0", "lro", (_view("malargue", 4, 8),), HOUR, HOUR), _asks("lro", [_view("kourou", 0, 1)], 2)],
        [Track("lro 0", "lro", ("malargue",), T0 + 4 * HOUR, T0 + 5 * HOUR, T0 + 4 * HOUR, T0 + 5 * HOUR)], {},
        "view", "site", "no view of lro 1 lasts 2.0 h: the longest lasts 60.0 min", 2.0,
    ),
    "another request of its spacecraft": (
        [KOUROU, Antenna("malargue")],
        [Request("lro 0", "lro", (_view("malargue", 0, 2),), 2 * HOUR, 2 * HOUR),
         _asks("lro", [_view("kourou", 0, 2)], 2)],
        [Track("lro 0", "lro", ("malargue",), T0, T0 + 2 * HOUR, T0, T0 + 2 * HOUR)], {},
        "mission", "drop", "lro is tracked for lro 0 then", 2.0,
    ),
}  # fmt: skip


def _really_admits(network, tracks, explanation, change):
    """The change was made to the network alone, the checker accepts the schedule, the request is met in it."""
    asked = next(each for each in change.network.requests if each.name == explanation.request)
    after = change.admission.tracks
    assert check(change.network, after) == []
    assert is_met(asked, after)
    if change.kind in ("move", "shorten", "drop"):
        assert change.network.antennas == network.antennas and change.network.crews == network.crews
        assert [each.opportunities for each in change.network.requests] == [r.opportunities for r in network.requests]
    others = [each for each in network.requests if each.name != asked.name]
    dropped = [each.name for each in others if is_met(each, tracks) and not is_met(each, after)]
    assert sorted(dropped) == sorted(change.admission.dropped)


@pytest.mark.parametrize("case", CASES)
def test_a_request_that_is_not_met_has_its_reason_and_is_met_after_the_change(case):
    antennas, requests, tracks, crews, reason, kind, text, hours = CASES[case]
    network = Network(tuple(antennas), tuple(requests), crews)
    assert check(network, tracks) == []
    (found,) = explain(network, tracks, effort=EFFORT)
    assert reason in [each.kind for each in found.reasons] and text in str(found)
    assert admit(network, found.request, tracks, effort=EFFORT) is None, "it had room all along"
    for change in found.changes:
        _really_admits(network, tracks, found, change)
    named = next(each for each in found.changes if each.kind == kind)
    assert named.amount_s == pytest.approx(hours * HOUR, abs=1.0)
    assert str(found.cheapest) in str(found) and found.cheapest.cost == min(each.cost for each in found.changes)


def test_the_least_change_is_in_whole_minutes_and_a_minute_less_does_not_do():
    antennas, requests, tracks, crews, *_ = CASES["least gap"]
    network = Network(tuple(antennas), tuple(requests), crews)
    (found,) = explain(network, tracks, effort=EFFORT)
    assert found.cheapest.kind == "gap"
    gap = next(each for each in found.cheapest.network.requests if each.name == "lro 1").min_gap_s
    assert gap == pytest.approx(1800.0, abs=0.01)
    tighter = replace(network, requests=(replace(requests[0], min_gap_s=gap + 60.0),))
    assert admit(tighter, "lro 1", tracks, effort=EFFORT) is None


def test_prices_decide_which_change_is_the_cheapest():
    antennas, requests, tracks, crews, *_ = CASES["a rival that must go"]
    network = Network(tuple(antennas), tuple(requests), crews)
    (dear,) = explain(network, tracks, effort=EFFORT)
    (cheap,) = explain(network, tracks, prices=Prices(dropped=1.0), effort=EFFORT)
    assert dear.cheapest.kind == "antenna" and cheap.cheapest.kind == "drop"
    assert cheap.cheapest.admission.dropped == ("juno 1",) and cheap.cheapest.admission.lost_s == 2 * HOUR
    assert "juno 1 is dropped and others lose 2.0 h" in str(cheap)
    with pytest.raises(SimError, match="price lost is -1"):
        Prices(lost=-1.0)


def test_a_rival_that_only_loses_time_is_shortened_and_only_as_much_as_it_must():
    juno = _asks("juno", [_view("kourou", 0, 4)], 4, min_s=2 * HOUR)
    network = Network((KOUROU,), (juno, _asks("lro", [_view("kourou", 0, 4)], 1)))
    (found,) = explain(network, [_track("juno", "kourou", 0, 4)], effort=EFFORT)
    change = next(each for each in found.changes if each.kind == "shorten")
    assert change.admission.lost_s == pytest.approx(HOUR, abs=2.0) and change.admission.dropped == ()
    assert "others lose 60.0 min" in str(change)
    assert found.cheapest == change


def test_met_requests_have_no_explanation_and_full_asks_for_the_greatest_time():
    juno = _asks("juno", [_view("kourou", 0, 4)], 4, min_s=2 * HOUR)
    network = Network((KOUROU,), (juno,))
    tracks = [_track("juno", "kourou", 0, 3)]
    assert explain(network, tracks) == ()
    (found,) = explain(network, tracks, full=True, effort=EFFORT)
    assert [each.kind for each in found.reasons] == ["none"] and found.lacks_s == pytest.approx(HOUR, abs=1.0)
    with pytest.raises(SimError, match="Did you mean 'juno 1'"):
        explain(network, tracks, ["juno 2"])
    with pytest.raises(SimError, match=r"breaks rules cannot be explained:\nrequest juno 1: tracked for 3600 s"):
        explain(network, [_track("juno", "kourou", 0, 1)])


def test_holders_are_listed_with_the_time_that_they_hold_set_up_included():
    view = _view("kourou", 2, 4, HOUR, HOUR / 2)
    request = _asks("lro", [view], 2)
    network = Network((KOUROU,), (JUNO, request))
    (hold,) = find_holds(network, request, [_track("juno", "kourou", 0, 2)])
    assert (hold.what, hold.request, hold.start - T0, hold.end - T0) == ("kourou", "juno 1", HOUR, 2 * HOUR)


def _random(seed):
    """A small network with every rule, in which many a request cannot be met whatever others get; its schedule."""
    network, _, _ = _small(seed)
    if check(network, [each for request in network.requests for each in request.pinned]):
        return None
    network = replace(network, requests=tuple(replace(r, min_s=max(r.min_s, CELL)) for r in network.requests))
    return network, search(network, iterations=60, seed=seed).tracks


def _busy(seed):
    """A small network in which requests compete, and the schedule of some that were served in order of their names."""
    draw = random.Random(seed)
    antennas = Antenna("a1", "north", spacecraft_per_beam=draw.choice([1, 1, 2])), Antenna("a2", "south")
    crews = {"north": 1} if draw.random() < 0.2 else {}
    requests = []
    for number in range(4):
        views = []
        for _ in range(draw.choice([1, 2])):
            start, end = draw.randint(0, 2), draw.randint(4, 6)
            setup = draw.choice([0.0, 0.0, CELL])
            views.append(Opportunity((draw.choice(["a1", "a2"]),), EPOCH + start * CELL, EPOCH + end * CELL, setup))
        least, most = draw.choice([(2, 2), (2, 3), (1, 2)])
        requests.append(Request(
            f"r{number}", draw.choice("mnop"), tuple(views), most * CELL, least * CELL, CELL, draw.choice([1, 1, 2]),
            priority=draw.randint(0, 3), beam=draw.choice(["", "mars"]),
        ))  # fmt: skip
    network = Network(antennas, tuple(requests), crews)
    served, tracks = list(network.requests), ()
    for request in served:
        if (found := admit(network, request.name, tracks, effort=EFFORT)) is not None:
            tracks = found.tracks
    return network, tracks


def _is_explained(network, tracks):
    found = explain(network, tracks, effort=EFFORT)
    unmet = [each.name for each in network.requests if not is_met(each, tracks)]
    assert [each.request for each in found] == unmet
    for explanation in found:
        assert explanation.reasons
        for change in explanation.changes:
            _really_admits(network, tracks, explanation, change)


def test_every_change_of_random_networks_really_admits_its_request():
    for seed in range(6):
        _is_explained(*(_random(seed) or _busy(seed)))
        _is_explained(*_busy(seed))


@pytest.mark.long
@pytest.mark.parametrize("tens", range(1, 12))
def test_every_change_of_220_random_networks_really_admits_its_request(tens):
    for seed in range(10 * tens, 10 * tens + 10):
        _is_explained(*(_random(seed) or _busy(seed)))
        _is_explained(*_busy(seed))


def _least_loss(network, name, tracks):
    """Of all schedules in which a request is met, the least priority that is dropped, then the least time lost."""
    cells = _Cells.__new__(_Cells)
    cells.network, cells.sites = network, {each.name: each.at for each in network.antennas}
    choices = []
    for request in network.requests:
        own = [track for track in tracks if track.request == request.name]
        sets = [(*_lost(request, own, each), each) for each in cells.sets(request)]
        choices.append([each for each in sets if request.name != name or each[0] == "met"])
    best = (inf, inf)
    for chosen in product(*choices):
        loss = sum(each[1] for each in chosen), sum(each[2] for each in chosen)
        if loss < best and cells.fits([each[3] for each in chosen]):
            best = loss
    return best


def _lost(request, before, placed):
    """Whether cells meet a request; the priority that is dropped, and the time that is lost."""
    time = sum(last - first for _, first, last, _ in placed) * CELL
    met = bool(placed) and time >= request.min_s
    dropped = max(request.priority, 1) if is_met(request, before) and not met else 0
    return "met" if met else "", dropped, max(got_s(before) - time, 0.0)


def _others_make_room(network, tracks):
    """Whether they do for how many requests; exactly where an exhaustive search does, and at no greater loss."""
    admitted = 0
    for request in network.requests:
        if is_met(request, tracks) or any(each.pinned for each in network.requests):
            continue
        found = admit(network, request.name, tracks, [r.name for r in network.requests], EFFORT)
        dropped, lost = _least_loss(network, request.name, tracks)
        assert (found is not None) == (dropped < inf), request.name
        if found is not None:
            admitted += 1
            assert found.dropped_priority <= dropped, request.name
            assert found.dropped_priority < dropped or found.lost_s <= lost + 0.1, request.name
    return admitted


def test_other_tracks_make_room_if_and_only_if_an_exhaustive_search_finds_it():
    for seed in range(30):
        if (made := _random(seed)) is not None:
            _others_make_room(*made)


def test_others_lose_no_more_than_in_the_best_of_all_schedules():
    assert sum(_others_make_room(*_busy(seed)) for seed in range(BUSY)) >= BUSY // 2


@pytest.mark.long
@pytest.mark.parametrize("tens", range(BUSY // 10, 20))
def test_others_lose_no_more_than_in_the_best_of_all_200_schedules(tens):
    for seed in range(10 * tens, 10 * tens + 10):
        _others_make_room(*_busy(seed))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_a_network_that_is_asked_for_too_much_is_explained_and_every_change_admits(seed):
    network = synthetic(antennas=4, missions=6, days=1, seed=seed, share=1.3)
    tracks = search(network, iterations=5000, seed=seed).tracks
    found = explain(network, tracks)
    assert len(found) > 3 and all(each.cheapest is not None for each in found)
    for explanation in found:
        for change in explanation.changes:
            _really_admits(network, tracks, explanation, change)


def test_three_requests_conflict_and_any_two_can_be_met():
    views = [_view("kourou", 0, 3)]
    asked = [_asks(name, views, 1.25) for name in ("juno", "lro", "psyche")]
    other = _asks("maven", [_view("kourou", 6, 8)], 1)
    network = Network((KOUROU,), (*asked, other))
    found = find_conflict(network, effort=EFFORT)
    assert found.requests == ("juno 1", "lro 1", "psyche 1") and found.irreducible
    assert "these three requests cannot be met together: juno 1, lro 1, psyche 1; any two can" in str(found)
    assert find_conflict(network, ["juno 1", "lro 1", "maven 1"], EFFORT) is None
    short = replace(network, requests=(_asks("lro", [_view("kourou", 0, 1)], 2),))
    assert str(find_conflict(short, effort=EFFORT)).startswith("lro 1 cannot be met, even alone")
    with pytest.raises(SimError, match="no request is called 'x'"):
        find_conflict(network, ["x"])


def test_conflicts_of_random_networks_are_real_and_irreducible():
    seen = 0
    for seed in range(40):
        if (made := _random(seed)) is None or any(each.pinned for each in made[0].requests):
            continue
        network, _ = made
        found = find_conflict(network, effort=EFFORT)
        assert (found is None) == _all_are_met(network, network.requests), seed
        if found is not None:
            seen += 1
            core = [each for each in network.requests if each.name in found.requests]
            assert found.irreducible and not _all_are_met(network, core)
            assert all(_all_are_met(network, [each for each in core if each is not out]) for out in core)
    assert seen > 5


def _all_are_met(network, requests):
    """By exhaustive search."""
    if not requests:
        return True
    asked = replace(network, requests=tuple(replace(each, priority=1) for each in requests))
    return _Cells(asked, Weights(0.0, 1.0, 0.0, 0.0), []).best > 1.0 - 1e-9


def test_an_explanation_depends_on_the_seed_alone():
    antennas, requests, tracks, crews, *_ = CASES["a full beam"]
    network = Network(tuple(antennas), tuple(requests), crews)
    assert explain(network, tracks, effort=EFFORT) == explain(network, tracks, effort=EFFORT)
