"""Where the Earth's and the Moon's surfaces point, against SPICE, Astropy, Horizons and Orekit."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.core.time import Span, tdb
from sim.scenario.scenario import seeds
from sim.trajectories.bodies import frames
from sim.trajectories.bodies.body import EARTH, MOON, SUN
from sim.trajectories.orbits.kepler import Kepler
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.sites import Site
from sim.visibility import scalars, sight

YEAR = Span("2019-01-01T00:00:00Z", days=365)
STATIONS = seeds("stations/estrack", "stations/cdsn")
TEN = ("kourou", "maspalomas", "new_norcia", "cebreros", "malargue", "redu", "kiruna", "perth", "kashi", "jiamusi")

ELEVATION_DEG = 1e-5
"""0.04″: 20 m at the Moon; Astropy, SPICE and Skyfield agree with each other within 2e-6 to 5e-5 deg."""
EARTH_FIXED_KM = 1e-5
"""1 cm: both leave out celestial pole offsets and sub-daily tides, and interpolate UT1 linearly."""
MOON_FIXED_KM = 1e-6
"""1 mm: the same kernel, read twice."""
HORIZONS_DEG = 5e-4
"""Horizons uses DE441 and its own lunar frame; its sites' coordinates are given to 1e-5 deg."""


@pytest.mark.parametrize("name", TEN)
def test_the_moons_elevation_over_a_year_agrees_with_astropy(name, astropy_moon, figure):
    t = np.linspace(YEAR.start, YEAR.end, 400)
    ours = scalars.elevation_deg(STATIONS[name], MOON)(t)
    worst = np.abs(ours - astropy_moon(STATIONS[name], t)).max()
    figure("the Moon's apparent elevation at ten stations over 2019", "Astropy", worst, ELEVATION_DEG, "deg")


@pytest.mark.parametrize("name", TEN)
def test_the_moons_elevation_over_a_year_agrees_with_spice(name, spice, figure):
    site = STATIONS[name]
    position, up = site.fixed_position, site.fixed_axes[2]
    times = np.linspace(YEAR.start, YEAR.end, 400)
    theirs = []
    for t in times:
        state, _ = spice.spkcpo("MOON", t, "ITRF93", "OBSERVER", "LT+S", position, "EARTH", "ITRF93")
        theirs.append(90.0 - np.rad2deg(spice.vsep(state[:3], up)))
    ours = scalars.elevation_deg(site, MOON)(times)
    worst = np.abs(ours - theirs).max()
    figure("the Moon's apparent elevation at ten stations over 2019", "SPICE (ITRF93)", worst, ELEVATION_DEG, "deg")


def test_earth_fixed_positions_agree_with_astropy(figure):
    from astropy import units
    from astropy.coordinates import EarthLocation
    from astropy.time import Time

    t = np.linspace(YEAR.start, YEAR.end, 500)
    fixed = np.array([3839.7, -5059.5, 579.9])
    place = EarthLocation.from_geocentric(*fixed, unit=units.km)
    theirs = place.get_gcrs_posvel(Time(2451545.0, t / 86400.0, format="jd", scale="tdb"))[0].xyz.to_value("km").T
    ours = np.einsum("nji,j->ni", frames.itrs(t), fixed)
    worst = np.linalg.norm(ours - theirs, axis=1).max()
    figure("Earth-fixed positions over 2019", "Astropy", worst * 1e6, EARTH_FIXED_KM * 1e6, "mm")


@pytest.mark.parametrize(("name", "turn"), [("MOON_ME", frames.moon_me), ("MOON_PA", frames.moon_pa)])
def test_moon_fixed_positions_agree_with_spice(name, turn, spice, figure):
    fixed = np.array([1000.0, -1000.0, 1000.0])
    for t in np.linspace(YEAR.start, YEAR.end, 200):
        theirs = spice.pxform("J2000", name, t).T @ fixed
        worst = np.linalg.norm(turn(np.asarray(t)).T @ fixed - theirs)
        figure(f"Moon-fixed positions ({name}) over 2019", "SPICE", worst * 1e6, MOON_FIXED_KM * 1e6, "mm")


def test_the_two_lunar_frames_differ_by_hundreds_of_meters():
    t = np.asarray(YEAR.start)
    moved = (frames.moon_me(t).T - frames.moon_pa(t).T) @ np.array([0.0, 0.0, 1737.4])
    assert 0.5 < np.linalg.norm(moved) < 0.9


