"""What must be true of anything that moves, and of any line of sight."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.core import geometry
from sim.core.chebyshev import Pieces
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.light_time import ray
from sim.visibility.sight import Sight

SPAN = sim.Span("2019-01-03T00:00:00Z", days=2)
SPEED_KM_S = 1e-6
"""A millimeter a second: what differences over a few seconds leave."""


def ends():
    lunar = sim.Kepler(center="moon", epoch="2019-01-03T00:00:00Z", semi_major_axis_km=1900.0, eccentricity=0.02,
                       inclination_deg=80.0)  # fmt: skip
    state = {"position_km": (1900.0, 0.0, 0.0), "velocity_km_s": (0.0, 0.3, 1.58)}
    real = sim.Tle(  # the ISS, a week after the span; source: Bill-Gray/tles, public catalogue snapshot
        line1="1 25544U 98067A   19010.62213920  .00001142  00000-0  24785-4 0  9994",
        line2="2 25544  51.6429  64.9803 0002398 268.4558 194.7522 15.53754385150775",
    )
    return {
        "station": sim.Site(name="station", latitude_deg=27.8, longitude_deg=-15.6, height_m=205.0),
        "lander": sim.Site(name="lander", body="moon", latitude_deg=-45.0, longitude_deg=177.6, height_m=-5935.0),
        "kepler": sim.Spacecraft(name="kepler", orbit=lunar).over(SPAN),
        "numerical": sim.Spacecraft(
            name="numerical", orbit=sim.Numerical(epoch="2019-01-03T00:00:00Z", gravity_degree=10, **state)
        ).over(SPAN),
        "halo": sim.Spacecraft(
            name="halo", orbit=sim.Halo(amplitude_km=13_000.0, epoch="2019-01-03T00:00:00Z")
        ).over(SPAN),
        "tle": sim.Spacecraft(name="tle", orbit=real).over(SPAN),
        "rover": sim.Site(name="rover", body="mars", latitude_deg=25.066, longitude_deg=109.925, height_m=-4099.0),
        "about mars": sim.Spacecraft(name="about-mars", orbit=sim.Numerical(
            center="mars", epoch="2019-01-03T00:00:00Z", position_km=(3800.0, 0.0, 0.0), velocity_km_s=(0.0, 0.5, 3.4)
        )).over(SPAN),
        "about earth": sim.Spacecraft(name="about-earth", orbit=sim.Numerical(
            center="earth", epoch="2019-01-03T00:00:00Z", position_km=(9000.0, 0.0, 0.0), velocity_km_s=(0.0, 4.0, 6.0)
        )).over(SPAN),
        "asteroid": sim.Spacecraft(name="asteroid", orbit=sim.Kepler(
            center="sun", frame="ecliptic", epoch="2019-01-03T00:00:00Z", semi_major_axis_km=1.5e8, eccentricity=0.1,
            inclination_deg=7.8, mean_anomaly_deg=100.0,
        )).over(SPAN),
        **BODIES,
    }


ENDS = ends()
PAIRS = [("station", "kepler"), ("lander", "halo"), ("station", "halo"), ("kepler", "numerical"), ("lander", "kepler"),
         ("station", "tle"), ("rover", "about mars"), ("rover", "jupiter"), ("station", "asteroid"),
         ("station", "about earth")]  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_velocity_is_the_derivative_of_position(name):
    t, h = np.linspace(SPAN.start + 100.0, SPAN.end - 100.0, 50), 4.0
    end = ENDS[name]
    p = [end.position(t + k * h) for k in (-2, -1, 1, 2)]
    slope = (p[0] - 8 * p[1] + 8 * p[2] - p[3]) / (12 * h)
    state = end.state(t)
    assert np.abs(slope - state.velocity).max() < SPEED_KM_S
    assert np.array_equal(state.position, end.position(t))


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("light", [False, True])
def test_range_rate_is_the_derivative_of_range(pair, light):
    sight = Sight(ENDS[pair[0]], ENDS[pair[1]], light)
    t, h = np.linspace(SPAN.start + 100.0, SPAN.end - 100.0, 50), 2.0  # a low pass overhead bends within a minute
    r = [sight.range_km()(t + k * h) for k in (-2, -1, 1, 2)]
    slope = (r[0] - 8 * r[1] + 8 * r[2] - r[3]) / (12 * h)
    assert np.abs(slope - sight.range_rate_km_s()(t)).max() < SPEED_KM_S


@pytest.mark.parametrize("pair", PAIRS)
def test_geometric_sight_is_symmetric(pair):
    a, b = ENDS[pair[0]], ENDS[pair[1]]
    there, back = (sim.hop(x, y, light=False).windows(SPAN) for x, y in ((a, b), (b, a)))
    assert there.matches(back, 1e-5)


@pytest.mark.parametrize("pair", PAIRS)
def test_light_arrives_when_it_was_sent_plus_its_way(pair):
    sight = Sight(ENDS[pair[0]], ENDS[pair[1]])
    t = SPAN.grid(7200.0)
    ray = sight.ray(t)
    way = np.linalg.norm(sight.transmitter.position(ray.sent) - sight.receiver.position(t), axis=1)
    assert np.abs(way / geometry.SPEED_OF_LIGHT_KM_S - ray.light_time).max() < 1e-9
    from sim.trajectories.light_time import arrival

    assert np.abs(arrival(sight.transmitter, sight.receiver, ray.sent) - t).max() < 1e-6


@pytest.mark.parametrize("light", [True, False])
@pytest.mark.parametrize("pair", PAIRS)
def test_a_ray_says_where_its_ends_are(pair, light):
    """Whichever center light is followed about: to what positions at the barycenter are rounded to."""
    sight = Sight(ENDS[pair[0]], ENDS[pair[1]], light)
    t = SPAN.grid(7200.0)
    path = sight.ray(t)
    for said, end, when in ((path.transmitter, sight.transmitter, path.sent), (path.receiver, sight.receiver, t)):
        state = end.state(when)
        assert np.abs(said.position - state.position).max() < 2e-6  # a time is rounded by 0.1 us, at 15 km/s
        assert np.abs(said.velocity - state.velocity).max() < 1e-8  # motion is straight over the last step: some us
    assert np.abs(path.line - (path.transmitter.position - path.receiver.position)).max() < 1e-6


@pytest.mark.parametrize(("pieces", "times"), [(1, 50), (17, 40), (17, 700), (17, 9000), (60, 9000), (2000, 9000)])
def test_polynomials_are_the_same_in_whatever_order_times_are_asked(pieces, times):
    random = np.random.default_rng(pieces + times)
    function = Pieces(np.linspace(0.0, 100.0, pieces + 1), random.normal(size=(pieces, 9, 3)))
    shuffled, passes = random.uniform(0.0, 100.0, times), random.uniform(0.0, 95.0, times // 20 + 1)
    runs = (passes[:, None] + np.linspace(0.0, 5.0, 20)).ravel()
    for t in (shuffled, np.sort(shuffled), runs, shuffled.reshape(-1, 10)):
        few = random.permutation(t.size)[:32]
        value, rate = function.both(t)
        for found, each in ((value, function), (rate, function.rate), (function(t), function)):
            assert found.shape == (*t.shape, 3)
            assert found.reshape(-1, 3)[few] == pytest.approx(each(t.ravel()[few]), rel=1e-11, abs=1e-9)


@pytest.mark.parametrize("pair", PAIRS)
def test_an_occulter_more_leaves_a_subset(pair):
    a, b = ENDS[pair[0]], ENDS[pair[1]]
    clear = sim.clearance_km(b, a, BODIES["moon"]) > 0
    both = (clear & (sim.clearance_km(b, a, BODIES["earth"]) > 0)).windows(SPAN)
    assert (both - clear.windows(SPAN)).total_s == 0.0


@settings(max_examples=25, deadline=None)
@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 40), st.floats(0.5, 20))
def test_raising_a_stations_mask_gives_a_subset(latitude, longitude, mask, more):
    low, high = (
        sim.Site(name="s", latitude_deg=latitude, longitude_deg=longitude, horizon_deg=h) for h in (mask, mask + more)
    )
    loose, tight = (sim.hop(ENDS["kepler"], site).windows(SPAN) for site in (low, high))
    assert (tight - loose).total_s < 1e-4


vectors = st.tuples(*[st.floats(-1e6, 1e6)] * 3).map(np.array).filter(lambda v: np.linalg.norm(v) > 1.0)


@given(vectors, vectors)
def test_separation_is_symmetric_and_agrees_with_the_cosine(a, b):
    angle = geometry.separation(a, b)
    assert angle == pytest.approx(geometry.separation(b, a), abs=1e-15)
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert np.cos(angle) == pytest.approx(cosine, abs=1e-9)


@given(vectors, vectors, vectors)
def test_distance_to_a_segment_is_symmetric_and_never_above_that_to_an_end(a, b, point):
    if np.linalg.norm(a - b) < 1.0:
        return
    d = np.sqrt(geometry.squared_distance_to_segment(a, b, point))
    back = np.sqrt(geometry.squared_distance_to_segment(b, a, point))
    assert d == pytest.approx(back, rel=1e-6, abs=1e-3)
    assert d <= min(np.linalg.norm(point - a), np.linalg.norm(point - b)) * (1 + 1e-12)


@given(vectors, vectors)
def test_aberration_keeps_length_and_turns_towards_the_motion(line, velocity):
    velocity = velocity / np.linalg.norm(velocity) * 30.0
    seen = geometry.aberrated(line, velocity)
    assert np.linalg.norm(seen) == pytest.approx(np.linalg.norm(line))
    assert geometry.separation(seen, velocity) <= geometry.separation(line, velocity) + 1e-12
    assert geometry.separation(seen, line) < 1.1e-4


@pytest.mark.parametrize("name", ENDS)
def test_no_times_have_no_places(name):
    state = ENDS[name].state(np.empty(0))
    assert state.position.shape == state.velocity.shape == (0, 3)


def test_an_uplink_closes_where_its_light_meets_the_moon():
    """Light followed in steps of 2 µs over its last 6,000 km, with the Moon where it is at each of them."""
    span = sim.Span("2026-03-01T00:10:00Z", "2026-03-01T00:40:00Z")
    elements = {"semi_major_axis_km": 1937.4, "eccentricity": 0.0, "inclination_deg": 45.0}
    orbit = sim.Kepler(center="moon", epoch="2026-03-01T00:00:00Z", **elements)
    craft = sim.Spacecraft(name="craft", orbit=orbit).over(span)
    station = sim.Site(name="station", latitude_deg=-35.8, longitude_deg=-69.4, horizon_deg=-90)
    (edge,) = (t for t in sim.hop(station, craft).windows(span).bounds.ravel() if span.start < t < span.end)
    way = ray(station, craft, np.array([edge]))
    t = np.linspace(edge - 0.02, edge, 10_001)
    share = ((t - way.sent) / way.light_time)[:, None]
    path = way.transmitter.position + share * (way.receiver.position - way.transmitter.position)
    least = np.min(np.linalg.norm(path - sim.MOON.position(t), axis=1))
    assert abs(least - 1737.4) < 1e-4  # km: it was 0.09 while the Moon was where light from its center had left it


@pytest.mark.parametrize(("light", "horizon_deg"), [(True, 5.0), (False, 5.0), (True, [[0, 1], [180, 3]])])
def test_the_center_of_the_body_that_a_site_stands_on_is_never_in_sight(light, horizon_deg):
    span = sim.Span("2026-03-01T00:00:00Z", days=0.2)
    for body, name in ((sim.EARTH, "earth"), (sim.MOON, "moon")):
        here = sim.Site(name="here", body=name, latitude_deg=10.0, longitude_deg=20.0, horizon_deg=horizon_deg)
        for ends in ((body, here), (here, body)):
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)
                hop = sim.hop(*ends, light=light)
                found = hop.windows(span)
            assert not len(found) and found.known is None
            assert any("elevation" in str(leaf) for leaf in hop.blockers(span.start))
