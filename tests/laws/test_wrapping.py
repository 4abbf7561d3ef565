"""Scalars that wrap: conditions across the wrap are whole, and their negations have no slivers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import sim
from sim.core.time import Span
from sim.search.conditions import Scalar
from sim.search.windows import Windows, overlap
from sim.search.wrapping import Wrapping

SPAN = Span(0.0, 86400.0)
T = SPAN.grid(20.0)[:-1]
SAME_S = 1e-5


def unwrapped(start, turns, swing):
    """Degrees that go on beyond a turn: so many turns in the span, and a swing about them."""
    return lambda t: start + 360.0 * turns * t / 86400.0 + swing * np.sin(2.0 * np.pi * t / 20000.0)


def wrapping(start=100.0, turns=6.0, swing=20.0, lowest=0.0, **more):
    function = unwrapped(start, turns, swing)
    return Wrapping(
        lambda t: lowest + (function(t) - lowest) % 360.0, "azimuth", "deg", 1e-6, 5000.0, lowest=lowest, **more
    )


def _rounded(low, high):
    """Numbers that differ by their resolution at least: what is nearer to a limit is decided by rounding."""
    return st.floats(low, high).map(lambda x: round(x, 6))


DRAWN = st.tuples(_rounded(0.0, 360.0), _rounded(-12.0, 12.0), _rounded(0.0, 100.0), st.sampled_from([0.0, -180.0]))


def scanned(holds):
    """How often something begins to hold."""
    return int(np.sum(holds[1:] & ~holds[:-1]) + holds[0])


@settings(max_examples=20)
@given(DRAWN, st.integers(1, 359), st.integers(1, 359))
def test_any_sector_is_that_of_a_scan_and_its_negation_is_the_rest(drawn, low, width):
    start, turns, swing, lowest = drawn
    azimuth = wrapping(start, turns, swing, lowest)
    low, high = lowest + low, lowest + (low + width) % 360
    assume(low != high)
    sector = (azimuth > low) & (azimuth < high) if low < high else (azimuth > low) | (azimuth < high)
    found, rest, values = sector.windows(SPAN), (~sector).windows(SPAN), azimuth(T)
    holds = (values > low) & (values < high) if low < high else (values > low) | (values < high)
    off = found.holds(T) != holds
    edges = np.append(found.bounds.ravel(), np.inf)
    near = np.min(np.abs(T[:, None] - edges), axis=1) < 1e-3
    assert not np.any(off & ~near)
    assert overlap((found, rest), 2).total_s < 1e-4
    assert found.matches(~rest, SAME_S)
    turned = np.sort(np.concatenate([found.durations_s[1:-1], rest.durations_s[1:-1]]))
    assert not np.any(turned < 1e-3)  # slivers are microseconds long


@settings(max_examples=20)
@given(DRAWN, st.integers(1, 359), st.integers(1, 359), st.floats(-30.0, 30.0))
def test_a_sector_as_one_limit_is_that_of_two_comparisons_and_its_margin_is_the_distance_to_its_ends(
    drawn, low, width, moved
):
    start, turns, swing, lowest = drawn
    azimuth = wrapping(start, turns, swing, lowest)
    low, high = lowest + low, lowest + (low + width) % 360
    assume(low != high)
    one = azimuth.between(low, high)
    two = (azimuth > low) & (azimuth < high) if low < high else (azimuth > low) | (azimuth < high)
    assert one.windows(SPAN).matches(two.windows(SPAN), SAME_S)
    assert (~one).windows(SPAN).matches(~one.windows(SPAN), SAME_S)
    away = [np.abs((azimuth(T) - end + 180.0) % 360.0 - 180.0) for end in (low, high)]
    assert np.allclose(np.abs(one.margin(T)), np.minimum(*away), atol=1e-9)
    tighter = replace(one, limit=moved)  # as near misses ask
    holds, edges = one.margin(T) > moved, np.append(tighter.windows(SPAN).bounds.ravel(), np.inf)
    near = np.min(np.abs(T[:, None] - edges), axis=1) < 1e-3
    assert not np.any((tighter.windows(SPAN).holds(T) != holds) & ~near)


@settings(max_examples=20)
@given(DRAWN, st.floats(1.0, 359.0))
def test_both_sides_of_a_wrap_meet_in_one_instant(drawn, limit):
    start, turns, swing, lowest = drawn
    azimuth, middle = wrapping(start, turns, swing, lowest), lowest + 180.0
    upper, lower = (azimuth > middle).windows(SPAN), (azimuth < middle).windows(SPAN)
    assert (upper | lower) == Windows.whole(SPAN)
    assert not upper & lower
    inside = Windows(np.array([[10000.0, 20001.0], [30000.0, 70000.0]]), SPAN)
    assert (azimuth > middle).windows_in(inside) == upper & inside
    above = (azimuth > lowest + limit).windows(SPAN)
    assert (above | (azimuth < lowest + limit).windows(SPAN)).total_s == pytest.approx(SPAN.duration_s, abs=1e-3)


def test_a_turn_of_six_is_six_windows_across_north():
    azimuth = wrapping(start=100.0, turns=6.0, swing=0.0)  # 4 minutes a degree
    north = ((azimuth > 350) | (azimuth < 10)).windows(SPAN)
    assert len(north) == 6
    assert north.durations_s == pytest.approx(20.0 * 40.0)
    assert len((~((azimuth > 350) | (azimuth < 10))).windows(SPAN)) == 7
    assert len(((azimuth > 90) & (azimuth < 270)).windows(SPAN)) == 7
    plain = Scalar(azimuth.function, "azimuth", "deg", 1e-6, 5000.0)  # searched for what it is, a jump
    assert len(((plain > 350) | (plain < 10)).windows(SPAN)) > 6


def test_limits_that_no_value_reaches_hold_always_or_never():
    azimuth = wrapping()
    for always in (azimuth > 0, azimuth > -5, azimuth < 360, azimuth < 400, ~(azimuth > 360)):
        assert always.windows(SPAN) == Windows.whole(SPAN)
    for never in (azimuth > 360, azimuth < 0, azimuth < -1, ~(azimuth > 0)):
        assert not never.windows(SPAN)


@settings(max_examples=20)
@given(DRAWN)
def test_extremes_are_those_of_the_angle_that_does_not_wrap(drawn):
    start, turns, swing, lowest = drawn
    assume(abs(360.0 * abs(turns) / 86400.0 - swing * 2.0 * np.pi / 20000.0) > 1e-4)
    azimuth = wrapping(start, turns, swing, lowest)
    right = Scalar(unwrapped(start, turns, swing), "angle", "deg", 1e-6, 5000.0).extremes(SPAN)
    found = azimuth.extremes(SPAN)
    assert found.times == pytest.approx(right.times, abs=1.0)
    assert found.maximum.tolist() == right.maximum.tolist()
    assert found.values == pytest.approx(azimuth(found.times))


@settings(max_examples=20)
@given(DRAWN, _rounded(0.0, 360.0), _rounded(-12.0, 12.0))
def test_two_angles_that_wrap_are_compared_by_their_values(drawn, start, turns):
    lowest = drawn[3]
    one, other = wrapping(*drawn), wrapping(start, turns, 30.0, lowest)
    assume(np.max(np.abs(np.sin(np.deg2rad(one(T) - other(T))))) > 1e-6)  # else they are the same to their resolution
    plain = Scalar(lambda t: 200.0 * np.cos(t / 9000.0) + 100.0, "height", "deg", 1e-6, 5000.0)
    for condition, holds in (
        (one > other, one(T) > other(T)),
        (one < other, one(T) < other(T)),
        (one > plain, one(T) > plain(T)),
        (plain > one, plain(T) > one(T)),
    ):
        found = condition.windows(SPAN)
        apart = (~(~condition).windows(SPAN) - found) | (found - ~(~condition).windows(SPAN))
        edges = np.append(found.bounds.ravel(), np.inf)
        off = (found.holds(T) != holds) & (np.min(np.abs(T[:, None] - edges), axis=1) > 1e-3)
        assert not np.any(off)
        # Where one end of the span is an edge, whether there is a window of nanoseconds is decided by the last bit.
        assert all(end - start < SAME_S for start, end in apart.bounds)


ISS = (
    "1 25544U 98067A   25244.20115740  .00011389  00000-0  20478-3 0  9993",
    "2 25544  51.6340 290.3139 0003359 300.8027  59.2631 15.50340466526955",
)
"""Space-Track, by github.com/Bill-Gray/tles, old_tles."""


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg", "counts"),
    [(35.4, -116.9, (22, 58, 23)), (40.0, 116.0, (19, 53, 23))],
)
def test_the_iss_is_in_the_north_as_often_as_a_scan_of_five_days_says(latitude_deg, longitude_deg, counts):
    span = Span("2025-09-01T00:00:00Z", days=5)
    iss = sim.Spacecraft(name="iss", orbit=sim.Tle(line1=ISS[0], line2=ISS[1])).over(span)
    site = sim.Site(name="station", body="earth", latitude_deg=latitude_deg, longitude_deg=longitude_deg)
    azimuth, elevation = sim.azimuth_deg(site, iss), sim.elevation_deg(site, iss)
    t = span.grid(4.0)[:-1]
    values, up = azimuth(t), elevation(t) > 0.0
    north, south = (values > 350.0) | (values < 10.0), (values > 90.0) & (values < 270.0)
    across, above = (azimuth > 350) | (azimuth < 10), elevation > 0
    for condition, holds, count in zip(
        (across, ~across, (azimuth > 90) & (azimuth < 270)), (north & up, ~north & up, south & up), counts, strict=True
    ):
        for found in ((above & condition).windows(span), (condition & above).windows(span)):
            assert np.array_equal(found.holds(t), holds)
            assert len(found) == scanned(holds) == count
            assert found.durations_s.min() > 1.0


def test_an_azimuth_is_smooth_through_the_zenith():
    span = Span("2026-03-01T00:00:00Z", days=1)
    site = sim.Site(name="equator", body="moon", latitude_deg=0.0, longitude_deg=0.0)
    orbit = sim.Kepler(center="moon", epoch=span.start, semi_major_axis_km=3000.0, eccentricity=0.0,
                       inclination_deg=90.0)  # fmt: skip
    craft = sim.Spacecraft(name="polar", orbit=orbit).over(span)
    azimuth = sim.azimuth_deg(site, craft)
    t = span.grid(10.0)[:-1]
    for low, high in ((0.0, 180.0), (45.0, 315.0), (350.0, 10.0)):
        sector = (azimuth > low) & (azimuth < high) if low < high else (azimuth > low) | (azimuth < high)
        found = sector.windows(span)
        assert np.array_equal(found.holds(t), sector.holds(t))
        assert len(found) == scanned(sector.holds(t))
    assert np.all(azimuth(t) < 360.0)


def test_an_angle_that_stays_where_it_wraps_is_undecided_and_not_searched_without_end():
    still = wrapping(start=180.0, turns=0.0, swing=0.0)
    found = (still > 90).windows(SPAN)
    assert found.certificate.unresolved_s == pytest.approx(SPAN.duration_s)
    assert not ((still > 200) & (still < 300)).windows(SPAN)
