"""Motion about the Earth, the Sun and Mars, and how Mars turns, against what was recorded and what others compute."""

import erfa
import numpy as np
import pytest

import sim
from sim.core.time import DAY_S
from sim.data.resources import scenarios_folder
from sim.trajectories.bodies import frames, planet_rotation
from sim.trajectories.bodies.body import BODIES, EARTH, body

TT_MINUS_UTC_S = 69.184
AU_KM = 149_597_870.7

OF_DATE = np.array([(279864.453, 54395.694, 78674.221), (3.5395202, 0.9236946, 1.1214188)])
"""km, km/s, in the mean equator and equinox of date. Source: Project Pluto's fit to astrometry, 2020-07-24 00:00 TT
(tianwea, the record in base 36 of MJD 59054)."""
TO_J2000 = erfa.pmat76(2400000.5, 59054.0).T

TIANWEN = sim.Numerical(
    center="earth",
    epoch=sim.tdb("2020-07-24T00:00:00Z") - TT_MINUS_UTC_S,
    position_km=tuple(TO_J2000 @ OF_DATE[0]),
    velocity_km_s=tuple(TO_J2000 @ OF_DATE[1]),
)
"""Tianwen-1 leaving the Earth."""
TELEMETRY = (
    ("2020-08-01T21:01:30.567600Z", (99929721.15472408, -106358786.60340533, -45541375.03963038)),
    ("2020-08-01T21:55:54.635600Z", (100013349.64741957, -106299393.18667522, -45513509.44563319)),
)
"""Where it said that it was, about the Sun, ICRF axes, km. Source: its telemetry, received by AMSAT-DL, decoded by
D. Estévez (Tianwen/tm_state_vectors/20200801)."""
TELEMETRY_DEG = 0.002
"""What the fit's own ephemeris is from ours after eight days, without radiation pressure."""

KAMOOALEWA = {
    "center": "sun",
    "frame": "ecliptic",
    "epoch": (2457854.5 - 2451545.0) * DAY_S,
    "semi_major_axis_km": 1.00102447694204 * AU_KM,
    "eccentricity": 0.1040534310625292,
    "inclination_deg": 7.773894173631178,
    "node_deg": 66.43991583004482,
    "argument_of_periapsis_deg": 307.0951007739783,
    "mean_anomaly_deg": 187.6486415815915,
}
"""469219 Kamoʻoalewa. Source: JPL Horizons, osculating elements of 2017-04-11 TDB, solution of 2025-02-20."""
APPROACH_KM, APPROACH_KM_S = 22_620_945.277, 15592.7967417 / 3600.0
"""Its distance from the Earth and speed on 2019-10-08 at 04:44. Source: NASA NeoWs (JPL close approaches)."""
APPROACH_TOLERANCE_KM = 1000.0
"""The two come from solutions of different years; a kilometer of the axis is 40 km along the way in two years."""

MARS_TELEMETRY = (
    ("2021-02-08T22:14:25.049300Z", (-345203.0840200648, 103420.7793506239, -15761.456419116437),
     (2.409386271990221, -0.7794198288828312, 0.12118319008153547)),
    ("2021-02-08T22:32:01.065800Z", (-342658.55583416123, 102597.64627465085, -15633.476912891783),
     (2.4098214346908093, -0.7795202118838901, 0.12119848734593992)),
)  # fmt: skip
"""Tianwen-1 on its way to Mars, about Mars in the axes of its equator of J2000. Source: the spacecraft's telemetry,
decoded by D. Estévez."""
TELEMETRY_M = 30.0
"""What the spacecraft's own propagation is worth."""

MARS_PCK = """
BODY499_POLE_RA  = ( 317.269202 -0.10927547 0. )
BODY499_POLE_DEC = ( 54.432516 -0.05827105 0. )
BODY499_PM       = ( 176.049863 +350.891982443297 0. )
BODY499_NUT_PREC_RA  = ( 0 0 0 0 0 0 0 0 0 0 0.000068 0.000238 0.000052 0.000009 0.419057 )
BODY499_NUT_PREC_DEC = ( 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0.000051 0.000141 0.000031 0.000005 1.591274 )
BODY499_NUT_PREC_PM  = ( 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0.000145 0.000157 0.000040 0.000001 0.000001 0.584542 )
BODY4_NUT_PREC_ANGLES = ( 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 198.991226 19139.4819985  226.292679 38280.8511281  249.663391 57420.7251593  266.183510 76560.6367950
 79.398797 0.5042615  122.433576 19139.9407476  43.058401 38280.8753272  57.663379 57420.7517205
 79.476401 76560.6495004  166.325722 0.5042615  129.071773 19140.0328244  36.352167 38281.0473591
 56.668646 57420.9295360  67.364003 76560.2552215  104.792680 95700.4387578  95.391654 0.5042615 )
"""
"""Source: NAIF pck00011.tpc, after Archinal et al. (2018)."""
MARS_2009 = (317.68143, -0.1061, 52.88650, -0.0609, 176.630, 350.89198226)
"""Source: IAU WGCCRE 2009 (Archinal et al. 2011)."""


