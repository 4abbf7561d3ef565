"""Limits of time against clocks read minute by minute, and the algebra of windows that are given."""

import datetime as dt
import pickle
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.core.time import Span, utc
from sim.search.scheduled import scheduled, time_to_edge
from sim.search.windows import Windows
from sim.trajectories import opening_hours
from sim.trajectories.limits.operating_hours import OperatingHours
from sim.trajectories.open_times import between, meeting, merged, next_edge

WEEK = ("Mon-Fri 08:00-17:30", "Sat 22:15-02:40", "Sun 01:20-01:50", "Sun 02:10-05:00")
"""At night from Saturday to Sunday, when clocks are changed."""
NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def minute_by_minute(hours, zone, start, days):
    """Whether hours hold in each minute of UTC: clocks are read every minute, and never go back in memory."""
    first_s, day = int(start.timestamp()), dt.datetime(1970, 1, 1).toordinal()
    read = (dt.datetime.fromtimestamp(first_s + 60 * minute, zone) for minute in range(days * 1440))
    clocks = np.fromiter((1440 * (at.toordinal() - day) + 60 * at.hour + at.minute for at in read), dtype=int)
    latest = np.maximum.accumulate(clocks)
    now, today = latest % 1440, (latest // 1440 + 3) % 7  # 1970-01-01 was a Thursday
    open_ = np.zeros(len(latest), dtype=bool)
    for text in hours:
        words, clock = text.split()
        first_day, _, last_day = words.partition("-")
        listed = range(NAMES.index(first_day), NAMES.index(last_day or first_day) + 1)
        (h, m), (k, n) = (map(int, each.split(":")) for each in clock.split("-"))
        first, last = 60 * h + m, 60 * k + n
        open_ |= np.isin(today, listed) & (first <= now) & (now < (last if last > first else 1440))
        open_ |= np.isin((today - 1) % 7, listed) & (last < first) & (now < last)
    return open_


@pytest.mark.parametrize("name, year", [
    ("America/Santiago", 2026), ("Europe/Madrid", 2026), ("Australia/Perth", 2026), ("Australia/Perth", 2008),
    ("Australia/Lord_Howe", 2026), ("America/Cayenne", 2026), ("UTC", 2026), ("Pacific/Apia", 2011),
    ("Europe/Madrid", 2049),
])  # fmt: skip
def test_hours_are_those_of_clocks_read_every_minute_of_a_year(name, year):
    start = dt.datetime(year, 1, 1, tzinfo=dt.UTC)
    expected = minute_by_minute(WEEK, ZoneInfo(name), start, 365)
    found = opening_hours.intervals(WEEK, name, Span(start, days=365))
    minutes = np.arange(len(expected)) * np.timedelta64(1, "m")
    middles = sim.tdb(np.datetime64(start.replace(tzinfo=None)) + minutes)
    windows = Windows.of(found, Span(start - dt.timedelta(days=9), days=390))
    assert np.array_equal(windows.holds(middles + 30.0), expected)
    clock = [each[17:23] for row in utc(found, 3) for each in row]
    assert set(clock) == {"00.000"}  # edges are whole minutes of UTC here


def intervals_of(*pairs):
    bounds = merged(pairs)
    return lambda span: meeting(bounds, span)


def condition_of(bounds):
    return scheduled(intervals_of(*bounds), "hours", lambda t: "hours", lambda t: "")


SPAN = Span(0.0, 1e5)
BOUNDS = st.lists(st.tuples(st.integers(-20_000, 120_000), st.integers(1, 30_000)), max_size=6).map(
    lambda pairs: [(float(a), float(a + b)) for a, b in pairs]
)


@settings(max_examples=100, deadline=None)
@given(BOUNDS, BOUNDS)
def test_windows_of_given_intervals_obey_the_algebra(one, other):
    a, b = condition_of(one), condition_of(other)
    wa, wb = Windows.of(merged(one), SPAN), Windows.of(merged(other), SPAN)
    assert a.windows(SPAN) == wa and b.windows(SPAN) == wb
    assert (a & b).windows(SPAN) == wa & wb
    assert (a | b).windows(SPAN) == wa | wb
    assert (~a).windows(SPAN) == ~wa
    assert (~(a & ~b)).windows(SPAN) == ~(wa - wb)


@settings(max_examples=30, deadline=None)
@given(BOUNDS)
def test_the_margin_says_the_same_as_the_intervals_and_a_search_finds_them(bounds):
    condition = condition_of(bounds)
    t = np.linspace(-5000.3, 105_000.7, 4001)
    inside = Windows.of(merged(bounds), Span(-1e6, 1e6)).holds(t)
    margin = time_to_edge(intervals_of(*bounds), t)
    assert np.array_equal(margin > 0.0, inside) and np.array_equal(condition.holds(t), inside)
    edges = merged(bounds).ravel()
    if len(edges):
        assert np.allclose(np.abs(margin), np.abs(t[:, None] - edges).min(axis=1), atol=1e-9)
    eased = replace(condition, limit=-1e-3)  # as near misses ask: not given any more
    found = eased.windows(SPAN)
    wide = Windows.of(merged([(a - 1e-3, b + 1e-3) for a, b in merged(bounds)]), SPAN)
    assert found.matches(wide, 1e-5)


def test_between_and_next_edge():
    bounds = merged([(5.0, 6.0), (1.0, 2.0), (2.0, 3.0), (9.0, 9.0)])
    assert bounds.tolist() == [[1.0, 3.0], [5.0, 6.0]]
    assert between(bounds).tolist() == [[-np.inf, 1.0], [3.0, 5.0], [6.0, np.inf]]
    assert next_edge(bounds, 0.0) == (False, 1.0) and next_edge(bounds, 2.0) == (True, 3.0)
    assert next_edge(bounds, 7.0) == (False, None)


HOURS = OperatingHours(hours=("Mon-Fri 08:00-17:00",), time_zone="America/Cayenne")
KOUROU = sim.Site(name="kourou", latitude_deg=5.25, longitude_deg=-52.8, horizon_deg=5, limits=(HOURS,))
PLAIN = sim.Site(name="kourou", latitude_deg=5.25, longitude_deg=-52.8, horizon_deg=5)
BASE = sim.Site(name="base", body="moon", latitude_deg=0, longitude_deg=0, horizon_deg=5)
MONTH = Span("2026-03-01T00:00:00Z", days=28)


@pytest.mark.parametrize("light", [True, False])
def test_a_hop_with_hours_is_the_hop_and_the_hours_exactly(light):
    hours = Windows.of(opening_hours.intervals(HOURS.hours, HOURS.time_zone, MONTH), MONTH)
    with_, without = sim.hop(BASE, KOUROU, light), sim.hop(BASE, PLAIN, light)
    assert with_.windows(MONTH) == without.windows(MONTH) & hours
    assert pickle.loads(pickle.dumps(with_)).windows(MONTH) == with_.windows(MONTH)
    assert ("operating hours of kourou", 0.0, "s") in with_.windows(MONTH).certificate.margins


def test_hours_of_a_transmitter_hold_when_light_leaves():
    """Every edge by the hours, less the light time then, is an edge of the hours."""
    found = sim.hop(KOUROU, BASE).windows(MONTH).bounds
    before = sim.hop(PLAIN, BASE).windows(MONTH).bounds
    own = np.setdiff1d(np.round(found, 3), np.round(before, 3))
    hours = opening_hours.intervals(HOURS.hours, HOURS.time_zone, MONTH).ravel()
    sent = own - sim.light_time_s(KOUROU, BASE)(own)
    assert len(own) > 10
    assert np.abs(sent[:, None] - hours).min(axis=1).max() < 1e-3
    leaf = next(leaf for leaf in sim.hop(KOUROU, BASE).leaves() if "hours" in leaf.name)
    for late in (-1e-5, 1e-5):  # the margin has the same edges as the windows
        t = leaf.windows(MONTH).bounds[1:-1].ravel()
        assert np.array_equal(leaf.holds(t + late), np.arange(len(t)) % 2 == (0 if late > 0 else 1))


def test_why_says_when_a_station_opens_in_its_own_time_and_in_utc():
    told = str(sim.hop(BASE, KOUROU).why("2026-03-01T10:00:00Z", MONTH))
    assert (
        "✗ kourou is closed: operating hours Mon-Fri 08:00-17:00 America/Cayenne; opens 2026-03-02 08:00 (11:00 UTC)"
        in told
    )
    told = str(sim.hop(BASE, KOUROU).why("2026-03-02T12:00:00Z", MONTH))
    assert "✓ kourou is open: operating hours Mon-Fri 08:00-17:00 America/Cayenne; closes 2026-03-02 17:00" in told


@pytest.mark.parametrize("text, told", [
    ("Mon-Fri 08:00-08:00", "are empty"), ("Mo 08:00-09:00", "expected days like"), ("8-17", "expected hours like"),
    ("Mon 08:00-25:00", "00:00 to 24:00"), ("Mon 08:61-09:00", "00:00 to 24:00"), ("Mon 24:00-02:00", "24:00"),
])  # fmt: skip
def test_invalid_operating_hours_are_refused(text, told):
    with pytest.raises(ValueError, match=told):
        opening_hours.parsed(text)


def test_a_whole_week_has_no_edges():
    found = opening_hours.intervals(("00:00-24:00",), "Europe/Madrid", MONTH)
    assert len(found) == 1 and found[0, 0] < MONTH.start and found[0, 1] > MONTH.end
    assert opening_hours.parsed("Sat-Mon 22:00-02:00").days == frozenset({5, 6, 0})
