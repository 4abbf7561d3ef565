"""Faults 42 to 50: places and passes where formulas break: poles, zeniths, tangents, edges of tables."""

from itertools import pairwise

import numpy as np
import pytest

import sim
from sim.core.errors import CoverageError, DataError
from sim.core.time import DAY_S, tdb, utc
from sim.trajectories.light_time import arrival

SPAN = sim.Span("2019-01-03T00:00:00Z", days=1)
CLEAR_DEG = 1e-4
"""Nearer than this to the mask a look at an instant says nothing of the search."""
SAME_EDGE_S = 2e-3
"""Edges of one geometry by two ways: the resolution of 3e-7 deg over the slowest rate, well above a microsecond."""


def craft(span=SPAN, **given):
    orbit = {"center": "earth", "epoch": SPAN.start, "semi_major_axis_km": 7000.0, "eccentricity": 0.01,
             "inclination_deg": 51.0}  # fmt: skip
    return sim.Spacecraft(name="craft", orbit=sim.Kepler(**{**orbit, **given})).over(span)


def site(latitude=5.25, longitude=-52.8, **more):
    return sim.Site(name="site", latitude_deg=latitude, longitude_deg=longitude, **more)


def agrees(condition, span=SPAN, step_s=20.0):
    """The windows of a condition, which are what a look every few seconds sees."""
    windows = condition.windows(span)
    t = span.grid(step_s)[:-1]
    far = np.min(np.abs(t[:, None] - np.append(windows.bounds.ravel(), span.start - 99)), axis=1) > 0.01
    assert np.array_equal(windows.holds(t)[far], condition.holds(t)[far])
    assert not len(windows) or np.all(np.diff(windows.bounds.ravel()) > 0)
    return windows


@pytest.mark.parametrize("place", [(90.0, 0.0), (-90.0, 77.0), (0.0, 180.0), (10.0, -180.0), (31.5, 35.5)])
def test_fault_42_poles_the_antimeridian_and_below_the_sea_are_places_like_others(place):
    here = site(*place, height_m=-400.0, horizon_deg=5.0)
    windows = agrees(sim.hop(craft(inclination_deg=89.0), here))
    assert len(windows) >= 2
    direction = sim.azimuth_deg(here, craft(inclination_deg=89.0))(windows.bounds[:, 0])
    assert np.all(np.isfinite(direction))


def test_fault_42_all_longitudes_of_a_pole_are_one_place():
    orbit = craft(inclination_deg=89.0)
    one, other = (sim.hop(orbit, site(90.0, longitude, horizon_deg=5.0)).windows(SPAN) for longitude in (0.0, 123.0))
    assert one.matches(other, SAME_EDGE_S)


def test_fault_42_the_far_side_sees_no_earth_and_its_orbiter():
    far = site(0.0, 180.0, body="moon")
    assert len(agrees(sim.hop(sim.EARTH, far))) == 0
    low = craft(center="moon", semi_major_axis_km=1837.4, inclination_deg=20.0)
    assert len(agrees(sim.hop(low, far))) > 5


def culmination(here, orbit):
    """Time and elevation of the first pass' highest point."""
    found = sim.elevation_deg(here, orbit).extremes(SPAN)
    best = np.flatnonzero(found.maximum & (found.values > 10.0))[0]
    return float(found.times[best]), float(found.values[best])


def test_fault_43_a_pass_through_the_zenith_has_its_top_and_finite_azimuths():
    orbit = craft()
    at, _ = culmination(site(), orbit)
    below = sim.trajectories.bodies.body.EARTH.rotation(np.asarray(at)) @ orbit.relative(np.asarray(at)).position
    latitude = np.rad2deg(np.arctan2(below[2], np.hypot(*below[:2])))
    from erfa import gc2gd

    longitude, latitude, _ = gc2gd(1, below * 1000.0)
    under = site(float(np.rad2deg(latitude)), float(np.rad2deg(longitude)), horizon_deg=5.0)
    windows = agrees(sim.hop(orbit, under))
    holder = next(bounds for bounds in windows.bounds if bounds[0] < at < bounds[1])
    t = np.linspace(*holder, 2001)
    assert sim.elevation_deg(under, orbit)(t).max() > 89.5
    assert np.all(np.isfinite(sim.azimuth_deg(under, orbit)(t)))
    assert len(agrees(sim.hop(orbit, site(under.latitude_deg, under.longitude_deg, horizon_deg=89.0)))) >= 1


