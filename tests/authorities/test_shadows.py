"""Shadows against SPICE, a published canon of eclipses, and rays to the Sun's limb past WGS 84."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.time import tdb
from sim.trajectories.bodies.ephemeris import load
from sim.visibility import shadows

DAY = sim.Span("2025-04-30T00:00:00Z", days=1)
C_KM_S = 299792.458
SUN_KM, WGS_84_KM = 695700.0, (6378.137, 6356.7523142)


def covered(craft, t):
    """How many of 3,600 rays to the Sun's limb the WGS 84 ellipsoid stops at each time: (n,) → (n,)."""
    kernel, here = load("de421"), craft.position(t)
    light = np.full(t.shape, 499.0)
    for _ in range(4):
        light = np.linalg.norm(kernel.position(10, t - light) - here, axis=-1) / C_KM_S
    sun = kernel.position(10, t - light) - here
    late = np.zeros_like(t)
    for _ in range(4):  # the instant at which light passes nearest to the Earth's center
        earth = kernel.position(399, t - late) - here
        late = np.clip(np.einsum("ni,ni->n", earth, sun) / np.linalg.norm(sun, axis=1) / C_KM_S, 0.0, None)
    place, pole = -earth, sim.EARTH.rotation(t)[:, 2]
    far = np.linalg.norm(sun, axis=1, keepdims=True)
    middle, sine = sun / far, SUN_KM / far
    one = np.cross(middle, [0.3, -0.5, 0.8])
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    two, angle = np.cross(middle, one), np.linspace(0.0, 2.0 * np.pi, 3600, endpoint=False)
    around = one[:, None] * np.cos(angle)[:, None] + two[:, None] * np.sin(angle)[:, None]
    rays = np.sqrt(1.0 - sine**2)[:, None] * middle[:, None] + sine[:, None] * around
    a, b = WGS_84_KM

    def inner(u, v):
        """Of the quadratic form whose unit ball is the ellipsoid."""
        along = np.einsum("n...i,ni->n...", u, pole) * np.einsum("n...i,ni->n...", v, pole)
        return np.einsum("...i,...i->...", u, v) / a**2 + along * (1.0 / b**2 - 1.0 / a**2)

    place = np.broadcast_to(place[:, None], rays.shape)
    square, half, rest = inner(rays, rays), inner(rays, place), inner(place, place) - 1.0
    return np.sum((half**2 > square * rest) & (half < 0.0), axis=1)


def off_s(windows, craft, inside):
    """How far edges are at most from those of the rays: one of a few sizes, infinite where none is enough."""
    edges = windows.bounds.ravel()
    free = (edges > windows.span.start) & (edges < windows.span.end)
    sign = np.tile([1.0, -1.0], len(windows))
    for size in (1e-3, 1e-2, 0.1):  # just inside every window the rays say so, and just outside they do not
        within, without = (covered(craft, (edges + side * size * sign)[free]) for side in (1.0, -1.0))
        if inside(within).all() and not inside(without).any():
            return size
    return np.inf


@pytest.fixture
def assert_edges(figure):
    """A function: windows in a shadow are those in which the rays are stopped, to 0.1 s."""

    def compare(windows, craft, inside):
        assert len(windows) >= 1
        figure("edges of the Earth's shadow on orbits", "3,600 rays to the Sun's limb past WGS 84",
               off_s(windows, craft, inside), 0.1, "s")  # fmt: skip

    return compare


def any_ray(stopped):
    return stopped > 0


def every_ray(stopped):
    return stopped == 3600


def orbit(span=DAY, **given):
    made = {"center": "earth", "epoch": span.start, "eccentricity": 0.0, "inclination_deg": 0.0, **given}
    return sim.Spacecraft(name="craft", orbit=sim.Kepler(**made)).over(span)


LOW = {"semi_major_axis_km": 6798.0, "inclination_deg": 51.6, "node_deg": 40.0}
HIGH = {"semi_major_axis_km": 26_560.0, "eccentricity": 0.74, "inclination_deg": 63.4, "node_deg": 20.0}


@pytest.mark.parametrize("given", [LOW, HIGH], ids=["low", "high"])
def test_edges_of_the_earths_shadow_are_those_of_rays_past_wgs_84(given, assert_edges):
    craft = orbit(**given)
    half, full = ((shadow(craft, sim.EARTH) > 0).windows(DAY) for shadow in (sim.penumbra_deg, sim.umbra_deg))
    assert len(half) >= 1 and len(full) >= 1
    assert_edges(half, craft, any_ray)
    assert_edges(full, craft, every_ray)


def ball(of=sim.EARTH):
    return replace(of, polar_radius_km=of.equatorial_radius_km)