def test_the_moon_above_83_degrees_at_goldstone_as_in_spices_example(figure):
    """SPICE gfposc, example 5: DSS-17, 2007, geometric, ITRF93; times are TDB and good to 0.1 s."""
    dss17 = Site(name="dss17", latitude_deg=35.3421765919186, longitude_deg=243.1264941091303, height_m=937)
    found = (scalars.elevation_deg(dss17, MOON, light=False) > 83).windows(Span("2007-01-01T00:00:00Z", days=90))
    expected = [
        [_tdb_clock("2007-02-26", "03:18:48.229"), _tdb_clock("2007-02-26", "03:31:29.735")],
        [_tdb_clock("2007-03-25", "01:12:38.551"), _tdb_clock("2007-03-25", "01:23:53.909")],
    ]
    worst = np.abs(found.bounds - expected).max()
    figure("the Moon above 83° at DSS-17 in 2007, edges", "SPICE gfposc example 5", worst, 0.1, "s")


def test_the_sun_and_the_earth_from_ten_lunar_sites_agree_with_horizons(figure):
    for row in _horizons():
        site = Site(name="x", body="moon", latitude_deg=row["latitude_deg"], longitude_deg=row["longitude_deg"])
        t = row["t"]
        for body, name in ((SUN, "sun"), (EARTH, "earth")):
            elevation = float(scalars.elevation_deg(site, body)(t))
            azimuth = float(scalars.azimuth_deg(site, body)(t))
            worst = abs(elevation - row[f"{name}_elevation_deg"])
            turned = (azimuth - row[f"{name}_azimuth_deg"] + 180.0) % 360.0 - 180.0
            worst = max(worst, abs(turned) * np.cos(np.deg2rad(elevation)))
            what = f"direction of the {body.name} from ten lunar sites"
            figure(what, "JPL Horizons (DE441)", worst, HORIZONS_DEG, "deg")


def test_a_low_orbiters_pass_agrees_with_orekit(figure, monkeypatch):
    """Orekit's elevation detector test: circular orbit of 7000 km, 5 deg mask: AOS 478.945 s, LOS 665.721 s.

    It runs without Earth orientation data, so UT1 is UTC and the pole rests: 0.355 s of UT1 are 0.06 s of this pass.
    """
    real = frames.earth_orientation()
    still = np.zeros_like(real.tt)
    monkeypatch.setattr(
        frames,
        "earth_orientation",
        lambda: replace(real, ut1_minus_tt=still - 64.184, pole_x=still, pole_y=still),
    )
    epoch = _tdb_clock("2000-01-01", "12:00:00")
    orbit = Kepler(
        center="earth",
        epoch=epoch,
        semi_major_axis_km=7000.0,
        eccentricity=0.0,
        inclination_deg=180.0 / 2.2,
        node_deg=90.0,
    )
    span = Span(epoch, epoch + 1000.0)
    pieces, _ = orbit.pieces(span, "de421")
    satellite = Sampled("satellite", "designed", "earth", pieces)
    station = Site(name="station", latitude_deg=35.0, longitude_deg=149.8)
    found = (scalars.elevation_deg(station, satellite, light=False) > 5).windows(span)
    worst = np.abs(found.bounds - epoch - [[478.945, 665.721]]).max()
    figure("AOS and LOS of a circular orbit over a 5° mask", "Orekit", worst, 0.01, "s")


def test_the_direction_in_which_a_lander_must_send_agrees_with_spices_transmission_case(spice, figure):
    lander = Site(name="lander", body="moon", latitude_deg=20.0, longitude_deg=-30.0)
    path = sight.Sight(lander, EARTH)
    for received in np.linspace(YEAR.start, YEAR.end, 20):
        at = path.at(np.asarray(received))
        ray = at.ray
        line = spice.spkcpo("EARTH", float(ray.sent), "MOON_ME", "OBSERVER", "XLT+S", lander.fixed_position, "MOON",
                            "MOON_ME")[0][:3]  # fmt: skip
        theirs = 90.0 - np.rad2deg(spice.vsep(line, lander.fixed_axes[2]))
        ours = np.rad2deg(np.arcsin(at.seen(lander) @ lander.horizontal(ray.sent)[2] / ray.distance))
        figure("direction in which a lander must send", "SPICE (XLT+S)", abs(ours - theirs), ELEVATION_DEG, "deg")


def _horizons():
    path = Path(__file__).with_name("horizons_sun_earth.csv")
    rows = csv.DictReader(line for line in path.read_text().splitlines() if not line.startswith("#"))
    for row in rows:
        yield {"t": tdb(row.pop("epoch_utc")), **{key: float(value) for key, value in row.items()}}


def _tdb_clock(date, clock):
    """TDB seconds past J2000 of a TDB calendar time."""
    moment = np.datetime64(f"{date}T{clock}", "ms")
    return float((moment - np.datetime64("2000-01-01T12:00:00", "ms")).astype(int)) / 1000.0
