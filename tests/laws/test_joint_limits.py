"""Limits that are searched together, against each searched alone; and what they share, against what it stands for."""

from functools import reduce
from operator import and_

import numpy as np
import pytest

import sim
from sim.core.time import Span
from sim.search import jointly as joint
from sim.search.intervals import nodes
from sim.search.jointly import jointly
from sim.search.windows import Windows
from sim.trajectories.light_time import ray
from sim.trajectories.limits.limit import LIMITS
from sim.visibility.limit_sight import LimitSight, condition_of
from tests.laws.test_limits import CASES, LOW, SITE, SPAN, START

EDGE_S = 5e-6
"""Two searches of one edge: each is good to 2 µs."""

RATE_EDGE_S = 5e-5
"""Of rates too: where pieces of an orbit meet, velocities step by 1e-7 km/s, which is worth 20 µs."""


def conditions(sight, names):
    found = []
    for name in names:
        fields, own, *_ = CASES[name]
        found += condition_of(LIMITS.classes[name.partition(",")[0]](**fields), sight, own)
    return found


@pytest.mark.parametrize("seed", range(8))
def test_limits_hold_together_where_each_does_alone(seed):
    random = np.random.default_rng(seed)
    sight = LimitSight(LOW, SITE)
    names = random.choice(sorted(CASES), random.integers(2, 5), replace=False).tolist()
    terms = [*conditions(sight, names), sight.elevation_deg(SITE) > -60.0, sight.range_km() < 11_000.0,
             sight.light_time_s() > 0.001]  # fmt: skip
    (together,) = jointly(terms, sight)
    assert isinstance(together, joint.Jointly)
    alone = [term.windows(SPAN) for term in terms]
    found, expected = together.windows(SPAN), reduce(and_, alone)
    assert found.matches(expected, EDGE_S), names
    searched = {name for name, *_ in found.certificate.margins}
    assert searched == {name for each in alone for name, *_ in each.certificate.margins}
    assert not found.certificate.unresolved


def test_some_windows_of_the_limits_above_are_open_and_some_are_not():
    sight = LimitSight(LOW, SITE)
    up, limits = sight.elevation_deg(SITE) > 0.0, conditions(sight, ["altitude", "cone", "belt_separation"])
    (together,) = jointly([up, *limits], sight)
    found = together.windows(SPAN)
    assert len(found) > 1 and 0.0 < found.total_s < 0.9 * up.windows(SPAN).total_s


@pytest.mark.parametrize("kind", ["slew", "slew_x_y"])
def test_rates_of_a_mount_are_searched_together_and_are_slow_where_each_is(kind):
    sight = LimitSight(LOW, SITE)
    (slow,) = conditions(sight, [kind])
    assert isinstance(slow, joint.Jointly)
    found, expected = slow.windows(SPAN), reduce(and_, [term.windows(SPAN) for term in slow.terms])
    assert found.matches(expected, RATE_EDGE_S)
    assert len(found) > 1


LIMITS_OF_A_SITE = [
    {"kind": "range", "max_km": 2500.0}, {"kind": "sun_separation", "min_deg": 20.0},
    {"kind": "azimuth_sector", "from_deg": 300.0, "to_deg": 240.0}, {"kind": "range_rate", "max_km_s": 6.0},
    {"kind": "operating_hours", "hours": ["00:00-20:00"], "time_zone": "UTC"},
]  # fmt: skip


def low_orbit(start, kilometers):
    return {"kind": "kepler", "center": "earth", "epoch": start, "semi_major_axis_km": kilometers,
            "eccentricity": 0.001, "inclination_deg": 98.0}  # fmt: skip


def in_phases():
    """A low satellite that is raised after a day, with half an hour of which nothing is known."""
    days = [sim.utc(START + 86400.0 * day, 0) for day in (0.0, 1.0, 3.0)]
    late = sim.utc(START + 86400.0 + 1800.0, 0)
    phases = [{"start": days[0], "end": days[1], "orbit": low_orbit(days[0], 7000.0)},
              {"start": late, "end": days[2], "orbit": low_orbit(late, 7100.0)}]  # fmt: skip
    return sim.Spacecraft(name="low", orbit={"kind": "phases", "phases": phases})


