"""Refraction, against Skyfield, Astropy (ERFA) and ERFA's own table of rays traced through the air."""

import numpy as np
import pytest

import sim
from sim.core.time import DAY_S, Span, instant
from sim.products.passes import passes
from sim.products.web_report.web_page import page
from sim.simulation.crosscheck.astropy_engine import ByAstropy
from sim.simulation.crosscheck.skyfield_engine import BySkyfield
from sim.simulation.crosscheck.terms import terms
from sim.trajectories.bodies.body import MOON
from sim.trajectories.refraction import OPTICAL_UM, RADIO_UM, Air
from sim.visibility.hops import hop
from sim.visibility.scalars import elevation_deg, sun_elevation_deg
from tests.support.air_rays import bending_arcsec

WEATHER = [(1013.25, 15.0), (1010.0, -10.0), (760.0, 0.0), (800.0, 30.0), (540.0, -17.0)]
AGREED_ARCSEC = 5.0
START = instant("2026-03-01T00:00:00Z")
SPAN = Span(START, START + 30.0 * DAY_S)
PLACE = {"latitude_deg": 52.0, "longitude_deg": 4.4, "height_m": 90.0}

RAYS = {
    10: 10.27, 20: 21.19, 30: 33.61, 40: 48.82, 45: 58.16, 50: 69.28, 55: 82.97, 60: 100.51, 65: 124.23, 70: 158.63,
    72: 177.32, 74: 200.35, 76: 229.45, 78: 267.44, 80: 319.13,
}  # fmt: skip
"""Refracted zenith distance (deg) → bending (arcsec) of rays traced at 1005 hPa, 280.15 K, 80 % and 0.574 µm.
Source: ERFA's documentation of `refco`, after Hohenkerk and Sinclair (1985)."""


def astropys(vacuum_deg, air):
    """Elevations as Astropy sees what stands at some elevations in vacuum."""
    from astropy import units
    from astropy.coordinates import AltAz, EarthLocation, SkyCoord
    from astropy.time import Time

    here = {"obstime": Time("2020-01-01"), "location": EarthLocation.from_geodetic(4.4, 52.0, 0.0)}
    plain = SkyCoord(alt=vacuum_deg * units.deg, az=np.full(vacuum_deg.shape, 30.0) * units.deg, frame=AltAz(**here))
    given = {"pressure": air.pressure_hpa * units.hPa, "temperature": air.temperature_c * units.deg_C,
             "relative_humidity": air.relative_humidity,
             "obswl": (OPTICAL_UM if air.kind == "optical" else RADIO_UM) * units.micron}  # fmt: skip
    return plain.transform_to(AltAz(**here, **given)).alt.deg


@pytest.mark.parametrize(("pressure_hpa", "temperature_c"), WEATHER)
def test_light_is_bent_as_in_skyfield_at_all_elevations(pressure_hpa, temperature_c, figure):
    from skyfield.earthlib import refraction

    h = np.linspace(-1.0, 89.9, 2000)
    ours = Air("optical", pressure_hpa, temperature_c, 0.5).bending_deg(h)
    off = 3600.0 * np.abs(ours - refraction(h, temperature_c, pressure_hpa)).max()
    figure("refraction of light, from -1 deg up", "Skyfield (Bennett)", off, AGREED_ARCSEC, "arcsec")


@pytest.mark.parametrize("kind", ["optical", "radio"])
@pytest.mark.parametrize(("pressure_hpa", "temperature_c"), WEATHER)
def test_light_and_radio_waves_are_bent_as_in_astropy_above_9_deg(kind, pressure_hpa, temperature_c, figure):
    h = np.linspace(9.0, 89.9, 400)  # below, A tan z + B tan³ z goes off: 10″ at 6°, 20″ at 5°
    for humidity in (0.0, 0.5) if kind == "radio" else (0.0,):
        air = Air(kind, pressure_hpa, temperature_c, humidity)
        off = 3600.0 * np.abs(astropys(air.vacuum_deg(h), air) - h).max()
        figure(f"refraction, {kind}, from 9 deg up", "Astropy (ERFA refco)", off, AGREED_ARCSEC, "arcsec")


