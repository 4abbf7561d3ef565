"""What the report's page is given says the same as the library, at every mask: read here as the page reads it."""

from pathlib import Path

import numpy as np
import pytest
from numpy.polynomial import chebyshev

import sim
from sim.core.time import DAY_S, Span
from sim.products.web_report.monotonic_pieces import pieces
from sim.products.web_report.page_data import tables
from sim.search.windows import Windows
from sim.simulation.run import run
from sim.trajectories.rotating_frame import from_moon
from sim.visibility.sight import Sight
from tests.support.scenarios import FAR_SIDE, lander_and_relay

ROOT = Path(__file__).parents[2]
EDGE_S = 1.0
"""What the page promises."""
SHORT_S = 60.0
"""A pass that only just reaches the mask begins and ends where its elevation hardly changes: edges of shorter ones move
by more than the elevation's own rounding would say."""

STATIONS = {
    "title": "A lander, a high relay and two stations", "days": 4, "include": ["seeds:stations/estrack"],
    "sites": {"lander": FAR_SIDE, "kourou": {"limits": [{"kind": "sun_separation", "min_deg": 150}]}},
}  # fmt: skip


def above(found, level):
    """As the page does it: one root of each monotonic polynomial."""
    for start, end, *whole in found:
        low, high = chebyshev.chebval([-1.0, 1.0], whole) > level
        if not (low or high):
            continue
        a, b = -1.0, 1.0
        if low != high:
            for _ in range(50):
                middle = 0.5 * (a + b)
                a, b = (a, middle) if (chebyshev.chebval(middle, whole) > level) == high else (middle, b)
            root = start + (end - start) * (a + 1.0) / 2.0
            start, end = (root, end) if high else (start, root)
        yield start, end


def windows(told, hop, masks, span):
    """A hop's windows by the page's tables."""
    wide = Span(span.start - 10.0, span.end)
    open_ = Windows.of(span.start + np.array(hop["low"]).reshape(-1, 2), wide)
    for end in hop["elevations"]:
        level = np.sin(np.deg2rad(masks[end["site"]])) / told["sine_unit"]
        parts = np.array(list(above(end["pieces"], level))).reshape(-1, 2)
        open_ = open_ & ~(~Windows.of(span.start + parts, wide)).at_least(0.002)
    return open_.within(span).at_least(0.002)


def agree(ours, library, tolerance_s=EDGE_S):
    """Long windows one by one, the short ones by what they add up to."""
    assert ours.at_least(SHORT_S).matches(library.at_least(SHORT_S), tolerance_s)
    assert (ours - library).total_s + (library - ours).total_s < tolerance_s * max(len(library), 1)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    path = tmp_path_factory.mktemp("scenarios") / "stations.toml"
    path.write_text(lander_and_relay(**STATIONS))
    files = {
        "relay": path, "leo": ROOT / "scenarios" / "iss.toml", "profile": ROOT / "scenarios" / "first-look.toml",
        "phases": ROOT / "tests" / "stories" / "data" / "phases.toml",
    }  # fmt: skip
    found = {}
    for name, file in files.items():
        scenario = sim.load(file)
        result = run(scenario)
        found[name] = scenario, result, tables(result)
    return found


@pytest.mark.parametrize("name", ["relay", "leo", "profile", "phases"])
def test_the_page_has_the_librarys_windows_at_the_scenarios_masks(ran, name):
    _, result, told = ran[name]
    masks = {site["name"]: site["mask_deg"] for site in told["sites"]}
    for hop in told["hops"]:
        agree(windows(told, hop, masks, result.span), result.hops[tuple(hop["ends"])])


@pytest.mark.parametrize("mask", [-0.7, 12.5, 40.0])
@pytest.mark.parametrize("name", ["relay", "leo", "profile", "phases"])
def test_a_mask_moved_in_the_page_gives_what_the_library_finds_for_it(ran, name, mask):
    _, result, told = ran[name]
    sites = {site["name"]: site for site in told["sites"]}
    masks = {key: max(mask, site["lowest_deg"]) for key, site in sites.items()}
    for hop in told["hops"]:
        ends = [
            end if each not in sites or sites[each]["profile"] else end.model_copy(update={"horizon_deg": masks[each]})
            for each, end in ((each, result.ends[each]) for each in hop["ends"])
        ]
        condition = sim.hop(*ends, result.light)
        for each in hop["ends"]:
            if each in sites and sites[each]["profile"]:
                other = next(end for end in result.ends.values() if end.name in hop["ends"] and end.name != each)
                condition = condition & (sim.elevation_deg(result.ends[each], other) > masks[each])
        agree(windows(told, hop, masks, result.span), condition.windows(result.span))


