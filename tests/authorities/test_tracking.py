"""Tracking and state tables against SPICE and Skyfield: LRO and the ISS over a station."""

import numpy as np
import pytest

import sim
from sim.core.time import DAY_S
from sim.core.time_scales import tdb_minus_tt
from sim.products.track import Track
from sim.visibility.tracking import tracking

ISS = (
    "1 25544U 98067A   25244.20115740  .00011389  00000-0  20478-3 0  9993",
    "2 25544  51.6340 290.3139 0003359 300.8027  59.2631 15.50340466526955",
)
"""Source: Bill-Gray/tles, old_tles/20250901.tle: a snapshot of the public catalogue."""

MADRID = {"latitude_deg": 40.4527, "longitude_deg": -4.3676, "height_m": 794.1, "horizon_deg": 5}
NUMBERS = {"iss": -125544, "lro": -85}

ANGLE_DEG = 1e-5
ORIENTATION_RAD = 5e-8
"""0.01 arc seconds: how ITRF93 of NAIF's kernel lies against the IERS tables (0.3 m on the ground)."""
RATE_DEG_S, RANGE_KM, RANGE_RATE_KM_S, SEPARATION_DEG = 1e-6, 1e-3, 1e-6, 1e-4


def scenario(name):
    lro = sim.seeds("spacecraft/lro-2020")["lro"]
    iss = sim.Spacecraft(name="iss", orbit=sim.Tle(line1=ISS[0], line2=ISS[1]))
    craft, start = {"iss": (iss, "2025-09-01T00:00:00Z"), "lro": (lro, "2020-02-01T00:00:00Z")}[name]
    return sim.Scenario(start=start, days=1, sites={"madrid": MADRID}, spacecraft={name: craft},
                        routes={"down": [name, "madrid"]})  # fmt: skip


@pytest.fixture(scope="module", params=["iss", "lro"])
def tracked(request, spice, tmp_path_factory):
    """A spacecraft, its result, times of its passes, its file as SPICE has it, and the station's place."""
    name = request.param
    asked = scenario(name)
    file = tmp_path_factory.mktemp(name) / f"{name}.bsp"
    sim.export(asked, name, "spk", file, target=NUMBERS[name])
    spice.furnsh(str(file))
    spice.lmpool(["BODY399_RADII = ( 6378.137 6378.137 6356.7523142 )"])  # azlcpo asks for WGS 84
    result = sim.run(asked)
    t = np.concatenate([np.linspace(a + 1, b - 1, 40) for a, b in result.hops[name, "madrid"].bounds])
    yield name, result, t, str(NUMBERS[name]), list(result.ends["madrid"].fixed_position)
    spice.unload(str(file))


def worst(found, expected):
    return np.abs(np.asarray(found) - np.asarray(expected)).max()


def test_angles_ranges_and_rates_are_those_of_spice(tracked, spice):
    """`azlcpo` with light time and stellar aberration, in NAIF's own frame of the Earth."""
    name, result, t, target, place = tracked
    seen = tracking(result, (name, "madrid"), t)
    rows = np.array([
        spice.azlcpo("ELLIPSOID", target, at, "CN+S", False, True, place, "EARTH", "ITRF93")[0] for at in t
    ])  # fmt: skip
    distance, azimuth, elevation, rate, azimuth_rate, elevation_rate = rows.T
    across = (seen["azimuth_deg"] - np.rad2deg(azimuth) + 180.0) % 360.0 - 180.0
    apart = ANGLE_DEG + np.rad2deg(ORIENTATION_RAD * 6378.0 / distance)  # the station is so far off
    assert np.all(np.abs(across * np.cos(elevation)) < apart)
    assert np.all(np.abs(seen["elevation_deg"] - np.rad2deg(elevation)) < apart)
    assert worst(seen["range_km"], distance) < RANGE_KM
    assert worst(seen["light_time_s"], distance / 299792.458) < 1e-8
    swing = ORIENTATION_RAD * 6378.0 * 8.0 / distance  # what that makes of a line that turns
    assert np.all(np.abs(seen["range_rate_km_s"] - rate) < RANGE_RATE_KM_S + swing)
    swing = RATE_DEG_S + apart * 8.0 / distance
    assert np.all(np.abs(seen["azimuth_rate_deg_s"] - np.rad2deg(azimuth_rate)) * np.cos(elevation) < swing)
    assert np.all(np.abs(seen["elevation_rate_deg_s"] - np.rad2deg(elevation_rate)) < swing)


@pytest.mark.parametrize("other", ["sun", "moon"])
def test_separations_are_those_of_spice(tracked, spice, other):
    name, result, t, target, place = tracked
    seen = tracking(result, (name, "madrid"), t)
    lines = [
        [spice.spkcpo(body, at, "J2000", "OBSERVER", "CN+S", place, "EARTH", "ITRF93")[0][:3] for at in t]
        for body in (target, other.upper())
    ]
    expected = [spice.vsep(a, b) for a, b in zip(*lines, strict=True)]
    assert worst(seen[f"{other}_separation_deg"], np.rad2deg(expected)) < SEPARATION_DEG


