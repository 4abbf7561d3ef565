"""Tracking tables: rates are derivatives, frequencies are those of waves, and rows are as near as they promise."""

import numpy as np
import pytest

import sim
from sim.products.pass_times import adaptive_times, refined, whole_steps
from sim.products.track import Track
from sim.trajectories.light_time import ray
from sim.visibility.tracking import tracking

KOUROU = {"latitude_deg": 5.25, "longitude_deg": -52.8, "horizon_deg": 5}
ISS = ("1 25544U 98067A   25244.20115740  .00011389  00000-0  20478-3 0  9993",
       "2 25544  51.6340 290.3139 0003359 300.8027  59.2631 15.50340466526955")  # fmt: skip
CARRIER_HZ = 2.25e9


@pytest.fixture(scope="module")
def result():
    orbit = sim.Tle(line1=ISS[0], line2=ISS[1])
    return sim.run(sim.Scenario(
        start="2025-09-01T00:00:00Z", days=1, sites={"kourou": KOUROU}, spacecraft={"iss": {"orbit": orbit}},
        routes={"down": ["iss", "kourou"], "up": ["kourou", "iss"]},
    ))  # fmt: skip


@pytest.fixture(scope="module")
def times(result):
    return np.concatenate([np.linspace(a + 2, b - 2, 50) for a, b in result.hops["iss", "kourou"].bounds])


def slope(ask, t, step):
    values = [ask(t + k * step) for k in (-2, -1, 1, 2)]
    return (8.0 * (values[2] - values[1]) - (values[3] - values[0])) / (12.0 * step)


@pytest.mark.parametrize("leg", [("iss", "kourou"), ("kourou", "iss")])
def test_rates_are_the_derivatives_of_angles_and_ranges(result, times, leg):
    seen = tracking(result, leg, times)
    own = ray(result.ends[leg[0]], result.ends[leg[1]], times)
    pace = 1.0 if leg[1] == "kourou" else slope(lambda t: ray(*map(result.ends.get, leg), t).sent, times, 0.5)
    for angle, rate in (("azimuth_deg", "azimuth_rate_deg_s"), ("elevation_deg", "elevation_rate_deg_s")):
        def turned(t, angle=angle):
            change = tracking(result, leg, t)[angle] - seen[angle]
            return (change + 180.0) % 360.0 - 180.0

        found = slope(turned, times, 0.05) / pace  # by the site's own time
        assert np.abs(found - seen[rate]).max() < 1e-5 * (1.0 + np.abs(seen[rate]).max())
    found = slope(lambda t: tracking(result, leg, t)["range_km"], times, 0.5)
    assert np.abs(found - seen["range_rate_km_s"]).max() < 1e-6
    assert np.allclose(seen["light_time_s"], own.light_time, atol=1e-12)


@pytest.mark.parametrize("leg", [("iss", "kourou"), ("kourou", "iss")])
def test_shifts_are_those_of_the_times_at_which_waves_are_sent_and_received(result, times, leg):
    """f dt(sent) / dt(received), by differences of light times alone: of one way, and there and back."""
    iss, site = result.ends["iss"], result.ends["kourou"]
    found = Track(frequency_mhz=2250.0).columns(result, leg, times, np.ones(len(times), dtype=int))
    one = slope(lambda t: ray(*map(result.ends.get, leg), t).light_time, times, 0.5)
    if leg[1] == "kourou":  # received at the station
        def passed(t):
            down = ray(iss, site, t)
            return down.light_time + ray(site, iss, down.sent).light_time

        both = -slope(passed, times, 0.5)
    else:  # turned around at the spacecraft at these times: what left at `sent` comes back at `back`
        def returning(t):
            delay = np.zeros_like(t)
            for _ in range(6):
                delay = np.linalg.norm(site.position(t + delay) - iss.position(t), axis=1) / 299792.458
            return delay

        back = slope(returning, times, 0.5)
        both = (1.0 - one) / (1.0 + back) - 1.0
    assert np.abs(found["one_way_doppler_hz_at_2250_mhz"] + CARRIER_HZ * one).max() < 0.5
    assert np.abs(found["two_way_doppler_hz_at_2250_mhz"] - CARRIER_HZ * both).max() < 1.0


