"""Sites that move along waypoints: ships, aircraft and rovers."""

import pickle
from itertools import pairwise

import numpy as np
import pytest

import sim
from sim.trajectories.limits.local_solar_time import LocalSolarTime
from sim.trajectories.limits.slew import Slew
from sim.trajectories.moving_site import MovingSite
from sim.visibility import uncertainty
from sim.visibility.limit_sight import LimitSight
from sim.visibility.sight import Sight
from tests.support.scenarios import kepler, scenario_text, written

SPAN = sim.Span("2019-01-03T00:00:00Z", days=1)
T = SPAN.start + np.linspace(0.0, SPAN.duration_s, 41)
FLIGHT = (
    ("2019-01-03T00:00:00Z", 60.0, -20.0, 0.0),
    ("2019-01-03T00:30:00Z", 62.0, -25.0, 11_000.0),
    ("2019-01-03T08:00:00Z", 61.0, -150.0, 11_000.0),
    ("2019-01-03T16:00:00Z", -10.0, 170.0, 12_000.0),
    ("2019-01-04T00:00:00Z", -33.9, 151.2, 0.0),
)


def moving(rows, **about):
    """A site with such waypoints: times, latitudes, longitudes and heights."""
    keys = ("time", "latitude_deg", "longitude_deg", "height_m")
    return MovingSite(**{"name": "mover", "waypoints": [dict(zip(keys, row, strict=True)) for row in rows], **about})


def still(latitude_deg, longitude_deg, height_m, **about):
    """A site that is at one place all day, as waypoints, and the same as a place."""
    rows = [(when, latitude_deg, longitude_deg, height_m) for when in ("2019-01-02T00:00:00Z", "2019-01-05T00:00:00Z")]
    place = {"latitude_deg": latitude_deg, "longitude_deg": longitude_deg, "height_m": height_m}
    return moving(rows, **about), sim.Site(**{"name": "mover", **place, **about})


PLACES = [("earth", 40.0, -4.0, 700.0), ("earth", -89.999, 20.0, 0.0), ("moon", -45.5, 177.6, -5900.0),
          ("mars", 22.5, 49.7, -2600.0)]  # fmt: skip


@pytest.mark.parametrize("where", PLACES)
def test_a_site_that_stands_still_is_where_a_site_is(where):
    one, other = still(*where[1:], body=where[0])
    assert np.abs(one.position(T) - other.position(T)).max() < 1e-6
    assert np.abs(one.state(T).velocity - other.state(T).velocity).max() < 1e-9
    assert np.abs(one.horizontal(T) - other.horizontal(T)).max() < 1e-12
    place = np.array(one.place(T))
    assert np.allclose(place, np.array(where[1:])[:, None], rtol=0.0, atol=1e-8)


def test_a_ship_at_anchor_sees_through_the_air_of_a_site():
    ship, site = still(40.0, -4.0, 700.0, horizon_deg=3.0, refraction="optical")
    seen, expected = (sim.hop(sim.MOON, end).windows(SPAN).bounds for end in (ship, site))
    assert len(seen) and np.abs(seen - expected).max() < 1e-4
    plain, _ = still(40.0, -4.0, 700.0, horizon_deg=3.0)
    assert sim.hop(sim.MOON, plain).windows(SPAN).total_s < sim.hop(sim.MOON, ship).windows(SPAN).total_s


def test_an_aircraft_that_climbs_has_no_standard_atmosphere():
    with pytest.raises(ValueError, match=r"from 0 to 12000 m\. Give pressure_hpa"):
        moving(FLIGHT, refraction="radio")
    assert moving(FLIGHT, refraction="radio", pressure_hpa=300.0).air is not None


@pytest.mark.parametrize("where", [PLACES[0], PLACES[2], PLACES[3]])
def test_errors_move_it_as_they_move_a_site(where):
    one, other = still(*where[1:], body=where[0])
    assert uncertainty.errors(one) == uncertainty.errors(other)
    amounts = {"east": 1.0, "north": -2.0, "up": 0.5, "horizon": 1.0}
    here, there = uncertainty.off(one, amounts, 0.5), uncertainty.off(other, amounts, 0.5)
    moved = np.abs(here.position(T) - other.position(T)).max()
    apart = np.abs(here.position(T) - there.position(T)).max()
    assert apart < 0.02 * moved, (apart, moved)  # a site goes along its parallel, a mover along a great circle
    assert np.abs(here.horizontal(T) - there.horizontal(T)).max() < 2e-5
    assert here.horizon_deg == there.horizon_deg
    again = pickle.loads(pickle.dumps(here))
    assert again == here and np.array_equal(again.position(T), here.position(T)) and here != one