def test_fault_43_a_mask_at_the_very_top_touches_and_a_hair_lower_opens():
    here, orbit = site(), craft()
    at, top = culmination(here, orbit)
    near = sim.Span(at - 600.0, at + 600.0)
    for less, fewest, longest in ((-1e-3, 0, 0.0), (0.0, 0, 5.0), (1e-5, 1, 5.0), (1e-3, 1, 30.0)):
        windows = sim.hop(orbit, site(horizon_deg=top - less)).windows(near)
        assert fewest <= len(windows) <= 1 and windows.total_s <= longest


def test_fault_43_a_pass_of_half_a_second_is_found():
    here, orbit = site(), craft()
    at, _ = culmination(here, orbit)
    elevation = sim.elevation_deg(here, orbit)
    mask = float(elevation(at + 0.25))
    windows = sim.hop(orbit, site(horizon_deg=mask)).windows(SPAN)
    short = [end - start for start, end in windows.bounds if start < at < end]
    assert short == pytest.approx([0.5], abs=0.05)


def test_fault_43_two_passes_a_second_apart_are_two():
    """A post on the horizon, higher than the pass, that the spacecraft is behind for a second."""
    here, orbit = site(horizon_deg=5.0), craft()
    at, top = culmination(here, orbit)
    first, last = sim.azimuth_deg(here, orbit)(np.array([at - 0.5, at + 0.5]))
    low, high = sorted((float(first), float(last)))
    post = ((0.0, 5.0), (low - 1e-9, 5.0), (low, top + 5.0), (high, top + 5.0), (high + 1e-9, 5.0))
    windows = sim.hop(orbit, site(horizon_deg=post)).windows(sim.Span(at - 900.0, at + 900.0))
    assert len(windows) == 2
    assert windows.bounds[1, 0] - windows.bounds[0, 1] == pytest.approx(1.0, abs=1e-3)


def test_fault_43_always_never_and_at_both_ends():
    high = craft(semi_major_axis_km=42164.17, eccentricity=0.0, inclination_deg=0.0)
    t = np.asarray(SPAN.start)
    x, y, _ = sim.trajectories.bodies.body.EARTH.rotation(t) @ high.relative(t).position
    under = float(np.rad2deg(np.arctan2(y, x)))
    always = agrees(sim.hop(high, site(0.0, under)))
    assert always.bounds.tolist() == [[SPAN.start, SPAN.end]] and always.open_start and always.open_end
    assert len(agrees(sim.hop(high, site(0.0, under + 180.0)))) == 0
    windows = agrees(sim.hop(craft(), site(horizon_deg=5.0)))
    start, end = (0.5 * sum(windows.bounds[i]) for i in (0, -1))
    within = agrees(sim.hop(craft(), site(horizon_deg=5.0)), sim.Span(start, end))
    assert within.open_start and within.open_end and within.bounds[0, 0] == start and within.bounds[-1, 1] == end


def test_fault_44_what_lies_behind_the_target_hides_nothing():
    """In the annular eclipse of 2019-12-26 over Singapore the Moon hides the Sun's center; the Sun hides no Moon."""
    span = sim.Span("2019-12-26T00:00:00Z", days=1)
    here = site(1.0, 103.9)
    hidden = (~sim.hop(sim.SUN, here)).windows(span).within(sim.Span("2019-12-26T02:00:00Z", "2019-12-26T09:00:00Z"))
    assert len(hidden) == 1 and tdb("2019-12-26T05:23:00Z") in hidden
    up = (sim.elevation_deg(here, sim.MOON) > 0).windows(span)
    assert agrees(sim.hop(sim.MOON, here), span, 60.0).matches(up, SAME_EDGE_S)


def test_fault_44_an_orbit_through_the_moons_and_the_earths_shadows_has_full_sun_outside_both():
    low = craft(center="moon", semi_major_axis_km=1937.4)
    lit = agrees(sim.sunlit(low), SPAN, 10.0)
    dark = (sim.umbra_deg(low) > 0).windows(SPAN)
    assert 0.2 < dark.total_s / SPAN.duration_s < 0.5 and (dark & lit).total_s == 0.0
    half = (sim.penumbra_deg(low) > 0).windows(SPAN)
    assert (dark - half).total_s < 1e-3  # the deeper shadow lies in the shallower
    eclipse = sim.Span("2019-01-21T03:40:00Z", "2019-01-21T06:40:00Z")  # of the Moon, by the Earth
    assert sim.sunlit(craft(eclipse, center="moon", semi_major_axis_km=1937.4)).windows(eclipse).total_s == 0.0


