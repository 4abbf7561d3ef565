"""Plans are the best there are: against exhaustive search, and against rules that are checked one by one."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from sim.core.time import DAY_S, Span
from sim.planning.cable import within_cable
from sim.planning.pass_margins import MEAN_DB, least, mean
from sim.planning.passes import Pass, find_passes
from sim.planning.plan import POLICIES, StationPass, make_plan
from sim.planning.statistics import statistics
from sim.planning.tracks import Handover, Option, best_tracks, times_of_choice
from sim.search.conditions import Scalar
from sim.search.windows import Windows
from sim.search.wrapping import Wrapping
from sim.trajectories.pass_rules import PassRules

SPAN = Span(0.0, 86400.0)


def _best_by_trying_all(options, overlap, pause):
    """The greatest (tracked, preferred, -tracks) over every sequence of tracks at whole times.

    Depth first with memory of all antennas: nothing of it is shared with the search.
    """
    last = max(o.end for o in options)
    stations = sorted({o.station for o in options})

    @cache
    def onward(t, held, free):
        """The best from time t on. held : None, or (option, begun); free : when each antenna is free again."""
        if t > last:
            return None if held is not None else (0, 0, 0)
        found = []
        if held is None:
            found.append(onward(t + 1, None, free))
            found += _begun(t, free)
        else:
            i, begun = held
            o = options[i]
            if t < o.end:
                further = onward(t + 1, held, free)
                found.append(None if further is None else (further[0] + 1, further[1] + o.preference, further[2]))
            in_gap = any(a < t <= b for a, b in o.gaps)
            if t - begun >= max(o.least, 1) and not in_gap:
                used = _used(free, o, t)
                found.append(_after(t, used))
                late_gap = any(a < t + overlap <= b for a, b in o.gaps)
                if overlap and t + overlap <= o.end and not late_gap:
                    found += _begun(t, _used(free, o, t + overlap))
        found = [each for each in found if each is not None]
        return max(found, default=None)

    def _after(t, free):
        wait = max(pause, 1000) if overlap else pause
        if wait == 0:
            return max(each for each in [onward(t + 1, None, free), *_begun(t, free)] if each is not None)
        return onward(min(t + wait, last + 1), None, free)

    def _used(free, o, end):
        return tuple(end + o.turnaround if s == o.station else f for s, f in zip(stations, free, strict=True))

    def _begun(t, free):
        found = []
        for i, o in enumerate(options):
            fits = o.start <= t and t + max(o.least, 1) <= o.end and not any(a <= t < b for a, b in o.gaps)
            if fits and free[stations.index(o.station)] <= t:
                further = onward(t + 1, (i, t), free)
                if further is not None:
                    found.append((further[0] + 1, further[1] + o.preference, further[2] - 1))
        return found

    return onward(0, None, (0,) * len(stations))


@pytest.mark.parametrize("seed", range(200))
def test_a_plan_is_as_good_as_the_best_of_all(seed):
    draw = np.random.default_rng(seed)
    overlap, pause = (int(draw.integers(1, 3)), 0) if seed % 4 == 0 else (0, int(draw.integers(0, 3)))
    turn = {s: int(draw.integers(0, 6)) for s in range(3)}
    options = []
    for _ in range(draw.integers(1, 6)):
        start, length = int(draw.integers(0, 16)), int(draw.integers(2, 12))
        station, least = int(draw.integers(0, 3)), max(int(draw.integers(0, 5)), overlap)
        gaps = ((start + 3, start + 5),) if length > 8 and draw.integers(2) else ()
        options.append(Option(station, start, start + length, least, turn[station], int(draw.integers(0, 4)), gaps))
    handover = Handover(overlap, pause)
    found = best_tracks(options, handover, range(max(o.end for o in options) + 1))
    assert found.optimal
    assert found.score[:3] == _best_by_trying_all(tuple(options), overlap, pause)
    assert found.bound >= found.score[0]


def test_two_days_of_three_busy_stations_are_proven_though_antennas_turn_slowly():
    """With 60 scores a state, as there once were, this plan was 17 min short of its bound and not proven."""
    draw = np.random.default_rng(9)
    options = []
    for station in range(3):
        start = int(draw.integers(0, 3_000_000))
        while start < 2 * 86_400_000:
            length = int(draw.integers(1_500_000, 8_000_000))
            turn = 1_200_000 if station else 2_100_000
            options.append(Option(station, start, start + length, 1_200_000, turn))
            start += length + int(draw.integers(600_000, 6_000_000))
    handover = Handover(overlap=300_000)
    found = best_tracks(options, handover, times_of_choice(options, handover, 300_000))
    assert found.optimal and found.bound == found.score[0] == 158_365_636


def _broken_rules(plan, passes, overlap_s, break_s):
    """What is wrong with a plan, one rule at a time, from the tracks alone."""
    found = []
    for track in plan.tracks:
        rules = next(each.rules for each in passes[track.mission] if each.station == track.station)
        inside = [e.when for e in passes[track.mission] if e.station == track.station]
        if not any(when.start - 1e-6 <= track.start and track.end <= when.end + 1e-6 for when in inside):
            found.append(f"{track} is outside of every pass")
        if track.end - track.start < rules.min_duration_s - 1e-6:
            found.append(f"{track} is too short")
    for mission in plan.missions:
        for a, b in pairwise(mission.tracks):
            apart = b.start - a.end
            if apart < break_s - 1e-6 and not (overlap_s and abs(apart + overlap_s) < 2e-3):
                found.append(f"{a} and {b} are {apart} s apart")
            if apart < 0 and a.station == b.station:
                found.append(f"{a.station} hands over to itself")
        for a, b in zip(mission.tracks[:-2], mission.tracks[2:], strict=True):
            if b.start < a.end - 1e-6:
                found.append(f"three stations at once: {a}, {b}")
    antennas = {}
    for track in plan.tracks:
        antennas.setdefault(track.station, []).append((track.occupied_from, track.occupied_to))
    for station, used in antennas.items():
        used.sort()
        found += [f"{station} twice" for (_, a), (b, _) in pairwise(used) if b < a - 1e-6]
    return found


def _drawn_passes(draw, missions=3, stations=3):
    rules = [
        PassRules(min_duration_s=float(draw.integers(0, 900)), setup_s=float(draw.integers(0, 900)),
                  teardown_s=float(draw.integers(0, 300)))
        for _ in range(stations)
    ]  # fmt: skip
    found = {}
    for m in range(missions):
        found[f"m{m}"] = []
        for s in range(stations):
            edges = np.sort(draw.uniform(0.0, 40_000.0, 6)).reshape(-1, 2)
            windows = Windows.of(edges, SPAN)
            found[f"m{m}"] += [
                StationPass(f"s{s}", each, rules[s], draw.uniform(5, 90), int(draw.integers(3)), draw.normal(3, 5))
                for each in find_passes(windows, rules[s])
            ]
    return found


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("overlap_s, break_s", [(0.0, 0.0), (120.0, 0.0), (0.0, 180.0)])
def test_a_plan_breaks_no_rule(policy, overlap_s, break_s):
    for seed in range(3):
        passes = _drawn_passes(np.random.default_rng(seed))
        plan = make_plan(passes, SPAN, policy, overlap_s=overlap_s, break_s=break_s, step_s=600.0)
        assert plan.tracks
        assert _broken_rules(plan, passes, overlap_s, break_s) == []
        assert all(each.tracked_s <= each.bound_s for each in plan.missions)


def test_the_mission_of_greater_priority_keeps_the_antenna_and_the_conflict_is_listed():
    rules = PassRules(setup_s=300.0, teardown_s=100.0)
    passes = {
        "first": [StationPass("dish", Pass(10_000.0, 12_000.0), rules)],
        "second": [StationPass("dish", Pass(9_000.0, 15_000.0), rules)],
    }
    plan = make_plan(passes, SPAN)
    first, second = plan.missions
    assert (first.tracked_s, first.bound_s) == (2000.0, 2000.0)
    assert [(t.start, t.end) for t in second.tracks] == [(9_000.0, 9_600.0), (12_400.0, 15_000.0)]
    assert (second.tracked_s, second.bound_s, second.optimal) == (3200.0, 6000.0, True)
    (conflict,) = plan.conflicts
    assert (conflict.station, conflict.winner, conflict.loser) == ("dish", "first", "second")
    assert (conflict.start, conflict.end) == (9_700.0, 12_100.0)


def test_policies_prefer_what_they_say_at_no_loss_of_time():
    rules = PassRules()
    passes = {"craft": [
        StationPass("early", Pass(0.0, 6000.0), rules, 20.0, 1, -0.5),
        StationPass("high", Pass(3000.0, 8000.0), rules, 80.0, 0, 2.001),
        StationPass("first", Pass(5000.0, 9000.0), rules, 30.0, 2, 2.002),
    ]}  # fmt: skip
    tracks = {policy: make_plan(passes, SPAN, policy).missions[0].tracks for policy in POLICIES}
    names = {policy: [track.station for track in found] for policy, found in tracks.items()}
    assert names["fewest_handovers"] == ["early", "first"]
    assert names["highest"] == ["early", "high", "first"]
    assert tracks["highest"][1].start == 3000.0
    assert tracks["highest"][1].end == 8000.0
    assert names["best_margin"] == ["early", "high", "first"]
    assert [track.start for track in tracks["best_margin"]] == [0.0, 3000.0, 5000.0]
    assert tracks["priorities"][-1].start == 5000.0
    assert tracks["earliest"][0].end == 6000.0
    assert tracks["longest"][0].end == 6000.0


def test_rules_join_trim_divide_and_drop():
    windows = Windows.of([(0, 1000), (1050, 3000), (5000, 5100)], SPAN)
    rules = PassRules(join_gap_s=60.0, trim_s=100.0, max_duration_s=1400.0, min_duration_s=600.0)
    assert find_passes(windows, rules) == [
        Pass(100.0, 1500.0, ((1000.0, 1050.0),)), Pass(1500.0, 2900.0)
    ]  # fmt: skip
    assert find_passes(windows, PassRules()) == [Pass(a, b) for a, b in windows]
    with pytest.raises(ValueError, match="at least twice min_duration_s"):
        PassRules(min_duration_s=600.0, max_duration_s=900.0)


@pytest.mark.parametrize("seed", range(5))
def test_margins_of_passes_are_those_of_samples_and_leave_gaps_out(seed):
    """A margin with a kink, and a peak of a minute: the least and the mean of it, pass by pass, by 40,000 samples."""
    draw = np.random.default_rng(seed)
    peak, kink, phase = draw.uniform(0, 20_000, 3)

    def margin(t):
        noise = 4.0 * np.exp(-(((t - peak) / 60.0) ** 2))
        return 3.0 + 5.0 * np.sin((t + phase) / 2000.0) - 1e-4 * np.abs(t - kink) - noise

    scalar = Scalar(margin, "link margin", "dB", 1e-4, 600.0, lambda span: np.array([kink]))
    edges = np.sort(draw.uniform(0.0, 20_000.0, 8)).reshape(-1, 2)
    passes = [
        Pass(edges[0, 0], edges[1, 1], ((edges[0, 1], edges[1, 0]),)),
        Pass(edges[2, 0], edges[3, 1], ((edges[2, 1], edges[3, 0]),)),
    ]
    assert [part for each in passes for part in each.open_parts] == [tuple(each) for each in edges.tolist()]
    owner, windows = np.array([0, 0, 1, 1]), Windows.of(edges, SPAN)
    lows, means = least(scalar, edges, owner, windows), mean(scalar, edges, owner)
    for number, pair in enumerate((edges[:2], edges[2:])):
        samples = [margin(np.linspace(a, b, 40_001)) for a, b in pair]
        sums = [np.trapezoid(each, dx=(b - a) / 40_000) for each, (a, b) in zip(samples, pair, strict=True)]
        assert lows[number] == pytest.approx(min(each.min() for each in samples), abs=1e-4)
        assert means[number] == pytest.approx(sum(sums) / np.sum(pair[:, 1] - pair[:, 0]), abs=MEAN_DB)


def test_a_gap_that_is_partly_unknown_is_not_joined():
    windows = Windows.of([(0, 1000), (1050, 3000)], SPAN, known=[(0, 1020), (1030, 86400)])
    assert len(find_passes(windows, PassRules(join_gap_s=60.0))) == 2


def test_statistics_count_unknown_time_neither_as_open_nor_as_closed():
    span = Span("2019-01-30T00:00:00Z", days=4)
    hour, start = 3600.0, span.start
    open_ = [(start + a * hour, start + b * hour) for a, b in ((2, 4), (10, 11), (80, 90))]
    known = [(start, start + 36 * hour), (start + 48 * hour, span.end)]
    whole, january, february, *days = statistics(Windows.of(open_, span, known=known), 3.0)
    assert [each.period for each in (whole, january, february, days[0])] == ["span", "2019-01", "2019-02", "2019-01-30"]
    assert whole.known_s == pytest.approx(84 * hour)
    assert whole.open_s == pytest.approx(13 * hour)
    assert whole.hours_per_day == pytest.approx(24 * 13 / 84)
    assert (whole.passes, whole.gaps) == (3, 1)
    assert whole.gap_longest_s == pytest.approx(6 * hour)
    assert whole.required == pytest.approx(2 / 3)
    assert january.open_s == pytest.approx(3 * hour)
    assert january.known_s == pytest.approx(36 * hour)
    assert [each.passes for each in days] == [2, 0, 0, 1]
    assert days[1].required is None
    assert whole.required_share == pytest.approx((3 + 0 + 3) / 9)  # of 3, 0 and 10 hours; one day is not known
    assert [each.worst_day_s for each in days] == pytest.approx([3 * hour, None, 0.0, 10 * hour])
    assert (whole.worst_day_s, january.worst_day_s) == pytest.approx((0.0, 3 * hour))
    assert statistics(Windows.of(open_, span))[0].required_share is None


def test_statistics_are_those_of_every_day_one_by_one():
    """Ten days of random passes: percentiles of gaps, hours and shares of a requirement, counted by hand."""
    random = np.random.default_rng(4)
    edges = np.cumsum(random.uniform(600.0, 9000.0, 200))
    span = Span("2019-02-20T00:00:00Z", days=10)
    bounds = span.start + edges.reshape(-1, 2)
    bounds = bounds[bounds[:, 1] < span.end]
    whole, *rest = statistics(Windows.of(bounds, span), 10.0)
    months, days = rest[:2], rest[2:]
    midnights = span.start + DAY_S * np.arange(11)
    hours = [np.diff(np.clip(bounds, a, b)).sum() / 3600.0
             for a, b in pairwise(midnights)]  # fmt: skip
    assert [each.open_s / 3600.0 for each in days] == pytest.approx(hours)
    assert [each.period for each in months] == ["2019-02", "2019-03"] and len(days) == 10
    assert months[0].open_s == pytest.approx(sum(hours[:9]) * 3600.0)
    assert whole.worst_day_s == pytest.approx(min(hours) * 3600.0)
    assert whole.required == pytest.approx(np.mean(np.array(hours) >= 10.0))
    assert whole.required_share == pytest.approx(np.mean(np.minimum(hours, 10.0)) / 10.0)
    gaps = bounds[1:, 0] - bounds[:-1, 1]
    expected = (gaps.mean(), np.median(gaps), np.percentile(gaps, 95), gaps.max())
    assert (whole.gap_mean_s, whole.gap_median_s, whole.gap_95_s, whole.gap_longest_s) == pytest.approx(expected)
    assert whole.passes_per_day == pytest.approx(len(bounds) / 10.0)


def _turning(rate_deg_s, swing_deg=0.0):
    """An azimuth that turns on and on, and to and fro about that."""
    def azimuth(t):
        return (10.0 + rate_deg_s * t + swing_deg * np.sin(t / 700.0)) % 360.0

    return Wrapping(azimuth, "azimuth", "deg", 1e-6, 1000.0)


@pytest.mark.parametrize(("rate", "swing", "cable", "unwrap"), [
    (0.05, 0.0, (-270.0, 270.0), 60.0), (-0.07, 0.0, (-270.0, 270.0), 0.0), (0.01, 130.0, (-200.0, 170.0), 90.0),
    (0.0, 175.0, (0.0, 360.0), 30.0), (0.3, 20.0, (-540.0, 540.0), 200.0),
])  # fmt: skip
def test_a_cable_is_never_turned_beyond_its_ends_and_no_part_could_be_longer(rate, swing, cable, unwrap):
    azimuth, span = _turning(rate, swing), Span(0.0, 20_000.0)
    rules = PassRules(cable_min_deg=cable[0], cable_max_deg=cable[1], unwrap_s=unwrap)
    passes = [(100.0, 9_000.0), (9_500.0, 19_000.0)]
    found = within_cable(passes, azimuth, rules, Windows.whole(span))
    for (start, end), parts in zip(passes, found, strict=True):
        assert parts[0][0] == start and parts[-1][1] <= end
        for (_, stop, _), (begin, _, _) in pairwise(parts):
            assert begin == pytest.approx(stop + max(unwrap, 1e-3), abs=1e-6)
        assert end - parts[-1][1] <= max(unwrap, 1e-3)  # nothing is left out but what turning back takes

        def room(a, b):
            """How much of the range is left by the best turn to begin at, by samples."""
            turned = np.unwrap(azimuth(np.linspace(a, b, 4000)), period=360.0)
            wraps = turned[:, None] + 360.0 * np.arange(-8.0, 9.0)
            return np.max(np.minimum(wraps - cable[0], cable[1] - wraps).min(axis=0))

        for a, b, turned_deg in parts:
            for t in (a, 0.5 * (a + b), b):
                assert turned_deg(t) % 360.0 == pytest.approx(float(azimuth(np.array([t]))[0]), abs=1e-6)
            turns = np.array([turned_deg(t) for t in np.linspace(a, b, 400)])
            assert cable[0] - 0.01 < turns.min() and turns.max() < cable[1] + 0.01
            assert np.abs(np.diff(turns)).max() < 180.0  # it never jumps to another turn
            assert room(a, b) > -0.01
            assert b == end or room(a, b + 1.0) < 0.0


def test_a_cable_with_room_enough_divides_nothing_and_one_that_is_none_is_refused():
    passes = [(100.0, 9_000.0)]
    for rules in (PassRules(), PassRules(cable_min_deg=-720.0, cable_max_deg=720.0)):
        ((part,),) = within_cable(passes, _turning(0.05), rules, Windows.whole(Span(0.0, 10_000.0)))
        assert part[:2] == passes[0]
    with pytest.raises(ValueError, match="at least 360 deg above cable_min_deg, got -90 to 90"):
        PassRules(cable_min_deg=-90.0, cable_max_deg=90.0)
    with pytest.raises(ValueError, match="both cable_min_deg and cable_max_deg"):
        PassRules(cable_min_deg=-90.0)
