"""What is left out of the bodies in the way is never in the way, and what may be is asked."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.core.chebyshev import Pieces, fit_motion
from sim.core.geometry import SPEED_OF_LIGHT_KM_S, squared_distance_to_segment
from sim.trajectories.bodies.body import BODIES, body
from sim.trajectories.light_time import ray
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.trajectory import OnePart
from sim.visibility import obstacles
from sim.visibility.sight import Sight, occulters

AU_KM = 149_597_870.7
GROUND = sim.Site(name="ground", latitude_deg=10.0, longitude_deg=20.0)
PLANETS = ("mercury", "venus", "earth", "mars", "jupiter", "saturn", "uranus", "neptune")


@st.composite
def flights(draw):
    """An orbit about the Sun, or about a planet, over some days."""
    start = draw(st.floats(-1e9, 1e9))
    center = draw(st.sampled_from(("sun", "earth", "moon", *PLANETS)))
    low = 1.5e7 if center == "sun" else 1.1 * body(center).equatorial_radius_km
    high = 30.0 * AU_KM if center == "sun" else 20.0 * low
    size = np.exp(draw(st.floats(np.log(low), np.log(high))))
    orbit = sim.Kepler(
        center=center, epoch=start, semi_major_axis_km=size, eccentricity=0.0, inclination_deg=draw(st.floats(0, 12)),
        node_deg=draw(st.floats(0, 360)), mean_anomaly_deg=draw(st.floats(0, 360)), frame="ecliptic",
    )  # fmt: skip
    span = sim.Span(start, start + 86400.0 * draw(st.floats(0.1, 20.0)))
    return sim.Spacecraft(name="craft", orbit=orbit).over(span), span


@settings(max_examples=60)
@given(flights(), st.sampled_from([GROUND, BODIES["moon"], BODIES["mars"], BODIES["sun"]]))
def test_no_body_that_is_left_out_comes_near_the_line_of_sight(flight, other):
    craft, span = flight
    kept = {each.name for each in obstacles.between(craft, other)} - obstacles.out_of_reach(craft, other).keys()
    ends = {other.center}
    t = np.linspace(span.start, span.end, 4001)
    path = ray(craft, other, t)
    for name in set(BODIES) - kept - ends:
        for early in (0.0, 0.5, 1.0):  # wherever the light passed it
            place = BODIES[name].position(t - early * path.light_time)
            away = np.sqrt(squared_distance_to_segment(path.transmitter.position, path.receiver.position, place))
            assert np.min(away) > BODIES[name].equatorial_radius_km, name


@settings(max_examples=200)
@given(
    st.sampled_from([name for name in PLANETS if name != "earth"]), st.floats(-1e9, 1e9), st.floats(0.1, 30.0),
    st.floats(0.0, 1.0), st.floats(-4.0, 0.5), st.tuples(*[st.floats(-40.0, 40.0)] * 3), st.booleans(),
)  # fmt: skip
def test_a_body_that_light_meets_for_one_instant_is_asked(name, start, days, share, behind, velocity, sending):
    """A spacecraft that goes straight, so that a body is before it at one instant of a span, from either end."""
    length, other = 86400.0 * days, BODIES[name]
    here = start + share * length
    sign, line = (1.0 if sending else -1.0), np.zeros(3)
    passed = here
    for _ in range(6):
        line = other.position(passed) - BODIES["earth"].position(here)
        passed = here - sign * np.linalg.norm(line) / SPEED_OF_LIGHT_KM_S
    line *= 1.0 + 10.0**behind
    there = here - sign * np.linalg.norm(line) / SPEED_OF_LIGHT_KM_S
    place = BODIES["earth"].position(here) + line - BODIES["sun"].position(there)
    first, last = start - 86400.0, start + length + 86400.0
    begin = place + (first - there) * np.array(velocity)
    half = 0.5 * (last - first) * np.array(velocity)
    pieces = Pieces(np.array([first, last]), np.stack((begin + half, half))[None])
    craft = Sampled("craft", "designed", "sun", pieces)
    ends = (craft, GROUND) if sending else (GROUND, craft)
    assert name in {each.name for each in obstacles.between(*ends)}


@given(flights())
def test_the_body_that_an_orbit_is_about_is_always_asked(flight):
    craft, _ = flight
    assert craft.center in {each.name for each in obstacles.between(craft, GROUND)} | {"earth"}


def test_between_the_earth_and_the_moon_no_planet_is_asked():
    span = sim.Span("2022-01-01T00:00:00Z", days=30)
    shape = {"semi_major_axis_km": 1900.0, "eccentricity": 0.0, "inclination_deg": 90.0}
    orbit = sim.Kepler(center="moon", epoch=span.start, **shape)
    craft = sim.Spacecraft(name="craft", orbit=orbit).over(span)
    lander = sim.Site(name="lander", body="moon", latitude_deg=-45.0, longitude_deg=177.0)
    assert [each.name for each in occulters(Sight(craft, GROUND))] == ["moon", "sun"]
    assert [each.name for each in occulters(Sight(lander, GROUND))] == ["sun"]
    assert [each.name for each in occulters(Sight(lander, craft))] == ["earth", "sun"]


def test_of_a_low_orbit_the_moon_and_the_sun_are_out_of_reach_and_the_certificate_says_why():
    span = sim.Span("2022-01-01T00:00:00Z", days=2)
    shape = {"eccentricity": 0.0, "inclination_deg": 51.0, "epoch": span.start, "center": "earth"}
    low = sim.Spacecraft(name="low", orbit=sim.Kepler(semi_major_axis_km=6800.0, **shape)).over(span)
    hop = sim.hop(low, GROUND)
    assert [leaf.name for leaf in hop.leaves()] == ["elevation of low from ground > 0 deg"]
    moon, sun = (hop & (sim.range_km(GROUND, low) < 1e5)).windows(span).certificate.bounds
    assert moon.startswith("the moon is 350,000 km or more from the earth, from which both ends stay within 1")
    assert sun.startswith("the sun is 14")
    assert [leaf.name for leaf in sim.hop(low, sim.MOON).leaves()] == ["low – moon clear of the earth",
                                                                       "low – moon clear of the sun"]  # fmt: skip
    names = [each.name for each in occulters(Sight(low, GROUND))]
    assert names == ["moon", "sun"] and sim.clearance_km(GROUND, low)(span.start) > 3e5  # asked by name as before


def test_of_an_orbit_that_reaches_the_moon_it_is_asked():
    span = sim.Span("2022-01-01T00:00:00Z", days=12)
    for size, kept in ((160e3, False), (200e3, True)):
        shape = {"semi_major_axis_km": size, "eccentricity": 0.9, "inclination_deg": 28.0}
        orbit = sim.Kepler(center="earth", epoch=span.start, **shape)
        craft = sim.Spacecraft(name="craft", orbit=orbit).over(span)
        assert ("moon" not in obstacles.out_of_reach(craft, GROUND)) is kept
        assert any("moon" in leaf.name for leaf in sim.hop(craft, GROUND).leaves()) is kept


def test_a_spacecraft_named_mars_does_not_replace_mars_as_an_occulter():
    span = sim.Span("2022-01-01T00:00:00Z", days=1)
    shape = {"semi_major_axis_km": 5000.0, "eccentricity": 0.0, "inclination_deg": 10.0}
    orbit = sim.Kepler(center="mars", epoch=span.start, **shape)
    craft = sim.Spacecraft(name="mars", orbit=orbit).over(span)
    assert "mars" in {each.name for each in occulters(Sight(craft, GROUND))}


def test_a_body_whose_motion_knows_no_bounds_leaves_none_out():
    class Anywhere(OnePart):
        name, center, ephemeris = "x", "earth", "de421"

    assert {"jupiter", "venus"} <= {each.name for each in obstacles.between(Anywhere(), GROUND)}


def test_bodies_alone_are_left_out_by_how_far_from_the_sun_they_get():
    """Over the whole ephemeris: what is never nearer to the Sun than both, and none of a pair that stays together."""
    t = np.linspace(-3.1e9, 1.69e9, 20_000)
    pairs = ("earth", "moon"), ("earth", "mars"), ("earth", "jupiter"), ("moon", "venus"), ("mercury", "mars")
    for one, other in pairs:
        kept = {each.name for each in obstacles.between(BODIES[one], BODIES[other])}
        for each in set(BODIES) - kept - {one, other}:
            near, far = BODIES[one].position_from(BODIES[each], t), BODIES[other].position_from(BODIES[each], t)
            assert np.sqrt(squared_distance_to_segment(near, far, np.zeros(3))).min() > 1e7, (one, other, each)
    assert {each.name for each in obstacles.between(BODIES["earth"], BODIES["moon"])} == {"sun"}
    assert "jupiter" not in {each.name for each in obstacles.between(BODIES["earth"], BODIES["mars"])}
    assert "venus" in {each.name for each in obstacles.between(BODIES["earth"], BODIES["mars"])}


def test_shadows_are_those_of_bodies_that_are_broad_enough():
    """Transits of Mercury (2019-11-11) and Venus (2012-06-05) over the Sun are no shadows; at Venus it is one."""
    span = sim.Span("2012-06-01T00:00:00Z", days=10)
    shape = {"eccentricity": 0.0, "inclination_deg": 10.0}
    low = sim.Kepler(center="earth", epoch=span.start, semi_major_axis_km=7000.0, **shape)
    near = sim.Spacecraft(name="near", orbit=low).over(span)
    assert {each.name for each in obstacles.shading(near)} == {"earth", "moon"}
    assert {each.name for each in obstacles.shading(GROUND)} == {"moon"}
    other = sim.Kepler(center="venus", epoch=span.start, semi_major_axis_km=9000.0, **shape)
    about = sim.Spacecraft(name="about", orbit=other).over(span)
    assert "venus" in {each.name for each in obstacles.shading(about)}
    moved = fit_motion(lambda t: _about_the_sun(about, t), about.pieces.edges, 20)
    assert "venus" in {each.name for each in obstacles.shading(Sampled("carried", "designed", "sun", moved))}


def _about_the_sun(craft, t):
    state = craft.state_from(BODIES["sun"], t)
    return state.position, state.velocity