def test_the_station_is_in_the_earths_penumbra_for_30356_s_in_a_day(assert_edges):
    file = Path(__file__).parents[3] / "shared" / "truth" / "tle" / "25544.tle"
    if not file.exists():
        pytest.skip("the station's element sets of 2025 are not here")
    span = sim.Span("2025-09-01T00:00:00Z", days=1)
    craft = sim.Spacecraft(name="iss", orbit=sim.Tle(file=str(file))).over(span)
    dark = (sim.penumbra_deg(craft, sim.EARTH) > 0).windows(span)
    assert dark.total_s == pytest.approx(30_356.0, abs=1.0)
    assert (~sim.sunlit(craft)).windows(span).matches(dark, 1e-3)
    assert_edges(dark, craft, any_ray)


def test_an_orbit_along_the_terminator_meets_no_umbra_that_a_sphere_would_cast(assert_edges):
    craft = orbit(semi_major_axis_km=6878.137, inclination_deg=97.4, node_deg=130.0)
    assert len((sim.umbra_deg(craft, ball()) > 0).windows(DAY)) == 15
    assert len((sim.umbra_deg(craft, sim.EARTH) > 0).windows(DAY)) == 0
    half = (sim.penumbra_deg(craft, sim.EARTH) > 0).windows(DAY)
    assert len(half) == 15
    assert_edges(half, craft, any_ray)


def test_a_geostationary_orbit_passes_the_umbra_that_a_sphere_would_cast(assert_edges):
    span = sim.Span("2025-10-15T00:00:00Z", days=1)
    craft = orbit(span, semi_major_axis_km=42_164.17)
    assert (sim.umbra_deg(craft, ball()) > 0).windows(span).total_s > 290.0
    assert len((sim.umbra_deg(craft, sim.EARTH) > 0).windows(span)) == 0
    assert_edges((sim.penumbra_deg(craft, sim.EARTH) > 0).windows(span), craft, any_ray)


def test_the_moon_before_the_sun_is_where_spice_has_it(monkeypatch, figure):
    """The example of SPICE's `gfoclt`, whose Sun has 696,000 km: with 695,700 km edges move by 1.2 s."""
    span = sim.Span("2001-12-14T12:00:00Z", days=1)
    at = tdb_of("2001-12-14T20:10:14.196"), tdb_of("2001-12-14T21:35:50.318")
    ours = (sim.penumbra_deg(sim.EARTH, sim.MOON) > 0).windows(span)
    assert ours.bounds[0] == pytest.approx(at, abs=1.3, rel=0)
    monkeypatch.setattr(shadows, "SUN", replace(sim.SUN, equatorial_radius_km=696_000.0))
    (same,) = (sim.penumbra_deg(sim.EARTH, sim.MOON) > 0).windows(span).bounds
    figure("the Moon before the Sun, seen from the Earth's center, 2001-12-14", "SPICE gfoclt, with its Sun",
           np.abs(same - at).max(), 0.1, "s")  # fmt: skip


def test_the_moons_center_is_in_the_earths_umbra_when_spice_has_it_there(figure):
    span = sim.Span("2025-03-14T00:00:00Z", days=1)
    (found,) = (sim.umbra_deg(sim.MOON, sim.EARTH) > 0).windows(span).bounds
    at = tdb(["2025-03-14T05:46:30.4Z", "2025-03-14T08:11:18.5Z"])
    figure("the Moon's center in the Earth's umbra, 2025-03-14", "SPICE gfoclt", np.abs(found - at).max(), 0.2, "s")


@pytest.mark.parametrize(("kind", "shadow"), [("ANY", sim.penumbra_deg), ("FULL", sim.umbra_deg)])
def test_the_earth_before_the_sun_seen_from_the_moon_is_where_spice_has_it(spice, kind, shadow, figure):
    radii = {"10": [SUN_KM] * 3, "399": [WGS_84_KM[0], *WGS_84_KM]}
    for number, three in radii.items():
        spice.pdpool(f"BODY{number}_RADII", three)
    for name, value in {"RA": [286.13, 0.0, 0.0], "DEC": [63.87, 0.0, 0.0]}.items():
        spice.pdpool(f"BODY10_POLE_{name}", value)
    spice.pdpool("BODY10_PM", [84.176, 14.1844, 0.0])
    span = sim.Span("2022-05-15T12:00:00Z", days=1)
    inside, found = spice.cell_double(2), spice.cell_double(20)
    spice.wninsd(span.start, span.end, inside)
    spice.gfoclt(
        kind, "EARTH", "ELLIPSOID", "ITRF93", "SUN", "ELLIPSOID", "IAU_SUN", "LT", "MOON", 600.0, inside, found
    )
    theirs = [spice.wnfetd(found, i) for i in range(spice.wncard(found))]
    assert len(theirs) == 1
    (ours,) = (shadow(sim.MOON, sim.EARTH) > 0).windows(span).bounds
    figure(f"the Earth before the Sun, seen from the Moon's center, {kind.lower()}", "SPICE gfoclt, WGS 84",
           np.abs(ours - theirs[0]).max(), 0.1, "s")  # fmt: skip