def test_tianwen_1_rises_at_zapala_when_it_was_first_heard_there(figure):
    """Xinhua, 2020-07-24: acquired by Zapala at 05:21 UTC, by Jiamusi at 13:37, by Kashi about 17:00."""
    span = sim.Span("2020-07-23T05:16:00Z", "2020-07-24T00:00:00Z")
    craft = sim.Spacecraft(name="tianwen", orbit=TIANWEN).over(span)
    stations = sim.seeds("stations/cdsn")
    rises = {name: sim.hop(craft, stations[name]).windows(span).bounds[0, 0] for name in ("zapala", "jiamusi", "kashi")}
    late = abs(rises["zapala"] - sim.tdb("2020-07-23T05:21:00Z"))
    figure("Tianwen-1's first rise at Zapala (5°), 2020-07-23", "Xinhua: 05:21", late, 60.0, "s")
    assert 0.0 < sim.tdb("2020-07-23T13:37:00Z") - rises["jiamusi"] < 900.0  # up, and just so
    figure("Tianwen-1's first rise at Kashi (5°)", "Xinhua: about 17:00", abs(rises["kashi"] - sim.tdb("2020-07-23T17:00:00Z")), 900.0, "s")  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(("when", "there"), TELEMETRY)
def test_tianwen_1_leaves_the_earth_in_the_direction_that_it_says_itself(figure, when, there):
    scenario = sim.load(scenarios_folder() / "tianwen-1.toml")
    t, earth, sun = np.asarray(sim.tdb(when)), body("earth"), body("sun")
    ours = scenario["tianwen"].state_from(earth, t).position
    theirs = np.array(there) - earth.position_from(sun, t)
    off = np.rad2deg(np.arctan2(np.linalg.norm(np.cross(ours, theirs)), ours @ theirs))
    figure(f"Tianwen-1's direction from the Earth, {when[:16]}", "its telemetry", off, TELEMETRY_DEG, "deg")


def test_the_seed_of_tianwen_1_is_the_published_state_in_icrf_axes():
    orbit = sim.seeds("spacecraft/tianwen-1-departure")["tianwen"].orbit
    assert np.allclose(orbit.position_km, TIANWEN.position_km, rtol=0.0, atol=1e-5)
    assert np.allclose(orbit.velocity_km_s, TIANWEN.velocity_km_s, rtol=0.0, atol=1e-9)


def test_kamooalewa_passes_the_earth_in_2019_where_jpl_says(figure):
    span = sim.Span("2017-04-11T00:00:00Z", "2019-10-12T00:00:00Z")
    start = sim.Spacecraft(name="k", orbit=sim.Kepler(**KAMOOALEWA)).over(span).relative(np.array(KAMOOALEWA["epoch"]))
    orbit = sim.Numerical(
        center="sun", epoch=KAMOOALEWA["epoch"], position_km=start.position, velocity_km_s=start.velocity
    )
    there = sim.Spacecraft(name="k", orbit=orbit).over(span).state_from(EARTH, sim.tdb("2019-10-08T04:44:00Z"))
    miss = abs(np.linalg.norm(there.position) - APPROACH_KM)
    figure("Kamoʻoalewa's distance from the Earth after 2.5 years", "JPL close approaches: 22,620,945 km", miss, APPROACH_TOLERANCE_KM, "km")  # fmt: skip  # noqa: E501
    assert abs(np.linalg.norm(there.velocity) - APPROACH_KM_S) < 1e-4


def test_tianwen_1_falls_to_mars_as_its_telemetry_says(figure):
    east, _, north, *_ = MARS_2009
    equator = frames.rotation(1, np.deg2rad(90.0 - north)) @ frames.rotation(3, np.deg2rad(90.0 + east))
    (first, place, speed), (last, there, _) = MARS_TELEMETRY
    orbit = sim.Numerical(
        center="mars", epoch=first, position_km=equator.T @ place, velocity_km_s=equator.T @ speed
    )
    craft = sim.Spacecraft(name="tianwen", orbit=orbit).over(sim.Span(first, last))
    miss = np.linalg.norm(craft.relative(np.asarray(sim.tdb(last))).position - equator.T @ there)
    figure("Tianwen-1 near Mars after 18 min", "its telemetry", 1000.0 * miss, TELEMETRY_M, "m")


def test_mars_turns_as_spice_has_it(spice, figure):
    spice.lmpool([line for line in MARS_PCK.splitlines() if line])
    t = np.linspace(-30 * 365.25 * DAY_S, 30 * 365.25 * DAY_S, 61)
    theirs = np.array([spice.pxform("J2000", "IAU_MARS", each) for each in t])
    apart = 3396.19e6 * np.abs(BODIES["mars"].rotation(t) - theirs).max()
    figure("Mars-fixed positions, 1970 to 2030", "SPICE (pck00011)", apart, 1.0, "mm")