def test_the_two_ways_of_a_signal_are_those_of_spice(tracked, spice):
    """Frequencies by the times at which one wave and the next are sent, turned around and received."""
    name, result, t, target, place = tracked
    table = Track(frequency_mhz=2250.0).columns(result, (name, "madrid"), t, np.ones(len(t), dtype=int))

    def sent(at):
        """When a signal left the station that arrives there at some time, turned around by the spacecraft."""
        down = spice.spkcpo(target, at, "J2000", "OBSERVER", "CN", place, "EARTH", "ITRF93")[1]
        up = spice.spkcpt(place, "EARTH", "ITRF93", at - down, "J2000", "OBSERVER", "CN", target)[1]
        return down, down + up

    step = 0.5
    for at, one, both in zip(
        t[::7], table["one_way_doppler_hz_at_2250_mhz"][::7], table["two_way_doppler_hz_at_2250_mhz"][::7], strict=True
    ):
        delays = np.array([sent(at + k * step) for k in (-2, -1, 1, 2)])
        rates = (8.0 * (delays[2] - delays[1]) - (delays[3] - delays[0])) / (12.0 * step)
        assert one == pytest.approx(-2.25e9 * rates[0], abs=0.05)
        assert both == pytest.approx(-2.25e9 * rates[1], abs=0.1)


@pytest.mark.parametrize(("frame", "named", "center"), [
    ("icrf", "J2000", "earth"), ("icrf", "J2000", "moon"), ("itrf", "ITRF93", "earth"),
    ("moon_me", "MOON_ME_DE421", "moon"), ("moon_pa", "MOON_PA_DE421", "moon"),
])  # fmt: skip
def test_states_are_those_of_spice(tracked, spice, frame, named, center):
    name, result, t, target, _ = tracked
    found = sim.states(result.ends[name], t, frame, center)
    expected = np.array([spice.spkezr(target, at, named, "NONE", center.upper())[0] for at in t])
    far = np.linalg.norm(expected[:, :3], axis=1).max()
    turned = ORIENTATION_RAD * far if frame == "itrf" else 0.0
    assert worst(found.position, expected[:, :3]) < 1e-5 + turned
    assert worst(found.velocity, expected[:, 3:]) < 1e-7 + (8.0 * ORIENTATION_RAD + 7.3e-5 * turned if turned else 0.0)


def test_the_rotating_frame_is_that_of_spice(tracked, spice):
    """A two-vector frame: x from the Earth to the Moon, y towards the Moon's motion."""
    name, result, t, target, _ = tracked
    found = sim.states(result.ends[name], t, "earth_moon_rotating", "moon")

    def turned(at):
        moon = spice.spkezr("MOON", at, "J2000", "NONE", "EARTH")[0]
        axes = spice.twovec(moon[:3], 1, moon[3:], 2)
        return axes @ spice.spkezr(target, at, "J2000", "NONE", "MOON")[0][:3]

    step = 1.0
    for row, at in enumerate(t[::9]):
        around = [turned(at + k * step) for k in (-2, -1, 0, 1, 2)]
        speed = (8.0 * (around[3] - around[1]) - (around[4] - around[0])) / (12.0 * step)
        assert worst(found.position[9 * row], around[2]) < 1e-4
        assert worst(found.velocity[9 * row], speed) < 1e-6


def test_the_iss_is_where_skyfield_sees_it():
    """Geometric, as Skyfield takes satellites; its own UT1 is off by up to 0.1 s, 46 m of the station's place."""
    from skyfield.api import EarthSatellite, load, wgs84

    result = sim.run(scenario("iss").model_copy(update={"light_time": False}))
    t = np.concatenate([np.linspace(a, b, 40) for a, b in result.hops["iss", "madrid"].bounds])
    ts = load.timescale(builtin=True)
    time = ts.tt_jd(2451545.0, (t - tdb_minus_tt(t)) / DAY_S)
    place = wgs84.latlon(MADRID["latitude_deg"], MADRID["longitude_deg"], MADRID["height_m"])
    seen = (EarthSatellite(*ISS, ts=ts) - place).at(time)
    elevation, azimuth, distance, up_rate, around_rate, rate = seen.frame_latlon_and_rates(place)
    found = tracking(result, ("iss", "madrid"), t)
    across = (found["azimuth_deg"] - azimuth.degrees + 180.0) % 360.0 - 180.0
    assert worst(across * np.cos(elevation.radians), 0.0) < 5e-3
    assert worst(found["elevation_deg"], elevation.degrees) < 5e-3
    assert worst(found["range_km"], distance.km) < 0.06
    assert worst(found["range_rate_km_s"], rate.km_per_s) < 6e-4
    assert worst(found["elevation_rate_deg_s"], up_rate.degrees.per_second) < 1e-3
    turned = (found["azimuth_rate_deg_s"] - around_rate.degrees.per_second) * np.cos(elevation.radians)
    assert worst(turned, 0.0) < 1e-3


def test_the_ground_track_of_the_iss_is_that_of_skyfield():
    from skyfield.api import EarthSatellite, load, wgs84

    result = sim.run(scenario("iss"))
    t = np.linspace(result.span.start, result.span.end, 500)
    ts = load.timescale(builtin=True)
    time = ts.tt_jd(2451545.0, (t - tdb_minus_tt(t)) / DAY_S)
    below = wgs84.geographic_position_of(EarthSatellite(*ISS, ts=ts).at(time))
    found = sim.ground_track(result.ends["iss"], t)
    assert worst(found.latitude_deg, below.latitude.degrees) < 2e-4  # it lets the pole rest: 15 m
    assert worst((found.longitude_deg - below.longitude.degrees + 180.0) % 360.0 - 180.0, 0.0) < 1e-3  # UT1
    assert worst(found.altitude_km, below.elevation.km) < 0.02