CRAFT = {
    "low": sim.Spacecraft(name="low", orbit=low_orbit(START, 7128.0)),
    "in phases": in_phases(),
    "eccentric": sim.Spacecraft(name="tundra", orbit={**low_orbit(START, 42_164.0), "eccentricity": 0.6}),
}


@pytest.mark.parametrize("name", CRAFT)
@pytest.mark.parametrize("light", [True, False])
def test_a_hop_with_many_limits_is_open_as_if_they_were_searched_one_after_the_other(name, light, monkeypatch):
    span = Span(START, START + 3.0 * 86400.0)
    limits = [{**each, **({"max_km": 50_000.0} if each["kind"] == "range" and name == "eccentric" else {})}
              for each in LIMITS_OF_A_SITE]  # fmt: skip
    site = sim.Site(name="delft", latitude_deg=52.0, longitude_deg=4.4, horizon_deg=5.0, limits=limits)
    craft = CRAFT[name].over(span)
    together = sim.hop(craft, site, light)
    found = together.windows(span)
    monkeypatch.setattr(joint, "FEW", 100)
    plain = sim.hop(craft, site, light)
    assert found.matches(plain.windows(span), RATE_EDGE_S)
    assert len(found) > 2
    assert sorted(leaf.name for leaf in together.leaves()) == sorted(leaf.name for leaf in plain.leaves())


def test_what_limits_share_inside_intervals_is_what_it_is_without():
    """A hundredth of a pass, or six hours: these are too long for one polynomial, and computed truly."""
    sight, plain = LimitSight(LOW, SITE), LimitSight(LOW, SITE)
    starts = START + np.array([1000.0, 2000.0, 9000.0])
    ends = starts + np.array([600.0, 900.0, 21600.0])
    sight.follow(starts, ends)
    t = nodes(starts, ends).ravel()
    assert np.array_equal(sight.ray(t).line, ray(LOW, SITE, t).line)
    inside = np.random.default_rng(3).uniform(starts, ends, (200, 3)).ravel()
    ours, theirs = sight.at(inside), plain.at(inside)
    assert np.abs(ours.ray.line - theirs.ray.line).max() < 3e-6
    assert np.abs(ours.ray.sent - theirs.ray.sent).max() < 5e-7
    assert np.abs(ours.ray.leaving - theirs.ray.leaving).max() < 1e-7
    assert np.abs(ours.axes(SITE) - theirs.axes(SITE)).max() < 1e-9
    moons = [one.towards(SITE, "moon", at) for one, at in ((sight, ours), (plain, theirs))]
    assert np.abs(moons[0] / moons[1] - 1.0).max() < 1e-6
    sight.forget()
    assert np.array_equal(sight.ray(inside).line, plain.ray(inside).line)


def test_what_is_smooth_in_short_intervals_is_computed_at_few_nodes_and_what_is_not_at_all_of_them():
    sight = LimitSight(LOW, SITE)
    starts = START + np.array([1000.0, 2000.0, 9000.0])
    ends = starts + np.array([300.0, 600.0, 900.0])
    sight.follow(starts, ends)
    at = sight.at(nodes(starts, ends).ravel())
    asked = []
    moon = at.smooth("moon", SITE, lambda some: asked.append(len(some.t)) or sight.towards(SITE, "moon", some))
    assert asked == [3 * 7]
    plain = LimitSight(LOW, SITE)
    truly = plain.towards(SITE, "moon", plain.at(at.t))
    assert np.abs(moon - truly).max() < 1e-10 * np.abs(truly).max()
    assert np.abs(at.axes(SITE) - SITE.horizontal(at.t)).max() < 1e-10
    for period_s in (60.0, 300.0, 1500.0):
        quick = at.smooth(f"{period_s}", SITE, lambda some, period_s=period_s: np.sin(some.t / period_s)[:, None])
        assert np.array_equal(quick[:, 0], np.sin(at.t / period_s))


def test_a_search_of_no_windows_finds_none():
    sight = LimitSight(LOW, SITE)
    (together,) = jointly([sight.range_km() < 2000.0, sight.range_km() > 900.0, sight.light_time_s() < 1.0,
                          sight.light_time_s() > 0.001], sight)  # fmt: skip
    assert not len(together.windows_in(Windows.none(SPAN)))
