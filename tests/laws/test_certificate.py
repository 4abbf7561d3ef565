"""The search tried hard: a thousand random passes, many grazing, against brute force; other pieces, same windows."""

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.search import find as finding
from sim.search import intervals
from sim.search.find import find
from sim.search.windows import Windows
from sim.trajectories.bodies.body import EARTH, MOON

CASES = 1000
SPAN = sim.Span("2024-03-01T00:00:00Z", days=0.5)
GRID_S = 10.0
CLEAR_DEG = 1e-5
"""Ten times the resolution: where brute force is nearer to the limit than this, it is not asked."""
SAME_EDGE_S = 1e-3


def random_orbit(rng, name):
    """Low, medium, transfer and geostationary orbits of the Earth; now and then one about the Moon."""
    kind = rng.choice(["low", "low", "medium", "transfer", "high", "moon"])
    perigee = rng.uniform(300.0, 1500.0)
    if kind == "moon":
        a, e, center = MOON.equatorial_radius_km + rng.uniform(50.0, 3000.0), rng.uniform(0.0, 0.02), "moon"
    else:
        radius = EARTH.equatorial_radius_km + perigee
        apogee = {"low": perigee, "medium": 20000.0, "transfer": 35786.0, "high": rng.uniform(3000.0, 120000.0)}[kind]
        a = 0.5 * (radius + EARTH.equatorial_radius_km + apogee)
        e, center = 1.0 - radius / a, "earth"
    return sim.Spacecraft(
        name=name,
        orbit=sim.Kepler(
            center=center,
            epoch="2024-03-01T00:00:00Z",
            semi_major_axis_km=a,
            eccentricity=max(0.0, e),
            inclination_deg=rng.uniform(0.0, 180.0),
            node_deg=rng.uniform(0.0, 360.0),
            argument_of_periapsis_deg=rng.uniform(0.0, 360.0),
            mean_anomaly_deg=rng.uniform(0.0, 360.0),
        ),
    ).over(SPAN)


def random_site(rng):
    body = "moon" if rng.random() < 0.15 else "earth"
    latitude = float(np.rad2deg(np.arcsin(rng.uniform(-1.0, 1.0))))
    return sim.Site(name="site", body=body, latitude_deg=latitude, longitude_deg=float(rng.uniform(-180.0, 180.0)))


def peaks(elevation, t, values):
    """Times and heights of the first culminations that a grid's values show, all looked at closely together."""
    tops = np.flatnonzero((values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:]))[:6] + 1
    low, high, rows = t[tops - 1], t[tops + 1], np.arange(len(tops))
    for _ in range(4 if len(tops) else 0):
        fine = np.linspace(low, high, 41, axis=1)
        best = np.clip(np.argmax(elevation(fine.ravel()).reshape(fine.shape), axis=1), 1, 39)
        low, high = fine[rows, best - 1], fine[rows, best + 1]
    at = 0.5 * (low + high)
    return list(zip(at.tolist(), elevation(at).tolist(), strict=True)) if len(tops) else []