def test_the_two_formulas_are_those_of_the_page(result, times):
    """By hand, from range rates: -f rate / c, and f ((1 - up / c) (1 - down / c) - 1)."""
    table = Track(frequency_mhz=2250.0, uplink_mhz=2000.0, turnaround_ratio=1.25).columns(
        result, ("iss", "kourou"), times, np.ones(len(times), dtype=int)
    )
    down = ray(result.ends["iss"], result.ends["kourou"], times)
    rate = tracking(result, ("iss", "kourou"), times)["range_rate_km_s"]
    up = tracking(result, ("kourou", "iss"), down.sent)["range_rate_km_s"]
    assert np.allclose(table["one_way_doppler_hz_at_2250_mhz"], -2.25e9 * rate / 299792.458, atol=1e-6)
    factor = (1.0 - up / 299792.458) * (1.0 - rate / 299792.458)
    assert np.allclose(table["two_way_doppler_hz_at_2250_mhz"], 2.25e9 * (factor - 1.0), atol=1e-5)
    assert np.allclose(table["two_way_doppler_hz_at_2500_mhz"], 2.5e9 * (factor - 1.0), atol=1e-5)
    assert np.allclose(table["uplink_doppler_hz_at_2000_mhz"], -2.0e9 * up / 299792.458, atol=1e-5)
    first_order = -2.0 * 2.25e9 * rate / 299792.458
    assert 1.0 < np.abs(table["two_way_doppler_hz_at_2250_mhz"] - first_order).max() < 500.0  # the ways differ


@pytest.mark.parametrize("tolerance_deg", [1.0, 0.1, 0.01])
def test_linear_interpolation_between_rows_is_as_near_as_promised(result, tolerance_deg):
    leg, most = ("iss", "kourou"), 0
    for start, end in result.hops[leg].bounds:
        t = adaptive_times(result, leg, start, end, tolerance_deg)
        assert t[0] == start and t[-1] == end and np.all(np.diff(t) > 0)
        dense = np.linspace(start, end, 4001)
        rows, truth = tracking(result, leg, t), tracking(result, leg, dense)
        around = np.rad2deg(np.unwrap(np.deg2rad(rows["azimuth_deg"])))
        turned = (np.interp(dense, t, around) - truth["azimuth_deg"] + 180.0) % 360.0 - 180.0
        risen = np.interp(dense, t, rows["elevation_deg"]) - truth["elevation_deg"]
        worst = max(np.abs(turned).max(), np.abs(risen).max())
        assert worst < tolerance_deg
        most = max(most, worst)
    assert most > 0.2 * tolerance_deg  # and no more rows than that needs


def test_a_direction_through_the_zenith_ends():
    """Where the azimuth jumps by half a turn no step is short enough: halving ends at a millisecond."""
    def over(t):
        return np.column_stack((np.sin(0.01 * (t - 50.0)), np.zeros_like(t), np.cos(0.01 * (t - 50.0))))

    found = refined(over, 0.0, 100.3, 1e-4, True)
    assert len(found) < 5000 and np.diff(found).min() < 0.01


def test_whole_steps_are_whole_and_have_both_ends():
    assert whole_steps(10.0, 30.0, 0.0, 10.0).tolist() == [10.0, 20.0, 30.0]
    assert whole_steps(11.0, 12.0, 0.0, 10.0).tolist() == [11.0, 12.0]


def test_velocities_in_turning_axes_are_the_derivatives_of_positions(result):
    t = np.linspace(result.span.start, result.span.end - 600, 40)
    for frame, center, step in (("itrf", "earth", 2.0), ("moon_me", "moon", 2.0), ("moon_pa", "moon", 2.0),
                                ("earth_moon_rotating", "moon", 2.0), ("icrf", "sun", 2.0)):  # fmt: skip
        found = sim.states(result.ends["iss"], t, frame, center)
        speed = slope(lambda at, f=frame, c=center: sim.states(result.ends["iss"], at, f, c).position, t, step)
        assert np.abs(found.velocity - speed).max() < 2e-6 * (50.0 if center == "sun" else 1.0), frame


def test_a_site_is_above_its_own_coordinates():
    span = sim.Span("2026-01-01T00:00:00Z", days=1)
    for body, latitude, height in (("earth", 40.4, 0.8), ("moon", -45.5, -6.0), ("mars", 25.1, -2.5)):
        site = sim.Site(name="x", body=body, latitude_deg=latitude, longitude_deg=-71.5, height_m=1000 * height)
        point = sim.ground_track(site, span.grid(3600.0))
        assert np.allclose(point.latitude_deg, latitude, atol=1e-9), body
        assert np.allclose(point.longitude_deg, -71.5, atol=1e-9) and np.allclose(point.altitude_km, height, atol=1e-6)