def delay_s(told, hop, t):
    """Light time of a hop as the page computes it (scripts/instant.js)."""
    if "light" in hop:
        first, last, *c = next(piece for piece in hop["light"] if piece[0] <= t <= piece[1])
        return told["light_unit_s"] * chebyshev.chebval((2 * t - first - last) / (last - first), c)
    index, (first, last) = next((k, each) for k, each in enumerate(hop["low"]) if each[0] <= t <= each[1])
    (start, middle, end), x = hop["delays"][index], (t - first) / (last - first)
    return told["light_unit_s"] * (start + 4 * middle * x * (1 - x) + end * x * (2 * x - 1))


@pytest.mark.parametrize("name", ["relay", "leo", "phases"])
def test_the_light_time_at_an_instant_is_that_of_the_library(ran, name):
    _, result, told = ran[name]
    for hop in told["hops"]:
        assert ("light" in hop) != ("delays" in hop)
        exact = Sight(*(result.ends[each] for each in hop["ends"]), result.light).light_time_s()
        for first, last in hop["low"][:20]:
            for t in np.linspace(first, last, 9)[1:-1]:
                assert delay_s(told, hop, t) == pytest.approx(exact(np.array([result.span.start + t]))[0], abs=0.005)


def test_places_on_drawn_orbits_are_those_of_their_times(ran):
    _, result, told = ran["relay"]
    for orbit in told["orbits"]:
        t = result.span.start + np.linspace(orbit["from_s"], orbit["to_s"], len(orbit["xyz"]))
        place = from_moon(result.ends[orbit["name"]], t)
        assert np.abs(place - np.array(orbit["xyz"])).max() < 1.0


def test_what_the_page_calls_monotonic_is():
    start, day = 8.0e8, DAY_S
    found = pieces(
        lambda t: np.sin((t - start) / 7000.0) + 0.3 * np.sin((t - start) / 1700.0),
        np.array([[start, start + day], [start + 2 * day, start + 3 * day]]), np.empty(0), 1e-8, start,
    )  # fmt: skip
    for first, last, *whole in found:
        values = chebyshev.chebval(np.linspace(-1, 1, 200), whole)
        assert last > first
        assert np.all(np.diff(values) > -20) or np.all(np.diff(values) < 20)
    assert found[0][0] == 0.0
    assert found[-1][1] == 3 * day


def test_a_leap_second_inside_the_span_is_known(tmp_path):
    path = tmp_path / "leap.toml"
    late = {"start": "2016-12-31T12:00:00Z", "days": 1}
    path.write_text(lander_and_relay(**{**STATIONS, **late}))
    told = tables(run(sim.load(path)))
    assert told["leaps"] == [12 * 3600 + 1]


def test_orbits_of_the_earth_are_drawn_about_the_earth_and_as_long_as_they_are(tmp_path):
    from sim.products.web_report.orbit_tracks import orbit_tracks

    orbit = {"kind": "kepler", "center": "earth", "epoch": "2025-09-01T00:00:00Z", "semi_major_axis_km": 7000.0,
             "eccentricity": 0.0, "inclination_deg": 98.0}  # fmt: skip
    site = {"latitude_deg": 48.0, "longitude_deg": 11.0, "source": "an example"}
    scenario = sim.Scenario(start="2025-09-01T00:00:00Z", days=0.1, sites={"roof": site},
                            spacecraft={"low": {"orbit": orbit}}, routes={"down": ["low", "roof"]})  # fmt: skip
    found = orbit_tracks(sim.run(scenario), ["low", "roof"])
    assert (found["frame"], found["points"], [ball[0] for ball in found["balls"]]) == ("earth", [], ["Earth"])
    places = np.array(found["orbits"][0]["xyz"])
    assert np.linalg.norm(places, axis=1) == pytest.approx(7000.0, abs=1.0)