def test_windows_of_a_ship_at_anchor_are_those_of_a_site():
    craft = sim.Spacecraft(
        name="low", orbit=kepler("earth", semi_major_axis=7000, eccentricity=0.001, inclination=60)
    ).over(SPAN)
    limits = (Slew(max_azimuth_deg_s=0.8), LocalSolarTime(from_h=4.0, to_h=20.0))
    ship, site = still(40.0, -4.0, 700.0, horizon_deg=3.0, limits=limits)
    pairs = [((craft, ship), (craft, site)), ((ship, craft), (site, craft)), ((sim.MOON, ship), (sim.MOON, site))]
    for one, other in pairs:
        found, expected = sim.hop(*one).windows(SPAN), sim.hop(*other).windows(SPAN)
        assert len(found) == len(expected) > 0
        assert np.abs(found.bounds - expected.bounds).max() < 1e-5
        assert found.known is None or found.known_s == SPAN.duration_s


def test_an_error_of_its_place_is_worth_as_many_seconds_as_of_a_site():
    ship, site = still(40.0, -4.0, 700.0)
    rows = []
    for end in (ship, site):
        scenario = sim.Scenario(start=SPAN.start, days=1, sites={"mover": end}, routes={"down": ["moon", "mover"]})
        (found,) = sim.run(scenario).uncertainty("down")
        rows.append(found.columns)
    assert rows[0] == rows[1] and rows[0]["start_sigma_s"] > 20.0


def test_velocity_and_turn_are_the_rates_of_place_and_axes():
    plane = moving(FLIGHT).parts[0].trajectory
    t = SPAN.start + np.arange(500.0, 86000.0, 1234.5)
    step, earth = 0.5, plane.carrier
    rate = (plane.position_from(earth, t + step) - plane.position_from(earth, t - step)) / (2 * step)
    assert np.abs(rate - plane.state_from(earth, t).velocity).max() < 1e-6
    turn = (plane.horizontal(t + step) - plane.horizontal(t - step)) / (2 * step)
    assert np.abs(turn - np.cross(plane.turning(t)[:, None], plane.horizontal(t))).max() < 1e-9


def test_legs_are_great_circles_at_constant_speed_with_heights_that_change_evenly():
    plane = moving(FLIGHT)
    for (first, *start), (last, *end) in pairwise(FLIGHT):
        t = np.linspace(sim.tdb(first), sim.tdb(last), 9)
        latitude, longitude, height = plane.place(t)
        assert np.allclose(np.diff(height), (end[2] - start[2]) / 8, atol=1e-6)
        f, a = np.deg2rad(latitude), np.deg2rad(longitude)
        up = np.stack((np.cos(f) * np.cos(a), np.cos(f) * np.sin(a), np.sin(f)), axis=1)
        steps = np.arccos(np.sum(up[1:] * up[:-1], axis=1))
        whole = np.arccos(up[0] @ up[-1])
        assert np.allclose(steps, whole / 8, atol=1e-9)  # equal steps that add up to the shortest way
        assert np.allclose([latitude[-1], (longitude[-1] - end[1] + 180) % 360 - 180], [end[0], 0.0], atol=1e-9)


def scanned(margin, span, step_s=2.0):
    """Where a margin is positive: looked at every two seconds, each change of sign bisected."""
    t = np.arange(span.start, span.end, step_s)
    sign = margin(t) > 0.0
    edges = []
    for i in np.flatnonzero(sign[1:] != sign[:-1]):
        low, high = t[i], t[i + 1]
        for _ in range(40):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if bool(margin(np.array([middle]))[0] > 0.0) == sign[i] else (low, middle)
        edges.append(0.5 * (low + high))
    return np.array(edges)