def test_fault_44_a_sight_that_touches_a_disc_has_an_edge_where_the_clearance_is_nothing():
    low = craft(center="moon", semi_major_axis_km=1937.4)
    clearance = sim.clearance_km(site(), low)
    edges = (clearance > 0).windows(SPAN).bounds.ravel()[1:-1]
    assert len(edges) > 10 and np.abs(clearance(edges)).max() < 1e-3


def test_fault_44_an_observer_inside_a_body_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is inside the moon"):
        sim.Kepler(center="moon", epoch=SPAN.start, semi_major_axis_km=1000.0, eccentricity=0.0, inclination_deg=0.0)
    path = tmp_path / "inside.csv"
    rows = [f"2019-01-03T00:0{i}:00,{100 + i},0,0,0.016,0,0" for i in range(5)]
    path.write_text("tdb,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s\n" + "\n".join(rows) + "\n")
    with pytest.raises(DataError, match=r"inside\.csv: line 2"):
        sim.Csv(file=str(path), center="moon").arcs()


@pytest.mark.parametrize(
    "given",
    [
        {"semi_major_axis_km": 24_400.0, "eccentricity": 0.73, "inclination_deg": 6.0},  # transfer to geostationary
        {
            "semi_major_axis_km": 26_560.0,
            "eccentricity": 0.74,
            "inclination_deg": 63.4,
            "argument_of_periapsis_deg": 270.0,
        },
        {"semi_major_axis_km": 200_000.0, "eccentricity": 0.966, "inclination_deg": 28.0},  # as far as the Moon
        {
            "center": "moon",
            "semi_major_axis_km": 36_000.0,
            "eccentricity": 0.9,
            "inclination_deg": 90.0,
        },  # deep perilune
    ],
    ids=["transfer", "molniya", "circumlunar", "perilune"],
)
def test_fault_45_eccentric_orbits_have_every_window_that_a_scan_sees(given):
    span = sim.Span(SPAN.start, days=3)
    assert len(agrees(sim.hop(craft(span, **given), site(horizon_deg=5.0)), span, 30.0)) >= 1


def test_fault_45_a_small_halo_is_hidden_by_the_moon_and_seen_beside_it():
    span = sim.Span("2019-01-03T00:00:00Z", days=8)
    halo = sim.Halo(amplitude_km=1000.0, epoch="2019-01-01T00:00:00Z")
    small = sim.Spacecraft(name="small", orbit=halo).over(span)
    clear = agrees(sim.clearance_km(sim.EARTH, small) > 0, span, 300.0)
    assert 0.0 < clear.total_s < span.duration_s


def test_fault_45_an_orbit_that_meets_the_moon_says_when_and_where():
    falling = sim.Numerical(epoch=SPAN.start, position_km=(1837.4, 0.0, 0.0), velocity_km_s=(0.0, 1.2, 0.0))
    with pytest.raises(
        sim.core.errors.PropagationError,
        match=r"spacecraft low: the orbit hits the moon .* at 2019-01-0.*latitude .* longitude",
    ):
        sim.Spacecraft(name="low", orbit=falling).over(SPAN)


def test_fault_46_a_span_inside_a_pass_and_one_that_begins_as_it_opens():
    whole = sim.hop(craft(), site(horizon_deg=5.0))
    start, end = whole.windows(SPAN).bounds[1]
    inside = sim.Span(start + 60.0, start + 61.0)
    assert whole.windows(inside).bounds.tolist() == [[inside.start, inside.end]]
    for shift in (-1e-9, 0.0, 1e-9):
        found = whole.windows(sim.Span(start + shift, end + 100.0))
        assert len(found) == 1
        assert found.bounds[0] == pytest.approx([start, end], abs=1e-5, rel=0)