def test_light_is_bent_as_rays_that_were_traced_through_the_air(figure):
    air = Air("optical", 1005.0, 7.0, 0.8)
    off = 3600.0 * air.bending_deg(90.0 - np.array(list(RAYS))) - np.array(list(RAYS.values()))
    figure("refraction of light, from 10 deg up", "rays traced (ERFA's table)", np.abs(off).max(), 2.5, "arcsec")


def test_rays_traced_here_are_bent_as_those_of_the_published_table():
    """The oracle of the next test, which has nothing of ours in it."""
    for zenith, expected in RAYS.items():
        traced = bending_arcsec(90.0 - zenith, "optical", 1005.0, 7.0, 0.8, OPTICAL_UM)
        assert traced == pytest.approx(expected, abs=0.1)


HEIGHTS_M = {1013.25: 0.0, 1010.0: 0.0, 760.0: 2400.0, 540.0: 5000.0}


@pytest.mark.parametrize("kind", ["optical", "radio"])
def test_light_and_radio_waves_are_within_5_arcsec_of_rays_from_5_deg_up_but_in_hot_air(kind, figure):
    elevations, um = (5.0, 6.0, 7.0, 9.0, 12.0, 20.0, 45.0, 80.0), OPTICAL_UM if kind == "optical" else RADIO_UM
    cases = [(p, t, height, h) for p, t in WEATHER if (height := HEIGHTS_M.get(p)) is not None for h in elevations]

    def off(humidity, p, t, height, h):
        traced = bending_arcsec(h, kind, p, t, humidity, um, height)
        return 3600.0 * float(Air(kind, p, t, humidity).bending_deg(h)) - traced

    for humidity in (0.0, 0.5) if kind == "radio" else (0.0,):
        most = max(abs(off(humidity, *case)) for case in cases)
        figure(f"refraction, {kind}, from 5 deg up", "rays traced", most, AGREED_ARCSEC, "arcsec")
    hot, known = (0.5, -10.5) if kind == "radio" else (0.0, 6.5)  # as docs/limits.md says
    assert off(hot, 800.0, 30.0, 0.0, 5.0) == pytest.approx(known, abs=0.3)


@pytest.mark.parametrize("kind", ["optical", "radio"])
def test_what_is_seen_grows_with_what_there_is_and_each_follows_from_the_other(kind):
    for pressure_hpa, temperature_c in [*WEATHER, (1100.0, 45.0)]:
        air = Air(kind, pressure_hpa, temperature_c, 1.0)
        there = np.linspace(-90.0, 90.0, 40_001)
        seen = air.refracted_deg(there)
        assert np.abs(air.vacuum_deg(seen) - there).max() < 1e-12
        assert np.diff(seen).min() > 0.0 and seen[-1] == 90.0


def skyfield_moon(t, site):
    """The Moon's refracted elevation and azimuth by Skyfield alone (deg)."""
    from skyfield.api import load, load_file, wgs84

    from sim.trajectories.bodies.ephemeris import shipped

    kernel = load_file(str(shipped("de421")))
    place = kernel["earth"] + wgs84.latlon(site.latitude_deg, site.longitude_deg, site.height_m)
    when = load.timescale(builtin=True).tdb_jd(2451545.0, t / DAY_S)
    seen = place.at(when).observe(kernel["moon"]).apparent()
    altitude, azimuth, _ = seen.altaz(temperature_C=site.air.temperature_c, pressure_mbar=site.air.pressure_hpa)
    return altitude.degrees, azimuth.degrees