def test_the_windows_of_an_aircraft_are_those_of_brute_force():
    """Elevation by hand from positions alone: light time and aberration left out, on a spheroid by ERFA."""
    import erfa

    plane = moving(FLIGHT, horizon_deg=-2.5)
    craft = sim.Spacecraft(
        name="low", orbit=kepler("earth", semi_major_axis=7000, eccentricity=0.001, inclination=80)
    ).over(SPAN)

    def margin(t):
        latitude, longitude, height = plane.place(t)
        f, a = np.deg2rad(latitude), np.deg2rad(longitude)
        turn = sim.EARTH.rotation(t)
        here = np.einsum("nji,nj->ni", turn, erfa.gd2gc(1, a, f, height) / 1000.0)
        fixed = np.stack((np.cos(f) * np.cos(a), np.cos(f) * np.sin(a), np.sin(f)), axis=1)
        up = np.einsum("nji,nj->ni", turn, fixed)
        line = craft.position_from(sim.EARTH, t) - here
        return np.sum(line * up, axis=1) / np.linalg.norm(line, axis=1) - np.sin(np.deg2rad(-2.5))

    found = sim.hop(craft, plane, light=False).windows(SPAN)
    edges = scanned(margin, SPAN)
    inner = found.bounds.ravel()
    inner = inner[(inner > SPAN.start + 1.0) & (inner < SPAN.end - 1.0)]
    assert len(edges) == len(inner) > 10
    assert np.abs(edges - inner).max() < 1e-4


def test_over_a_pole_nothing_is_missed():
    """East and north swing round there: slews and azimuths are searched up to the time over the pole and on from it."""
    rows = [("2019-01-03T00:00:00Z", 80.0, 0.0, 0.0), ("2019-01-04T00:00:00Z", 80.0, 180.0, 0.0)]
    plane = moving(rows, horizon_deg=5.0)
    azimuth = sim.azimuth_deg(plane, sim.MOON)
    over = SPAN.start + 43200.0
    assert np.any(np.abs(plane.breaks(SPAN) - over) < 1.0)
    before, after = azimuth(np.array([over - 1.0, over + 1.0]))
    assert abs((after - before) % 360.0 - 180.0) < 0.1
    elevation = sim.elevation_deg(plane, sim.MOON)(np.linspace(SPAN.start, SPAN.end, 2001))
    assert np.abs(np.diff(elevation)).max() < 0.05


def test_before_between_and_after_its_waypoints_nothing_is_known_and_never_open():
    rows = [{"time": f"2019-01-03T{hour:02}:00:00Z", "latitude_deg": 5.0, "longitude_deg": -52.0, "gap": hour == 14}
            for hour in (2, 10, 14, 22)]  # fmt: skip
    ship = MovingSite(name="ship", waypoints=rows)
    windows = sim.hop(sim.MOON, ship).windows(SPAN)
    known = np.array([[2, 10], [14, 22]]) * 3600.0 + SPAN.start
    assert np.abs(windows.known - known).max() < 3.0  # at the receiver, with the light's time of arrival
    always = sim.hop(sim.MOON, sim.Site(name="at", latitude_deg=5.0, longitude_deg=-52.0)).windows(SPAN)
    both = always & sim.Windows.of(known, SPAN)
    assert len(windows) and windows.matches(both, 1e-4)
    assert np.isnan(ship.place(SPAN.start)[0]) and not ship.covers(SPAN.start)
    scenario = sim.Scenario(start=SPAN.start, days=1, sites={"ship": ship}, routes={"down": ["moon", "ship"]})
    told = sim.run(scenario).unknown("down")
    assert [words for *_, words in told] == [
        "no track of ship known before 2019-01-03T02:00:00Z",
        "no track of ship known from 2019-01-03T10:00:00Z to 2019-01-03T14:00:00Z",
        "no track of ship known after 2019-01-03T22:00:00Z (its track ends)",
    ]
    assert any("its track is known from 2019-01-03T02:00:00Z" in remark for remark in scenario.remarks)


def test_a_track_that_covers_nothing_of_the_span_leaves_all_unknown_and_says_so():
    ship = moving([("2018-01-01T00:00:00Z", 0.0, 0.0, 0.0), ("2018-01-02T00:00:00Z", 1.0, 0.0, 0.0)])
    scenario = sim.Scenario(start=SPAN.start, days=1, sites={"mover": ship}, routes={"down": ["moon", "mover"]})
    result = sim.run(scenario)
    windows = result.routes["down"]
    assert len(windows) == 0 and windows.known_s == 0.0
    assert [words for *_, words in result.unknown("down")] == [
        "no track of mover known after 2018-01-02T00:00:00Z (its track ends)"
    ]
    assert any("covers nothing of the span" in remark for remark in scenario.remarks)


