"""Passes that can be seen by eye, against Skyfield: the same passes over a week, and when each begins and ends."""

import itertools

import numpy as np
import pytest

import sim
from sim.core.time import DAY_S
from sim.core.time_scales import tdb_minus_tt
from sim.products.passes import Passes

ISS = (
    "1 25544U 98067A   25244.20115740  .00011389  00000-0  20478-3 0  9993",
    "2 25544  51.6340 290.3139 0003359 300.8027  59.2631 15.50340466526955",
)
"""Source: Bill-Gray/tles, old_tles/20250901.tle: a snapshot of the public catalogue."""

START, DAYS = "2025-08-29T00:00:00Z", 7
MADRID = {"latitude_deg": 40.4527, "longitude_deg": -4.3676, "height_m": 794.1}
MASK_DEG, TWILIGHT_DEG = 10.0, -6.0
EDGE_S = 1.0
EQUATOR_OVER_POLE = 6378.137 / 6356.7523142
STEP_S = 0.5


@pytest.fixture(scope="module")
def sky():
    """Skyfield's satellite, station, and ephemeris."""
    from skyfield.api import EarthSatellite, load, load_file, wgs84

    from sim.trajectories.bodies.ephemeris import shipped

    ts = load.timescale(builtin=True)
    place = wgs84.latlon(MADRID["latitude_deg"], MADRID["longitude_deg"], MADRID["height_m"])
    return ts, EarthSatellite(*ISS, ts=ts), place, load_file(str(shipped("de421")))


@pytest.fixture(scope="module")
def result():
    site = {**MADRID, "horizon_deg": MASK_DEG}
    iss = {"orbit": sim.Tle(line1=ISS[0], line2=ISS[1]), "magnitude": -1.8}
    scenario = sim.Scenario(
        start=START, days=DAYS, sites={"madrid": site}, spacecraft={"iss": iss}, routes={"look": ["iss", "madrid"]}
    )
    return sim.run(scenario)


def times(ts, t):
    return ts.tt_jd(2451545.0, (t - tdb_minus_tt(t)) / DAY_S)


def seconds(time):
    """TDB s of a Skyfield time."""
    return (time.whole - 2451545.0) * DAY_S + time.tdb_fraction * DAY_S


def passes_of_skyfield(sky, span):
    """Rise and set of each whole pass, (n, 2) TDB s."""
    ts, craft, place, _ = sky
    when, what = craft.find_events(place, *times(ts, np.array([span.start, span.end])), altitude_degrees=MASK_DEG)
    found = [(seconds(time), kind) for time, kind in zip(when, what, strict=True) if kind != 1]
    return np.array([(a[0], b[0]) for a, b in itertools.pairwise(found) if (a[1], b[1]) == (0, 2)])


def dark(sky, t):
    ts, _, place, planets = sky
    above, _, _ = (planets["earth"] + place).at(times(ts, t)).observe(planets["sun"]).apparent().altaz()
    return above.degrees < TWILIGHT_DEG


def lit_by_sphere(sky, t):
    ts, craft, _, planets = sky
    return craft.at(times(ts, t)).is_sunlit(planets)


def lit_by_spheroid(sky, t):
    """`is_sunlit` in the space in which the Earth's spheroid is a sphere, with Skyfield's own positions."""
    from skyfield.framelib import itrs
    from skyfield.geometry import intersect_line_and_sphere

    ts, craft, _, planets = sky
    time = times(ts, t)
    pole = itrs.rotation_at(time)[2]
    sun = (planets["sun"] - planets["earth"]).at(time).position.km
    here = craft.at(time).position.km
    sun, here = (x + (EQUATOR_OVER_POLE - 1.0) * np.sum(pole * x, axis=0) * pole for x in (sun, here))
    near, _ = intersect_line_and_sphere(sun - here, -here, 6378.137)
    return ~(near >= 0.0) | np.isnan(near)