CANON = [
    "2015-04-04T12:01:24",
    "2015-09-28T02:48:17",
    "2016-03-23T11:48:21",
    "2016-09-16T18:55:27",
    "2017-02-11T00:45:03",
    "2017-08-07T18:21:38",
    "2018-01-31T13:31:00",
    "2018-07-27T20:22:54",
    "2019-01-21T05:13:27",
    "2019-07-16T21:31:55",
    "2020-01-10T19:11:11",
    "2020-06-05T19:26:14",
    "2020-07-05T04:31:12",
    "2020-11-30T09:44:01",
    "2021-05-26T11:19:53",
    "2021-11-19T09:04:06",
    "2022-05-16T04:12:42",
    "2022-11-08T11:00:22",
    "2023-05-05T17:24:05",
    "2023-10-28T20:15:18",
    "2024-03-25T07:13:59",
    "2024-09-18T02:45:25",
    "2025-03-14T06:59:56",
    "2025-09-07T18:12:58",
    "2026-03-03T11:34:52",
    "2026-08-28T04:14:04",
]
"""Greatest lunar eclipses, TD. Source: Espenak & Meeus (2009), Five Millennium Catalog of Lunar Eclipses, NASA."""


def tdb_of(text):
    """TDB seconds of a time in TDB, or in TD, which differs by 2 ms."""
    return float((np.datetime64(text, "ms") - np.datetime64("2000-01-01T12:00:00")) / np.timedelta64(1000, "ms"))


@pytest.mark.parametrize("greatest", CANON)
def test_lunar_eclipses_are_greatest_when_the_canon_says(greatest, figure):
    """There it is the least angle between the Moon and the axis of the shadow, which two depths give for a sphere.

    The depths themselves are greatest up to 9 s off, as the Earth's disc grows and shrinks; past WGS 84 up to 29 s off,
    as the limb that is nearest changes.
    """
    at, earth = tdb_of(greatest), ball()
    t = at + np.linspace(-90.0, 90.0, 181)
    disc = np.rad2deg(np.arcsin(earth.equatorial_radius_km / np.linalg.norm(sim.MOON.position_from(earth, t), axis=1)))
    off = disc - 0.5 * (sim.umbra_deg(sim.MOON, earth)(t) + sim.penumbra_deg(sim.MOON, earth)(t))
    turning = np.polynomial.Polynomial.fit(t - at, off, 4).deriv().roots()
    figure("greatest lunar eclipses, 2015 to 2026", "Five Millennium Catalog (Espenak & Meeus 2009)",
           np.abs(turning).min(), 3.0, "s")  # fmt: skip


SOLAR = [
    "2021-06-10T10:43:06", "2021-12-04T07:34:38", "2022-04-30T20:42:36", "2022-10-25T11:01:19", "2023-04-20T04:17:55",
    "2023-10-14T18:00:40", "2024-04-08T18:18:29", "2024-10-02T18:46:13", "2025-03-29T10:48:36", "2025-09-21T19:43:04",
    "2026-02-17T12:13:05", "2026-08-12T17:47:05",
]  # fmt: skip
"""Greatest solar eclipses, TD. Source: Espenak & Meeus (2006), Five Millennium Canon of Solar Eclipses, NASA."""


@pytest.mark.parametrize("greatest", SOLAR)
def test_solar_eclipses_are_greatest_when_the_canon_says(greatest, figure):
    """There it is the least distance in kilometers of the axis of the Moon's shadow from the Earth's center."""
    at = tdb_of(greatest)
    t = at + np.linspace(-90.0, 90.0, 181)
    moon, sun = (np.linalg.norm(each.position_from(sim.EARTH, t), axis=1) for each in (sim.MOON, sim.SUN))
    disc = np.arcsin(sim.MOON.equatorial_radius_km / moon)
    depths = sim.umbra_deg(sim.EARTH, sim.MOON)(t) + sim.penumbra_deg(sim.EARTH, sim.MOON)(t)
    off = disc - 0.5 * np.deg2rad(depths)
    turning = np.polynomial.Polynomial.fit(t - at, moon * np.sin(off) / (1.0 - moon / sun), 4).deriv().roots()
    figure("greatest solar eclipses, 2021 to 2026", "Five Millennium Canon (Espenak & Meeus 2006)",
           np.abs(turning).min(), 3.0, "s")  # fmt: skip


def test_ten_years_have_the_eclipses_of_the_canon():
    """But for those in which the penumbra misses the Moon's center."""
    span = sim.Span("2015-01-01T00:00:00Z", "2026-12-31T00:00:00Z")
    found = (sim.penumbra_deg(sim.MOON, sim.EARTH) > 0).windows(span)
    listed = np.array([tdb_of(each) for each in CANON if each != "2020-07-05T04:31:12"])
    assert len(found) == len(listed) and found.holds(listed).all()