@pytest.mark.parametrize("horizon", [0.0, 10.0, [[0, 2.0], [90, 12.0], [180, 0.5], [270, 7.0]]])
def test_the_moon_is_up_when_skyfield_sees_it_above_the_mask(horizon):
    site = sim.Site(name="delft", **PLACE, horizon_deg=horizon, refraction="optical")
    windows = hop(MOON, site).windows(SPAN)
    t = np.arange(SPAN.start + 30.0, SPAN.end, 60.0)
    altitude, azimuth = skyfield_moon(t, site)
    over = altitude - np.rad2deg(site.horizon(np.deg2rad(azimuth)))
    clear = np.abs(over) > 8.0 / 3600.0  # 5″ of refraction, and what two tables of UT1 make
    assert clear.mean() > 0.998 and len(windows) > 27
    assert np.array_equal(windows.holds(t)[clear], (over > 0)[clear])
    plain = hop(MOON, site.model_copy(update={"refraction": "none"})).windows(SPAN)
    earlier = plain.bounds[1:-1, 0] - windows.bounds[1:-1, 0]
    assert np.all(earlier > 10.0)  # the Moon is seen to rise before it does


@pytest.mark.parametrize(("kind", "engine"), [("optical", BySkyfield), ("optical", ByAstropy), ("radio", ByAstropy)])
def test_windows_of_a_low_satellite_are_those_by_the_refracted_elevations_of_others(kind, engine):
    orbit = {"kind": "kepler", "center": "earth", "epoch": START, "semi_major_axis_km": 7128.137,
             "eccentricity": 0.01, "inclination_deg": 98.0}  # fmt: skip
    day = Span(START, START + DAY_S)
    low = sim.Spacecraft(name="low", orbit=orbit).over(day)
    site = sim.Site(name="delft", **PLACE, horizon_deg=8.0, refraction=kind, temperature_c=20.0, pressure_hpa=990.0)
    (term,) = (each for each in terms(low, site, True) if each.kind == "horizon")
    ours, other = term.condition.windows(day), engine("de421")
    assert other.unable(term) == "" and len(ours) > 4
    t = np.arange(day.start, day.end, 10.0)
    over = other.margin(term)(t)
    clear = np.abs(over) > 8.0 / 3600.0
    assert np.array_equal(ours.holds(t)[clear], (over > 0)[clear]) and clear.mean() > 0.999
    inside = ours.bounds[(ours.bounds > day.start) & (ours.bounds < day.end)]
    assert 3600.0 * np.abs(other.margin(term)(inside)).max() < 8.0
    assert any("refraction" in cause for cause in other.sizes(term, float(inside[0])))


def test_the_sun_s_elevation_stays_that_of_vacuum():
    sites = [sim.Site(name="delft", **PLACE, refraction=kind) for kind in ("none", "optical")]
    t = np.linspace(SPAN.start, SPAN.end, 50)
    assert np.array_equal(*(sun_elevation_deg(site)(t) for site in sites))
    bent = elevation_deg(sites[1], MOON)
    assert bent.name == "refracted elevation of moon from delft"
    assert np.all(bent(t) > elevation_deg(sites[0], MOON)(t) - 1e-9)


def test_tables_causes_and_the_page_say_that_refraction_is_in_them():
    sites = {kind: sim.Site(name=kind, **PLACE, horizon_deg=5.0, refraction=kind) for kind in ("none", "radio")}
    scenario = sim.Scenario(start=START, end=START + 2.0 * DAY_S, sites=sites, routes={"up": ["moon", list(sites)]})
    result = sim.run(scenario)
    rows = [row for leg in result.hops for row in passes(result, leg)]
    inner = [row for row in rows if not row["cut"]]
    assert inner and all(row["aos_elevation_deg"] == 5.0 for row in inner)  # as each site sees it
    assert "refracted elevation of moon from radio > 5 deg" in str(sim.why(scenario, ("moon", "radio"), START))
    assert "without refraction, except at radio." in page(result)


@pytest.mark.parametrize(("fields", "words"), [
    ({"pressure_hpa": 1000.0}, 'pressure_hpa is for refraction. Add refraction = "optical" or "radio"'),
    ({"refraction": "radio", "pressure_hpa": -5.0}, "greater than 0"),
    ({"refraction": "radio", "relative_humidity": 50.0}, "less than or equal to 1"),
    ({"refraction": "optical", "body": "moon"}, "refraction is that of the Earth's air, and the site is on the moon"),
])  # fmt: skip
def test_air_that_cannot_be_is_reported(fields, words):
    with pytest.raises(ValueError, match=words):
        sim.Site(name="a", latitude_deg=0.0, longitude_deg=0.0, **fields)