# A fifth of the cases with light time on: brute force is slower there.
@pytest.mark.parametrize(("part", "light"), [*((part, False) for part in range(10)), (0, True), (5, True)])
def test_no_pass_is_missed_in_a_thousand_cases(part, light):
    rng = np.random.default_rng(20240301 + part)
    t = SPAN.grid(GRID_S)[:-1]
    for case in range(CASES // 10):
        craft, site = random_orbit(rng, f"craft-{part}-{case}"), random_site(rng)
        elevation = sim.elevation_deg(site, craft, light=light)
        values = elevation(t)
        tops = peaks(elevation, t, values)
        grazing = bool(tops) and rng.random() < 0.7
        below = 10.0 ** rng.uniform(-5, -2)
        at, height = tops[rng.integers(len(tops))] if grazing else (0.0, 0.0)
        mask = height - below if grazing else float(rng.uniform(-10.0, 80.0))
        found = (elevation > mask).windows(SPAN)
        where = f"part {part}, case {case}: {craft.center}, {site.body}, mask {mask}"
        clear = np.abs(values - mask) > CLEAR_DEG
        assert np.array_equal(found.holds(t)[clear], (values > mask)[clear]), where
        if grazing and SPAN.start < at < SPAN.end:
            assert at in found, where
        for top, top_height in tops:
            assert (top in found) == (top_height > mask) or abs(top_height - mask) < CLEAR_DEG, where


CLEAR_KM = 1e-3
"""Ten times the resolution."""


@pytest.mark.parametrize("light", [False, True])
def test_nothing_hidden_is_seen_and_nothing_seen_is_hidden_in_two_hundred_cases(light):
    """Past the Moon and past the flattened Earth: from sites, from other spacecraft, and past by some limit."""
    rng = np.random.default_rng(20240302)
    t = SPAN.grid(GRID_S)[:-1]
    for case in range(100):
        craft = random_orbit(rng, f"craft-{case}")
        own = random_site(rng) if rng.random() < 0.5 else random_orbit(rng, f"own-{case}")
        occulter = MOON if rng.random() < 0.7 else EARTH
        limit = float(rng.choice([0.0, rng.uniform(-1000.0, 2000.0)]))
        clearance = sim.clearance_km(own, craft, occulter, light)
        found, values = (clearance > limit).windows(SPAN), clearance(t)
        clear = np.abs(values - limit) > CLEAR_KM
        where = f"case {case}: {craft.center} from {own.name} of {own.center}, {occulter.name}, limit {limit}"
        assert np.array_equal(found.holds(t)[clear], (values > limit)[clear]), where


@pytest.mark.parametrize("scale", [0.13, 0.37, 0.71])
def test_the_windows_do_not_depend_on_the_length_of_the_first_pieces(scale):
    rng = np.random.default_rng(7)
    for case in range(20):
        craft, site = random_orbit(rng, f"craft-{case}"), random_site(rng)
        condition = (sim.elevation_deg(site, craft, light=False) > 3).split()
        for leaf in condition.leaves():
            margin = leaf.searched(SPAN)
            usual = find(margin, Windows.whole(SPAN))
            other = find(replace(margin, pace_s=margin.pace_s * scale), Windows.whole(SPAN))
            assert usual.matches(other, SAME_EDGE_S), (case, leaf)


def test_other_chunks_give_the_same_windows(monkeypatch):
    sites = [random_site(np.random.default_rng(i)) for i in range(5)]
    conditions = [sim.elevation_deg(site, MOON) > 5 for site in sites if site.body == "earth"]
    span = sim.Span("2024-01-01T00:00:00Z", days=60)
    usual = [c.windows(span) for c in conditions]
    monkeypatch.setattr(finding, "_VALUES_AT_ONCE", 50)
    monkeypatch.setattr(finding, "_NEAR_AT_ONCE", 3)
    monkeypatch.setattr(intervals, "VALUES_AT_ONCE", 500)
    monkeypatch.setattr(intervals, "ROWS_AT_ONCE", 7)
    for before, condition in zip(usual, conditions, strict=True):
        assert condition.windows(span).matches(before, SAME_EDGE_S)


def test_margins_searched_together_are_those_searched_alone():
    from sim.search.conditions import search as together

    rng = np.random.default_rng(3)
    craft = random_orbit(rng, "craft")
    sites = [random_site(rng) for _ in range(12)]
    conditions = [sim.elevation_deg(s, craft, light=False) > float(rng.uniform(-5, 40)) for s in sites]
    for one, many in zip(conditions, together(conditions, [Windows.whole(SPAN)] * len(sites)), strict=True):
        assert one.windows(SPAN).matches(many, SAME_EDGE_S)


@pytest.mark.parametrize("limit", [-100.0, -90.0, -30.0, 0.0, 89.999, 90.0, 120.0])
def test_any_limit_has_an_answer(limit):
    craft = random_orbit(np.random.default_rng(5), "craft")
    site = sim.Site(name="site", latitude_deg=10.0, longitude_deg=20.0)
    elevation = sim.elevation_deg(site, craft, light=False)
    t = SPAN.grid(GRID_S)[:-1]
    above, below = (elevation > limit).windows(SPAN), (elevation < limit).windows(SPAN)
    clear = np.abs(elevation(t) - limit) > CLEAR_DEG
    assert np.array_equal(above.holds(t)[clear], (elevation(t) > limit)[clear])
    assert (~above).matches(below, SAME_EDGE_S)


@pytest.mark.parametrize("light", [False, True])
def test_a_jagged_horizon_is_followed_to_its_corners(light):
    from sim.visibility.sight import Sight

    rng = np.random.default_rng(11)
    corners = [(float(a), float(h)) for a, h in zip(np.arange(0, 360, 3), rng.uniform(0, 15, 120), strict=True)]
    site = sim.Site(name="valley", latitude_deg=30.0, longitude_deg=15.0, horizon_deg=corners)
    for case in range(3):
        craft = random_orbit(rng, f"craft-{case}")
        condition = Sight(craft, site, light).above_horizon(site)
        found = condition.windows(SPAN)
        t = SPAN.grid(2.0)[:-1]
        margin = condition.margin(t)
        clear = np.abs(margin) > 1e-5
        assert np.array_equal(found.holds(t)[clear], (margin > 0)[clear])
        assert not found.certificate.unresolved