def intervals(holds, start, end):
    """When something holds in an interval: samples, with every change bisected."""
    t = np.linspace(start, end, int((end - start) / STEP_S) + 2)
    now = holds(t)
    edges = [start] if now[0] else []
    for i in np.flatnonzero(now[1:] != now[:-1]):
        a, b = t[i], t[i + 1]
        for _ in range(12):
            middle = 0.5 * (a + b)
            a, b = (middle, b) if holds(np.array([middle]))[0] == now[i] else (a, middle)
        edges.append(0.5 * (a + b))
    return np.array([*edges, *([end] if now[-1] else [])]).reshape(-1, 2)


def visible(sky, passes, lit):
    """First and last time of every pass that can be seen, (n, 2) TDB s."""
    found = [intervals(lambda t: dark(sky, t) & lit(sky, t), *each) for each in passes]
    return np.array([(each[0, 0], each[-1, 1]) for each in found if len(each)])


def ours(result, **asked):
    listed = Passes(visible=True, sun_below_deg=TWILIGHT_DEG, **asked).listed(result)
    return {name: np.array(column) for name, column in listed.items()}


def test_the_passes_of_a_week_are_those_of_find_events(sky, result):
    theirs, found = passes_of_skyfield(sky, result.span), result.hops["iss", "madrid"].bounds
    assert len(found) == len(theirs) > 25
    assert np.abs(found - theirs).max() < EDGE_S


def edges(result, **asked):
    table = ours(result, **asked)
    return np.array([sim.tdb(table[name].tolist()) for name in ("visible_from_utc", "visible_to_utc")]).T


def test_visible_passes_of_a_week_are_those_of_skyfield_over_a_spheroid(sky, result):
    theirs, found = visible(sky, passes_of_skyfield(sky, result.span), lit_by_spheroid), edges(result)
    assert len(found) == len(theirs) > 5
    assert np.abs(found - theirs).max() < EDGE_S


def test_visible_passes_of_a_week_are_those_of_is_sunlit(sky, result):
    """`is_sunlit` takes the Earth as a sphere of the equator's radius; so does `shadow = "sphere"`."""
    theirs = visible(sky, passes_of_skyfield(sky, result.span), lit_by_sphere)
    found = edges(result, shadow="sphere")
    assert len(found) == len(theirs) > 5
    assert np.abs(found - theirs).max() < EDGE_S


def test_the_shadow_of_a_spherical_earth_is_left_up_to_11_s_later(sky, result):
    """A sphere of the equator's radius is wider than the Earth away from the equator, and so is its shadow."""
    theirs, found = visible(sky, passes_of_skyfield(sky, result.span), lit_by_sphere), edges(result)
    assert len(found) == len(theirs) > 5
    apart = found - theirs
    shadow = ~np.column_stack([lit_by_sphere(sky, theirs[:, side] + (2 * side - 1) * 0.1) for side in (0, 1)])
    assert 3 <= shadow.sum() <= 8 and (~shadow).sum() > 8
    assert np.abs(apart[~shadow]).max() < EDGE_S
    longer = np.where([[True, False]], -apart, apart)[shadow]
    assert np.all(longer > -EDGE_S) and longer.max() < 12.0


def test_the_magnitude_is_that_of_a_sphere_half_lit_at_1000_km(sky, result):
    """By Skyfield's positions and the law of Lambert's sphere, at the brightest sample of a pass."""
    ts, craft, place, planets = sky
    table, found = ours(result), edges(result)
    for magnitude, (start, end) in zip(table["magnitude"], found, strict=True):
        time = times(ts, np.linspace(start, end, 400))
        here, there = place.at(time).position.km, craft.at(time).position.km
        sun = (planets["sun"] - planets["earth"]).at(time).position.km
        line, light = here - there, sun - there
        away = np.linalg.norm(line, axis=0)
        phase = np.arccos(np.sum(line * light, axis=0) / away / np.linalg.norm(light, axis=0))
        share = (np.sin(phase) + (np.pi - phase) * np.cos(phase)) / np.pi  # of the light of a full disc
        brightness = -1.8 + 5.0 * np.log10(away / 1000.0) - 2.5 * np.log10(share * np.pi)
        assert magnitude == pytest.approx(brightness.min(), abs=0.06)  # the table has one digit
