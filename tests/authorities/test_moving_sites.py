"""Ships and aircraft against Skyfield and Astropy, which are given a place for every instant."""

from pathlib import Path

import erfa
import numpy as np
import pytest

from sim.core.time import DAY_S, Span, tdb
from sim.scenario.scenario import seeds
from sim.trajectories.bodies import ephemeris
from sim.trajectories.bodies.body import MOON
from sim.trajectories.moving_site import MovingSite
from sim.visibility import scalars
from sim.visibility.hops import hop

SPAN = Span("2019-01-03T00:00:00Z", days=1)
ELEVATION_DEG = 1e-6
OWN_ABERRATION_DEG = 6e-5
"""Aberration by 0.3 km/s: Skyfield's places turn with the Earth and do not fly."""
EDGE_S = 1e-3
"""What a millionth of a degree is worth at an edge from an aircraft, over which the Moon rises slowly."""
PLANE = (
    ("2019-01-03T00:00:00Z", 60.0, -20.0, 0.0),
    ("2019-01-03T08:00:00Z", 61.0, -150.0, 11_000.0),
    ("2019-01-03T16:00:00Z", -10.0, 170.0, 12_000.0),
    ("2019-01-04T00:00:00Z", -33.9, 151.2, 0.0),
)


@pytest.fixture(scope="module")
def plane():
    keys = ("time", "latitude_deg", "longitude_deg", "height_m")
    return MovingSite(name="plane", waypoints=[dict(zip(keys, row, strict=True)) for row in PLANE], horizon_deg=5.0)


def places(t):
    """Where the plane is, by hand: the sine rule of great circles between directions of the vertical."""
    times = np.array([tdb(row[0]) for row in PLANE])
    leg = np.clip(np.searchsorted(times, t, "right") - 1, 0, len(PLANE) - 2)
    share = (t - times[leg]) / (times[leg + 1] - times[leg])
    f, a = np.deg2rad([row[1] for row in PLANE]), np.deg2rad([row[2] for row in PLANE])
    up = np.stack((np.cos(f) * np.cos(a), np.cos(f) * np.sin(a), np.sin(f)), axis=1)
    whole = np.arccos(np.sum(up[leg] * up[leg + 1], axis=1))
    at = (np.sin((1 - share) * whole) / np.sin(whole))[:, None] * up[leg]
    at += (np.sin(share * whole) / np.sin(whole))[:, None] * up[leg + 1]
    heights = np.array([row[3] for row in PLANE])
    height = (1 - share) * heights[leg] + share * heights[leg + 1]
    return np.rad2deg(np.arcsin(at[:, 2])), np.rad2deg(np.arctan2(at[:, 1], at[:, 0])), height


@pytest.fixture(scope="module")
def skyfield():
    """Skyfield's kernel and time scale, with measured polar motion: without it verticals are off by 0.3 arcseconds."""
    import skyfield_data
    from skyfield.api import load, load_file
    from skyfield.data import iers

    timescale = load.timescale(builtin=True)
    with (Path(skyfield_data.get_skyfield_data_path()) / "finals2000A.all").open("rb") as file:
        iers.install_polar_motion_table(timescale, iers.parse_x_y_dut1_from_finals_all(file))
    return load_file(str(ephemeris.load("de421").path)), timescale


def elevations(skyfield, t, light):
    """The Moon's elevation by Skyfield, with a place of its own for every instant."""
    from skyfield.api import wgs84

    kernel, timescale = skyfield
    found = []
    for at, latitude, longitude, height in zip(t, *places(t), strict=True):
        when = timescale.tdb_jd(2451545.0, at / DAY_S)
        here = kernel["earth"] + wgs84.latlon(latitude, longitude, height)
        seen = here.at(when).observe(kernel["moon"]).apparent() if light else (kernel["moon"] - here).at(when)
        found.append(seen.altaz()[0].degrees)
    return np.array(found)


@pytest.mark.parametrize(("light", "limit"), [(False, ELEVATION_DEG), (True, ELEVATION_DEG + OWN_ABERRATION_DEG)])
def test_the_moons_elevation_from_an_aircraft_agrees_with_skyfield(plane, skyfield, light, limit, figure):
    t = np.linspace(SPAN.start, SPAN.end, 97)
    ours = scalars.elevation_deg(plane, MOON, light=light)(t)
    worst = np.abs(ours - elevations(skyfield, t, light)).max()
    told = "apparent" if light else "geometric"
    figure(f"the Moon's {told} elevation from an aircraft", "Skyfield, a place an instant", worst, limit, "deg")


def test_the_moons_windows_from_an_aircraft_agree_with_skyfield(plane, skyfield, figure):
    windows = hop(MOON, plane, light=False).windows(SPAN)
    edges = [t for t in windows.bounds.ravel() if SPAN.start + 1.0 < t < SPAN.end - 1.0]
    grid = np.linspace(SPAN.start, SPAN.end, 289)
    above, theirs = elevations(skyfield, grid, False) > 5.0, []
    for i in np.flatnonzero(above[1:] != above[:-1]):
        low, high = grid[i], grid[i + 1]
        for _ in range(28):
            middle = 0.5 * (low + high)
            after = (elevations(skyfield, np.array([middle]), False)[0] > 5.0) == above[i]
            low, high = (middle, high) if after else (low, middle)
        theirs.append(0.5 * (low + high))
    assert len(theirs) == len(edges) > 0
    worst = np.abs(np.array(theirs) - edges).max()
    figure("windows of the Moon from an aircraft", "Skyfield, a place an instant", worst, EDGE_S, "s")


def test_passes_of_the_iss_over_a_ship_begin_and_end_where_skyfield_sees_it_rise_and_set(figure):
    """The element set by Skyfield's SGP4, geometric, over a ship that steams at 40 km/h."""
    from skyfield.api import EarthSatellite, load, wgs84

    craft, span = seeds("spacecraft/iss")["iss"], Span("2025-09-01T12:00:00Z", days=1)
    rows = [("2025-09-01T12:00:00Z", -20.0, 170.0), ("2025-09-02T12:00:00Z", -22.0, 179.0)]
    keys = ("time", "latitude_deg", "longitude_deg")
    ship = MovingSite(name="ship", waypoints=[dict(zip(keys, row, strict=True)) for row in rows])
    windows = hop(craft.over(span), ship, light=False).windows(span)
    assert len(windows) > 3
    timescale, worst = load.timescale(builtin=True), 0.0
    satellite = EarthSatellite(craft.orbit.line1, craft.orbit.line2, ts=timescale)
    for edge in windows.bounds.ravel():
        when = timescale.tdb_jd(2451545.0, edge / DAY_S)
        latitude, longitude, height = (float(x) for x in ship.place(edge))
        seen = (satellite - wgs84.latlon(latitude, longitude, height)).at(when)
        worst = max(worst, abs(float(seen.altaz()[0].degrees)))
    figure("elevation of the ISS at the edges of its passes over a ship", "Skyfield", worst, 1e-3, "deg")


def test_a_place_on_the_spheroid_is_erfas():
    """Between waypoints: the point with the interpolated vertical, by ERFA's formula for geodetic coordinates."""
    keys = ("time", "latitude_deg", "longitude_deg", "height_m")
    plane = MovingSite(name="plane", waypoints=[dict(zip(keys, row, strict=True)) for row in PLANE])
    t = np.linspace(SPAN.start, SPAN.end, 101)
    latitude, longitude, height = places(t)
    theirs = erfa.gd2gc(1, np.deg2rad(longitude), np.deg2rad(latitude), height) / 1000.0
    assert np.abs(plane.position_at(t) - theirs).max() < 1e-7