@pytest.mark.parametrize(
    "span, names",
    [
        (
            ("1899-07-27T00:00:00Z", "1899-08-20T00:00:00Z"),
            "the ephemeris de421 covers 1899-07-2.*DE440 covers 1549 to 2650",
        ),
        (("2053-10-01T00:00:00Z", "2053-11-01T00:00:00Z"), "the ephemeris de421 covers"),
    ],
)
def test_fault_47_the_ephemeris_ends_where_it_ends(span, names):
    with pytest.raises(CoverageError, match=names):
        sim.range_km(sim.EARTH, sim.MOON)(sim.Span(*span).grid(DAY_S))


@pytest.mark.parametrize("start", ["1899-12-20T00:00:00Z", "2050-12-25T00:00:00Z"])
def test_fault_47_the_moons_orientation_ends_before_the_ephemeris(desk, good, start):
    lunar = (
        good.replace("2019-01-03T00:00:00Z", start)
        .replace("days = 1", "days = 30")
        .replace("[sites.kourou]\n", '[sites.kourou]\nbody = "moon"\n')
    )
    desk.check(lunar).refuses(
        "the orientation of the Moon (DE421)", "covers 1899-12-27 to 2051-01-04", "Choose a span within these years"
    )


def test_fault_47_both_edges_are_used_to_their_last_hour():
    kernel = sim.trajectories.bodies.ephemeris.load("de421")
    last = kernel.coverage[1]
    assert np.isfinite(sim.range_km(sim.EARTH, sim.MOON)(np.array([last - 3600.0]))).all()


def test_fault_48_light_from_mars_behind_the_sun_takes_22_minutes_in_both_senses():
    """Conjunction of 2021-10-08, when Tianwen-1 was out of touch."""
    span = sim.Span("2021-10-07T00:00:00Z", days=2)
    mars = sim.trajectories.bodies.body.body("mars")
    light = sim.light_time_s(sim.EARTH, mars)(span.grid(3600.0))
    assert np.all((light > 21 * 60.0) & (light < 23 * 60.0))
    here, there = site(horizon_deg=10.0), sim.Site(name="rover", body="mars", latitude_deg=25.0, longitude_deg=109.9)
    down, up = sim.hop(there, here).windows(span), sim.hop(here, there).windows(span)
    assert len(down) and len(up)
    # a signal that is sent as a window up opens arrives 22 minutes later
    assert np.all(np.abs(arrival(here, there, up.bounds[:, 0] - 1300.0) - up.bounds[:, 0]) < 200.0)
    near = sim.sun_separation_deg(here, mars)(span.grid(3600.0))
    assert near.min() < 1.0 and np.all(np.isfinite(near))


def test_fault_49_times_do_not_drift_over_a_century():
    span = sim.Span("1950-01-01T00:00:00Z", days=36_524)
    t = span.grid(60.0 * 60.0 * 24.0 / 7.0)
    assert t[0] == span.start and t[-1] == span.end
    steps = np.diff(t)
    assert np.ptp(steps) < 1e-6  # two roundings of 2e-7 s, none of them carried on
    texts = utc(t[::5000], 6)
    assert np.abs(tdb(texts) - t[::5000]).max() < 1e-6


def test_fault_49_windows_of_two_months_are_those_of_their_days():
    here, months = site(horizon_deg=5.0), sim.Span("2019-01-01T00:00:00Z", days=60)
    whole = sim.hop(sim.MOON, here).windows(months)
    cuts = np.linspace(months.start, months.end, 61)
    daily = [sim.hop(sim.MOON, here).windows(sim.Span(a, b)).bounds for a, b in pairwise(cuts)]
    joined = sim.Windows.of(np.concatenate(daily), months)
    assert joined.matches(whole, SAME_EDGE_S)


def test_fault_50_a_mask_runs_on_through_north():
    """The same wall written from 350 over 0 to 10 deg and in two halves; the Moon and a polar orbit pass over it."""
    wall = ((350.0, 30.0), (10.0, 30.0), (11.0, 5.0), (349.0, 5.0))
    halves = ((0.0, 30.0), (10.0, 30.0), (11.0, 5.0), (349.0, 5.0), (350.0, 30.0), (360.0, 30.0))
    orbit = craft(inclination_deg=98.0)
    one, other = (agrees(sim.hop(orbit, site(50.0, 8.0, horizon_deg=mask))) for mask in (wall, halves))
    assert one.matches(other, SAME_EDGE_S)
    open_ = sim.hop(orbit, site(50.0, 8.0, horizon_deg=5.0)).windows(SPAN)
    assert (one - open_).total_s < 1e-3 and one.total_s < open_.total_s - 60.0