def test_the_rates_of_a_mount_count_the_turn_of_the_deck():
    """Against differences of azimuth and elevation themselves, on a plane that outruns the Earth's rotation."""
    plane = moving(FLIGHT)
    sight = LimitSight(sim.MOON, plane.parts[0].trajectory)
    azimuth, elevation = (each(plane, sim.MOON) for each in (sim.azimuth_deg, sim.elevation_deg))
    t = SPAN.start + np.arange(4000.0, 80000.0, 5000.0)
    rates = sight.mount_rates_deg_s(plane.parts[0].trajectory, 2, ("azimuth", "elevation"))
    step = 1.0
    turned = (azimuth(t + step) - azimuth(t - step) + 180.0) % 360.0 - 180.0
    assert np.allclose(rates[0](t), np.abs(turned) / (2 * step), rtol=1e-5, atol=1e-8)
    risen = elevation(t + step) - elevation(t - step)
    assert np.allclose(rates[1](t), np.abs(risen) / (2 * step), rtol=1e-5, atol=1e-8)


def test_a_whole_ship_and_its_stretch_of_way_see_the_same():
    """Products ask a sight for scalars of the site that the scenario names."""
    plane = moving(FLIGHT)
    way = plane.parts[0].trajectory
    for sight in (Sight(sim.MOON, way), Sight(way, sim.MOON)):
        for own in (way, plane):
            assert sight.receives(own) is (sight.receiver is way)
        assert np.array_equal(sight.elevation_deg(plane)(T), sight.elevation_deg(way)(T))
        assert np.array_equal(sight.azimuth_deg(plane)(T), sight.azimuth_deg(way)(T))


CSV = """# a ship
time, latitude_deg, longitude_deg, height_m, gap, heading
2019-01-03T02:00:00Z, -20, 179, 10, , 90
2019-01-03T12:00:00Z, -21, -179, 10, , 90
2019-01-03T14:00:00.5Z, -21, -178, 10, true, 85
2019-01-03T20:00:00Z, -22, 183, 10, false, 80
"""
GPX = """<?xml version="1.0"?>
<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><trk><name>a</name>
<trkseg><trkpt lat="-20" lon="179"><ele>10</ele><time>2019-01-03T02:00:00Z</time></trkpt>
<trkpt lat="-21" lon="-179"><ele>10</ele><time>2019-01-03T12:00:00Z</time></trkpt></trkseg>
<trkseg><trkpt lat="0" lon="0"><time>2019-01-03T13:00:00Z</time></trkpt></trkseg>
<trkseg><trkpt lat="-21" lon="-178"><ele>10</ele><time>2019-01-03T14:00:00.5Z</time></trkpt>
<trkpt lat="-22" lon="-177"><ele>10</ele><time>2019-01-03T20:00:00Z</time></trkpt></trkseg></trk></gpx>
"""


def test_a_track_from_csv_and_from_gpx_is_that_of_the_waypoints(tmp_path):
    rows = [("2019-01-03T02:00:00Z", -20.0, 179.0, False), ("2019-01-03T12:00:00Z", -21.0, -179.0, False),
            ("2019-01-03T14:00:00.5Z", -21.0, -178.0, True), ("2019-01-03T20:00:00Z", -22.0, -177.0, False)]
    keys = ("time", "latitude_deg", "longitude_deg", "gap", "height_m")
    inline = MovingSite(name="ship", waypoints=[dict(zip(keys, (*row, 10.0), strict=True)) for row in rows])
    for name, text in (("way.csv", CSV), ("way.gpx", GPX)):
        (tmp_path / name).write_text(text)
        read = MovingSite(name="ship", track_file=str(tmp_path / name))
        assert [(p.start, p.end) for p in read.parts] == [(p.start, p.end) for p in inline.parts]
        for part, other in zip(read.parts, inline.parts, strict=True):
            t = np.linspace(part.start, part.end, 9)
            assert np.abs(read.position(t) - inline.position(t)).max() < 1e-7
            assert other.trajectory.breaks(SPAN).size
        assert read.model_copy(update={"horizon_deg": 5.0}).waypoints == read.waypoints
        assert read.files == (str(tmp_path / name),)


def test_a_scenario_with_a_track_file_is_recorded_with_it(tmp_path):
    (tmp_path / "way.csv").write_text(CSV)
    sites = {"ship": {"track_file": "way.csv", "horizon_deg": 5}}
    path = written(tmp_path, scenario_text(sites=sites, routes={"down": ["moon", "ship"]}))
    scenario = sim.load(path)
    assert len(scenario.sites["ship"].waypoints) == 4
    result = sim.run(scenario)
    assert "way.csv" in result.provenance["data"]
    again = sim.Scenario(start=scenario.start, days=1, sites=dict(scenario.sites), routes=dict(scenario.routes))
    assert sim.run(again).routes["down"].bounds.tolist() == result.routes["down"].bounds.tolist()
    assert pickle.loads(pickle.dumps(scenario.sites["ship"])) == scenario.sites["ship"]