def test_the_new_rotation_of_mars_is_that_of_2009_within_a_hundredth_of_a_degree():
    ra, ra_rate, dec, dec_rate, meridian, meridian_rate = MARS_2009
    days = np.array([-7300.0, 0.0, 3650.0, 9000.0])
    old = planet_rotation.Spin((ra, ra_rate), (dec, dec_rate), (meridian, meridian_rate)).rotation(days * DAY_S)
    assert np.rad2deg(np.abs(old - BODIES["mars"].rotation(days * DAY_S))).max() < 0.01


@pytest.mark.parametrize(("center", "distance"), [("earth", 7200.0), ("mars", 3800.0), ("jupiter", 150_000.0), ("uranus", 60_000.0)])  # fmt: skip  # noqa: E501
def test_flattening_turns_the_node_at_the_textbook_rate(center, distance):
    """−3/2 n J2 (R/a)² cos i, of a circular orbit; Vallado (2013), eq. 9-37. Within 2 %: J2² is left out."""
    own, tilt, days = body(center), np.deg2rad(50.0), 4.0
    epoch = sim.tdb("2020-01-01T00:00:00Z")
    pole = own.rotation(np.asarray(epoch))[2]
    east = np.cross([0.0, 0.0, 1.0], pole)
    east /= np.linalg.norm(east)
    speed = np.sqrt(own.gm_km3_s2 / distance)
    along = np.cos(tilt) * np.cross(pole, east) + np.sin(tilt) * pole
    orbit = sim.Numerical(center=center, epoch=epoch, position_km=distance * east, velocity_km_s=speed * along)
    craft = sim.Spacecraft(name="craft", orbit=orbit).over(sim.Span(epoch, days=days))
    t = epoch + np.array([0.0, days * DAY_S])
    state = craft.relative(t)
    nodes = np.cross(pole, np.cross(state.position, state.velocity))
    turned = np.arctan2(np.cross(nodes[0], nodes[1]) @ pole, nodes[0] @ nodes[1])
    expected = -1.5 * speed / distance * own.j2 * (own.j2_radius_km / distance) ** 2 * np.cos(tilt) * days * DAY_S
    wrapped = (turned - expected + np.pi) % (2.0 * np.pi) - np.pi
    assert abs(wrapped) < 0.02 * abs(expected) + 1e-4


def test_a_rover_on_mars_is_on_the_spheroid_and_its_days_last_a_sol():
    rover = sim.seeds("sites/mars")["zhurong"]
    radius = np.linalg.norm(rover.fixed_position)
    x, _, z = rover.fixed_position
    assert np.rad2deg(np.arctan2(z, np.hypot(x, rover.fixed_position[1]))) == pytest.approx(25.066, abs=1e-3)
    assert 3376.2 - 4.2 < radius < 3396.2 - 4.0
    days = (sim.sun_elevation_deg(rover) > 0).windows(sim.Span("2021-06-01T00:00:00Z", days=10.3))
    assert len(days) == 10 or len(days) == 11
    starts = np.diff(days.bounds[1:-1, 0])
    assert starts == pytest.approx(88775.0, abs=60.0)  # a sol: 24 h 39 min 35 s (Allison and McEwen 2000)


def test_mars_hides_an_orbiter_from_the_earth():
    span = sim.Span("2021-06-01T00:00:00Z", days=1)
    shape = {"semi_major_axis_km": 3700.0, "eccentricity": 0.0, "inclination_deg": 90.0}
    orbit = sim.Kepler(center="mars", epoch=span.start, **shape)
    craft = sim.Spacecraft(name="low", orbit=orbit).over(span)
    station = sim.Site(name="station", latitude_deg=0.0, longitude_deg=0.0, horizon_deg=-90.0)
    leaves = [leaf.name for leaf in sim.hop(craft, station).leaves()]
    assert any("clear of mars" in name for name in leaves)
    assert any("clear of the sun" in name for name in leaves)


def test_states_about_other_centers_are_checked_for_their_units():
    state = {"epoch": "2020-01-01T00:00:00Z", "position_km": (9000.0, 0.0, 0.0), "velocity_km_s": (0.0, 1.0, 0.0)}
    with pytest.raises(ValueError, match="above mars: expected km from its center"):
        sim.Numerical(center="mars", **{**state, "position_km": (1.0, 0.0, 0.0)})
    with pytest.raises(ValueError, match="relative to the earth"):
        sim.Numerical(center="earth", **{**state, "velocity_km_s": (0.0, 7500.0, 0.0)})
    with pytest.raises(ValueError, match="gravity_degree is for lunar orbits only"):
        sim.Numerical(center="earth", gravity_degree=20, **state)
