"""Maps: figures of merit worked by hand, and points of a grid against sites that are looked at one by one."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.core.geometry import separation
from sim.core.sphere_polygon import direction
from sim.search.window_table import ManyWindows, overlap, piled
from sim.trajectories.limits.altitude import Altitude
from sim.trajectories.limits.cone import Cone
from sim.trajectories.limits.illumination import Illumination
from sim.trajectories.limits.range import Range
from sim.trajectories.limits.sub_point import SubPoint
from sim.trajectories.limits.sun_elevation import SunElevation
from sim.trajectories.limits.sun_separation import SunSeparation
from sim.trajectories.multi_phase import Part, Phased
from sim.trajectories.refraction import air_over
from sim.visibility.coverage.coverage import Access, accesses, coverage
from sim.visibility.coverage.figures_of_merit import FIGURES
from sim.visibility.coverage.grid import equal_area, latitude_longitude, points
from sim.visibility.coverage.point_contacts import point_contacts
from sim.visibility.coverage.region import Box, Cap, Polygon
from sim.visibility.coverage.summary import summary
from sim.visibility.hops import clearances, horizons
from sim.visibility.limit_sight import condition_of
from sim.visibility.sight import Sight

DAY = 86400.0
SPAN = sim.Span("2026-12-01T00:00:00Z", days=1)
COARSE = 1e-3
"""What a grid of 2° may miss of a cap, relative."""

CLOSE_KM = {"deg": 2e-3, "km": 0.02}
"""So near an edge a map may differ: twice the resolution that it promises."""


def low_lunar(days=1.0, limits=(), name="orbiter", **elements):
    orbit = {"semi_major_axis_km": 1937.4, "eccentricity": 0.01, "inclination_deg": 86.0, **elements}
    made = sim.Kepler(center="moon", frame="moon_me", epoch="2026-12-01T00:00:00Z", **orbit)
    return sim.Spacecraft(name=name, orbit=made, limits=limits).over(sim.Span(SPAN.start, days=days))


def low_earth(limits=()):
    orbit = sim.Kepler(
        center="earth", epoch="2026-12-01T00:00:00Z", semi_major_axis_km=7000, eccentricity=0.001, inclination_deg=98
    )
    return sim.Spacecraft(name="leo", orbit=orbit, limits=limits).over(SPAN)


def some_points(on, number, seed=1, height_m=0.0):
    random = np.random.default_rng(seed)
    return points(
        on, np.rad2deg(np.arcsin(random.uniform(-1, 1, number))), random.uniform(-180, 180, number), height_m
    )


@pytest.mark.parametrize("kind", ["optical", "radio"])
def test_points_with_air_see_what_a_site_with_the_same_air_sees(kind):
    span, grid, craft = sim.Span(SPAN.start, days=0.5), some_points("earth", 4, height_m=500.0), low_earth()
    air = air_over(500.0, kind)
    shares = {}
    for name, own in (("bent", air), ("vacuum", None)):
        shares[name] = coverage(grid, span, {"craft": accesses(("craft",), {"craft": craft}, span)}, horizon_deg=2.0,
                                air=own).figures["percent"]  # fmt: skip
    for i in range(len(grid)):
        place = {"latitude_deg": float(grid.latitude_deg[i]), "longitude_deg": float(grid.longitude_deg[i])}
        site = sim.Site(name="p", **place, height_m=500.0, horizon_deg=2.0, refraction=kind)
        expected = sim.hop(craft, site, light=False).windows(span)
        assert shares["bent"][i] == pytest.approx(100.0 * expected.fraction, abs=1e-4)
        assert shares["bent"][i] > shares["vacuum"][i] + 0.01


def test_a_station_at_the_end_of_a_path_hears_through_its_air():
    craft, span, heard = low_lunar(), SPAN, []
    for kind in ("none", "radio"):
        dish = sim.Site(name="dish", latitude_deg=30.0, longitude_deg=4.4, horizon_deg=10.0, refraction=kind)
        ends = {"orbiter": craft, "dish": dish}
        (way,) = accesses(("orbiter", "dish"), ends, span)
        heard.append(way.open.total_s)
        assert heard[-1] == pytest.approx(sim.hop(craft, dish, light=False).windows(span).total_s)
    assert heard[1] > heard[0] + 30.0


def disagreements(grid, target, span, horizon_deg, number=40):
    """At how many random times a map and a site that is looked at alone differ, though no margin is near its edge."""
    found, _ = point_contacts(grid, target, span, horizon_deg)
    random = np.random.default_rng(7)
    wrong = seen = 0
    for i, bounds in enumerate(found.of_each()):
        site = sim.Site(
            name=f"p{i}", body=grid.carrier.name, latitude_deg=float(grid.latitude_deg[i]),
            longitude_deg=float(grid.longitude_deg[i]), height_m=grid.height_m, horizon_deg=horizon_deg,
        )  # fmt: skip
        sight = Sight(target, site, light=False)
        limits = [each for limit in target.limits for each in condition_of(limit, sight, target)]
        leaves = [leaf for c in (*horizons(sight), *clearances(sight), *limits) for leaf in c.leaves()]
        t = random.uniform(span.start, span.end, number)
        margins = [leaf.margin(t) for leaf in leaves]
        clear = np.all([abs(m) > CLOSE_KM[leaf.scalar.unit] for m, leaf in zip(margins, leaves, strict=True)], axis=0)
        expected = np.all([m > 0 for m in margins], axis=0)
        given = np.searchsorted(bounds.ravel(), t, "right") % 2 == 1
        wrong += int(np.sum((given != expected) & clear))
        seen += int(np.sum(expected))
    return wrong, seen


@pytest.mark.parametrize("horizon_deg", [0.0, 10.0, -1.0])
def test_points_of_the_moon_see_an_orbiter_when_sites_do(horizon_deg):
    wrong, seen = disagreements(some_points("moon", 60, height_m=1500.0), low_lunar(), SPAN, horizon_deg)
    assert wrong == 0 and seen > 20


@pytest.mark.parametrize("horizon_deg", [0.0, 10.0, -1.0])
def test_points_of_the_earth_see_a_low_satellite_when_sites_do(horizon_deg):
    wrong, seen = disagreements(some_points("earth", 60), low_earth(), SPAN, horizon_deg)
    assert wrong == 0 and seen > 20


@pytest.mark.long
def test_five_hundred_points_see_an_orbiter_when_sites_do():
    wrong, seen = disagreements(some_points("moon", 500, seed=5), low_lunar(), SPAN, 5.0, number=400)
    assert wrong == 0 and seen > 1000


def test_the_moon_hides_its_orbiter_from_points_of_the_earth():
    wrong, seen = disagreements(some_points("earth", 30), low_lunar(), SPAN, 5.0)
    assert wrong == 0 and seen > 200


LIMITS = {
    "a cone about nadir": Cone(max_deg=40),
    "a cone in a fixed direction": Cone(max_deg=70, right_ascension_deg=120, declination_deg=-20),
    "a cone bolted to it": Cone(max_deg=60, azimuth_deg=60, elevation_deg=-60),
    "a range": Range(min_km=210, max_km=700),
    "the Sun": SunSeparation(min_deg=50),
    "an altitude": Altitude(min_km=195, max_km=210),
    "sunlight": Illumination(state="sunlight"),
    "a box below": SubPoint(min_latitude_deg=-40, max_latitude_deg=70),
    "a polygon below": SubPoint(polygon=((-60, -50), (-50, 50), (60, 50), (20, 0), (60, -50))),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_map_honours_the_limits_of_what_it_looks_at(limit):
    wrong, seen = disagreements(some_points("moon", 60), low_lunar(limits=(limit,)), SPAN, 0.0, number=500)
    assert wrong == 0 and seen > 10


def test_a_swath_is_as_wide_as_its_cone():
    """A camera of half-angle 30° at height h: central angle arcsin((R + h) / R · sin 30°) − 30° to each side."""
    radius, half = 1737.4, np.deg2rad(30)
    craft = low_lunar(limits=(Cone(max_deg=30),), eccentricity=0.0, inclination_deg=90.0)
    track = craft.position_from(sim.MOON, np.array([SPAN.start + 4000.0]))[0]
    track = sim.MOON.rotation(np.array([SPAN.start + 4000.0]))[0] @ track
    latitude, longitude = np.rad2deg(np.arcsin(track[2] / 1937.4)), np.rad2deg(np.arctan2(track[1], track[0]))
    reach = np.rad2deg(np.arcsin(1937.4 / radius * np.sin(half)) - half)
    around = np.cos(np.deg2rad(latitude))
    away = np.array([0.97 * reach, 1.03 * reach]) / around  # along the parallel, nearly across a polar track
    assert abs(latitude) < 60
    found, _ = point_contacts(points("moon", [latitude] * 2, longitude + away), craft, SPAN, 0.0)
    near = np.abs(found.bounds - SPAN.start - 4000.0).min(axis=1) < 300.0
    assert near[found.owners == 0].any() and not near[found.owners == 1].any()


def test_a_hop_is_closed_outside_the_cone_of_either_end():
    site = sim.Site(name="base", body="moon", latitude_deg=88, longitude_deg=0, limits=(Cone(max_deg=50),))
    craft = low_lunar(limits=(Cone(max_deg=45),))
    found = sim.hop(craft, site).windows(SPAN)
    t = np.linspace(SPAN.start, SPAN.end, 20_001)
    sight = Sight(craft, site)
    zenith_deg = 90.0 - sight.elevation_deg(site)(t)
    there = craft.relative(t - sight.light_time_s()(t))
    own = site.position_from(sim.MOON, t) - there.position
    nadir_deg = np.rad2deg(separation(own, -there.position))
    inside = (zenith_deg < 50) & (nadir_deg < 45)
    unsure = (abs(zenith_deg - 50) < 0.1) | (abs(nadir_deg - 45) < 0.1)
    assert np.array_equal(found.holds(t)[~unsure], inside[~unsure]) and inside.sum() > 50


def test_a_limit_that_knows_nothing_of_grids_is_searched_point_by_point():
    station = sim.Site(name="garden", latitude_deg=52, longitude_deg=4.4, horizon_deg=10,
                       limits=(SunElevation(max_deg=-6),))  # fmt: skip
    grid = points("moon", [0.0, 10.0, 0.0], [0.0, 40.0, 180.0])
    found, _ = point_contacts(grid, station, SPAN, 0.0)
    for i, place in enumerate(((0.0, 0.0), (10.0, 40.0), (0.0, 180.0))):
        site = sim.Site(name="p", body="moon", latitude_deg=place[0], longitude_deg=place[1])
        expected = sim.hop(station, site, light=False).windows(SPAN)
        assert np.allclose(found.of_each()[i], expected.bounds, rtol=0, atol=0.1)
    assert len(found.of_each()[0]) and not len(found.of_each()[2])


def test_the_cap_that_a_relay_sees_is_the_sphere_s():
    """Share of a sphere seen from distance r at elevations above m: (1 − cos(arccos(R cos m / r) − m)) / 2."""
    craft = low_lunar(semi_major_axis_km=70_000.0, eccentricity=0.2, inclination_deg=70.0)
    t = np.linspace(SPAN.start, SPAN.end, 2001)
    distance = np.linalg.norm(craft.position_from(sim.MOON, t), axis=1)
    for mask in (0.0, 12.0):
        m = np.deg2rad(mask)
        cap = np.mean(0.5 - 0.5 * np.cos(np.arccos(1737.4 * np.cos(m) / distance) - m))
        found = coverage(equal_area("moon", 2.0), SPAN, {"relay": (Access(craft),)}, horizon_deg=mask)
        assert found.grid.mean(found.figures["percent"]) == pytest.approx(100 * cap, rel=COARSE)


def by_hand(*places, span=(0.0, 100.0)):
    bounds = np.array([window for place in places for window in place], dtype=float).reshape(-1, 2)
    owners = np.concatenate([np.full(len(place), i) for i, place in enumerate(places)]).astype(int)
    return ManyWindows.of(bounds, owners, len(places), sim.Span(*span))


def test_figures_of_merit_worked_by_hand():
    windows = by_hand([(10, 20), (40, 50), (80, 90)], [(0, 30), (60, 100)], [], [(0, 100)])
    found = {name: figure(windows) for name, figure in FIGURES.items()}
    nan = np.nan
    expected = {
        "percent": [30, 70, 0, 100],
        "contacts_per_day": np.array([3, 2, 0, 1]) * DAY / 100,
        "longest_gap_s": [30, 30, 100, 0],
        "mean_gap_s": [(10 + 20 + 30 + 10) / 4, 30, 100, 0],
        "revisit_s": [35, nan, nan, nan],  # the second place's first contact began before the span
        "response_s": [(100 + 400 + 900 + 100) / 200, 4.5, nan, 0],
        "age_95_s": [25, 25, nan, 0],  # older than 25 s: 5 of 100 s, the end of the longest gap
    }
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, err_msg=name)


def test_a_gap_at_the_span_s_ends_counts_as_far_as_it_lies_in_the_span():
    windows = by_hand([(60, 70)])
    assert FIGURES["longest_gap_s"](windows)[0] == 60
    assert FIGURES["mean_gap_s"](windows)[0] == 45
    assert FIGURES["response_s"](windows)[0] == (60**2 + 30**2) / 200


def test_n_fold_coverage_worked_by_hand():
    first, second, third = (by_hand([w], []) for w in ((10, 60), (40, 80), (50, 55)))
    together = piled([first, second, third])
    np.testing.assert_allclose(together.seconds_by_number(3), [[30, 50, 15, 5], [100, 0, 0, 0]])
    np.testing.assert_allclose(together.overlapped(2).bounds, [[40, 60]])
    np.testing.assert_allclose((first & second).bounds, [[40, 60]])
    np.testing.assert_allclose((first | second).bounds, [[10, 80]])


places = st.lists(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 30)), max_size=6), min_size=1, max_size=4)


@given(places, st.integers(1, 3))
def test_windows_of_many_places_are_those_of_each(table, at_least):
    span = sim.Span(0.0, 100.0)
    bounds = [[(a, min(a + n, 100)) for a, n in place] for place in table]
    together = by_hand(*bounds)
    shifted = by_hand(*[[(max(0, a - 7), max(1, b - 7)) for a, b in place] for place in bounds])
    alone = [sim.Windows.of(np.array(place, dtype=float).reshape(-1, 2), span) for place in bounds]
    moved = [sim.Windows.of(np.array(p, dtype=float).reshape(-1, 2), span) for p in shifted.of_each()]
    least = min(at_least, 2)
    for got, a, b in zip(overlap((together, shifted), least).of_each(), alone, moved, strict=True):
        assert np.array_equal(got, sim.overlap((a, b), least).bounds)
    for got, a in zip(together.gaps.of_each(), alone, strict=True):
        assert np.array_equal(got, (~a).bounds)
    np.testing.assert_allclose(FIGURES["longest_gap_s"](together), [a.longest_gap_s for a in alone])


def test_at_least_two_assets_at_once_is_the_overlap_of_both():
    grid = some_points("moon", 20)
    crafts = {name: low_lunar(name=name, node_deg=node) for name, node in (("a", 0.0), ("b", 60.0))}
    both = coverage(grid, SPAN, {name: (Access(craft),) for name, craft in crafts.items()}, at_least=2)
    found = [point_contacts(grid, craft, SPAN, 0.0)[0] for craft in crafts.values()]
    expected = 100.0 * (found[0] & found[1]).totals_s / DAY
    np.testing.assert_allclose(both.figures["percent"], expected, atol=1e-9)
    np.testing.assert_allclose(both.percent_at_least(2), expected, atol=1e-9)
    np.testing.assert_allclose(both.mean_assets * DAY, found[0].totals_s + found[1].totals_s, atol=1e-6)


def test_a_relay_serves_while_a_station_hears_it():
    craft = low_lunar()
    stations = {
        name: sim.Site(name=name, latitude_deg=lat, longitude_deg=lon, horizon_deg=5)
        for name, lat, lon in (("garden", 52.0, 4.4), ("lawn", -33.9, 18.5))
    }
    span, grid = sim.Span(SPAN.start, days=0.5), some_points("moon", 5)
    ends = {"orbiter": craft, **stations}
    found = coverage(grid, span, {"relay": accesses(("orbiter", ("garden", "lawn")), ends, span)})
    heard = sim.hop(craft, stations["garden"], light=False) | sim.hop(craft, stations["lawn"], light=False)
    open_ = heard.windows(span)
    for i in range(5):
        site = sim.Site(name="p", body="moon", latitude_deg=float(grid.latitude_deg[i]),
                        longitude_deg=float(grid.longitude_deg[i]))  # fmt: skip
        expected = sim.hop(craft, site, light=False).windows(span) & open_
        assert found.figures["percent"][i] == pytest.approx(100 * expected.fraction, abs=1e-4)


unknown_places = st.lists(st.tuples(places.map(lambda p: p[0]), places.map(lambda p: p[0])), min_size=1, max_size=4)


@given(unknown_places)
def test_figures_of_the_known_time_are_those_of_windows(table):
    """Each place's own windows, of which nothing is known for some of the time, against the table of all."""
    span, alone = sim.Span(0.0, 100.0), []
    for bounds, unknown in table:
        cut = [[(a, a + n) for a, n in each] for each in (bounds, unknown)]
        sure = ~sim.Windows.of(np.array(cut[1], dtype=float).reshape(-1, 2), span)
        alone.append(sim.Windows.of(np.array(cut[0], dtype=float).reshape(-1, 2), span, known=sure.bounds))
    together = by_hand(*[w.bounds.tolist() for w in alone]).with_possible(
        by_hand(*[w.possible.bounds.tolist() for w in alone])
    )
    np.testing.assert_allclose(together.known_s, [w.known_s for w in alone])
    for got, w in zip(together.gaps.of_each(), alone, strict=True):
        assert np.array_equal(got, w.gaps.bounds)
    found = {name: figure(together) for name, figure in FIGURES.items()}
    for i, w in enumerate(alone):
        if not w.known_s:
            assert all(np.isnan(values[i]) for values in found.values())
            continue
        gaps = w.gaps.durations_s
        assert found["percent"][i] == pytest.approx(100.0 * w.fraction)
        assert found["contacts_per_day"][i] == pytest.approx(len(w) * DAY / w.known_s)
        assert found["longest_gap_s"][i] == w.longest_gap_s
        assert found["mean_gap_s"][i] == pytest.approx(gaps.mean() if len(gaps) else 0.0)
        begins = [a for a, _ in w if a > 0.0 and a not in w.unknown.bounds[:, 1]]
        steps = [b - a for a, b in pairwise(begins) if not any(a < c < b for c in w.unknown.bounds[:, 0])]
        assert found["revisit_s"][i] == pytest.approx(np.mean(steps) if steps else np.nan, nan_ok=True)
        waiting = 0.5 * (gaps**2).sum() / w.known_s if len(w) else np.nan
        assert found["response_s"][i] == pytest.approx(waiting, nan_ok=True)
        if len(w):  # so long are data older than that age
            older = np.maximum(gaps - found["age_95_s"][i], 0.0).sum()
            assert older <= 0.05 * w.known_s + 1e-9


def test_a_point_is_unknown_where_its_relay_is_or_where_what_the_relay_tells_is():
    """A relay in two phases, and a station on a spacecraft in one: each point against the hops of a site there."""
    span, grid = sim.Span(SPAN.start, days=0.5), some_points("moon", 6)
    hour = [span.start + 3600.0 * h for h in (-3, 3, 5, 9, 15)]
    orbit = {"kind": "kepler", "center": "moon", "epoch": span.start, "semi_major_axis_km": 2500.0,
             "eccentricity": 0.0, "inclination_deg": 80.0}  # fmt: skip

    def phased(name, *parts, **more):
        phases = [{"start": a, "end": b, "orbit": {**orbit, **more}} for a, b in parts]
        return sim.Spacecraft(name=name, orbit=sim.Phases(phases=phases)).over(span)

    ends = {"relay": phased("relay", (hour[0], hour[1]), (hour[2], hour[4])),
            "hub": phased("hub", (hour[0], hour[3]), semi_major_axis_km=9000.0)}  # fmt: skip
    assets = {"both": accesses(("relay", "hub"), ends, span), "one": accesses(("relay",), ends, span)}
    found = coverage(grid, span, assets)
    onward = sim.hop(ends["relay"], ends["hub"], light=False).windows(span)
    assert onward.unknown.total_s == pytest.approx(5 * 3600.0, abs=1e-3)
    differs = 0
    for i in range(6):
        site = sim.Site(name="p", body="moon", latitude_deg=float(grid.latitude_deg[i]),
                        longitude_deg=float(grid.longitude_deg[i]))  # fmt: skip
        seen = sim.hop(ends["relay"], site, light=False).windows(span)
        both, any_of_them = seen & onward, (seen & onward) | seen
        assert found.figures["percent"][i] == pytest.approx(100.0 * any_of_them.fraction, abs=1e-3)
        assert found.known_percent[i] == pytest.approx(100.0 * any_of_them.known_s / span.duration_s, abs=1e-3)
        assert found.percent_at_least(2)[i] == pytest.approx(100.0 * both.fraction, abs=1e-3)
        assert found.mean_assets[i] == pytest.approx(both.fraction + seen.fraction, abs=1e-4)
        differs += both.known_s > onward.known_s + 60.0  # known: the relay is below the horizon
    assert differs
    assert found.columns()["known_percent"] is found.known_percent


@pytest.mark.parametrize("make", [equal_area, latitude_longitude])
def test_the_cells_of_a_grid_are_a_whole_surface(make):
    grid = make("moon", 5.0)
    assert grid.weight.sum() == pytest.approx(1.0, abs=1e-12)
    assert np.array_equal(grid.cell(grid.latitude_deg, grid.longitude_deg), np.arange(len(grid)))
    assert grid.mean(np.deg2rad(grid.latitude_deg) > 0) == pytest.approx(0.5, abs=1e-12)


def test_the_points_of_an_equal_area_grid_stand_for_equal_areas():
    weight = equal_area("moon", 2.0).weight
    assert len(weight) == pytest.approx(10_313, abs=5)
    assert weight[500:-500].max() / weight[500:-500].min() < 1.05


def test_nothing_is_seen_of_a_spacecraft_between_its_phases():
    craft, middle = low_lunar(), SPAN.start + 0.5 * DAY
    gap = Phased("orbiter", (Part(SPAN.start, middle - 7200.0, craft), Part(middle, SPAN.end, craft)))
    grid = some_points("moon", 10)
    whole, _ = point_contacts(grid, craft, SPAN, 0.0)
    found, _ = point_contacts(grid, gap, SPAN, 0.0)
    known = ManyWindows.same(np.array([[SPAN.start, middle - 7200.0], [middle, SPAN.end]]), 10, SPAN)
    assert np.allclose(found.bounds, (whole & known).bounds, rtol=0, atol=0.02) and len(found) > 30


def test_nothing_on_a_body_looks_at_the_body_itself():
    with pytest.raises(ValueError, match="same body"):
        point_contacts(points("moon", [0.0], [0.0]), sim.MOON, SPAN, 0.0)


def _square(x):
    return np.sin(np.deg2rad(x))


BOXES = [(-90, -70, -180, 180), (10, 33, 170, -150), (-5, 5, 0, 360), (-1, 1, 20, 22), (80, 90, 30, 60)]
CAPS = [(-85, 40, 12), (20, 179, 3), (20, 179, 100), (0, 0, 180), (90, 0, 5), (-45.5, 177.6, 30)]


@pytest.mark.parametrize("make", [equal_area, latitude_longitude])
@pytest.mark.parametrize("step_deg", [1.0, 7.3])
def test_a_box_has_the_area_of_its_closed_form(make, step_deg):
    for low, high, west, east in BOXES:
        exact = 0.5 * (_square(high) - _square(low)) * (((east - west) % 360 or 360) / 360)
        grid = make("moon", step_deg, region=Box(low, high, west, east))
        assert grid.share == pytest.approx(exact, rel=1e-9)
        assert grid.region.contains(grid.latitude_deg, grid.longitude_deg).all()


@pytest.mark.parametrize("make", [equal_area, latitude_longitude])
def test_a_cap_and_a_polygon_have_the_areas_of_their_closed_forms(make):
    for latitude, longitude, radius in CAPS:
        grid = make("moon", min(1.0, radius / 6), region=Cap(latitude, longitude, radius))
        assert grid.share == pytest.approx(0.5 - 0.5 * np.cos(np.deg2rad(radius)), rel=1e-3)
        assert grid.region.contains(grid.latitude_deg, grid.longitude_deg).all()
    octant = make("moon", 5.0, region=Polygon([(0, 0), (0, 90), (90, 0)]))
    assert octant.share == pytest.approx(1 / 8, rel=1e-9)
    # A triangle of great circles: its area is the excess of its angles over 180 deg (Girard).
    corners = np.array([(10.0, 170.0), (-20.0, -170.0), (30.0, -150.0)])
    a, b, c = direction(*corners.T)

    def angle(at, one, other):
        left, right = (x - (x @ at) * at for x in (one, other))
        return np.arccos(left @ right / np.linalg.norm(left) / np.linalg.norm(right))

    excess = angle(a, b, c) + angle(b, c, a) + angle(c, a, b) - np.pi
    grid = make("moon", 1.0, region=Polygon([tuple(each) for each in corners]))
    assert grid.share == pytest.approx(excess / (4 * np.pi), rel=1e-3)


def test_weights_on_the_earth_are_areas_of_the_spheroid():
    """Against an integral of dA = a² (1 − e²) cos φ / (1 − e² sin² φ)² dφ dλ, by Snyder's formula and by sums."""
    grid = equal_area("earth", 10.0)
    assert grid.weight.sum() == pytest.approx(1.0, abs=1e-12)
    f = np.deg2rad(np.linspace(-90.0, 90.0, 180_001))
    middle, squared = 0.5 * (f[1:] + f[:-1]), 1.0 - (6356.752314 / 6378.137) ** 2
    area = np.cos(middle) / (1.0 - squared * np.sin(middle) ** 2) ** 2
    for edge in (-60.0, -10.0, 30.0, 80.0):
        south = area[middle < np.deg2rad(edge)].sum() / area.sum()
        assert grid.weight[grid.latitude_deg < edge].sum() == pytest.approx(south, rel=1e-6)
    tropics = equal_area("earth", 2.0, region=Box(-30.0, 30.0))
    assert tropics.share < 0.5 and tropics.share == pytest.approx(0.4983, abs=1e-4)


def test_points_on_mars_are_on_its_spheroid_where_sites_are():
    grid = equal_area("mars", 30.0, 1234.0)
    for i in range(0, len(grid), 7):
        site = sim.Site(name="at", body="mars", latitude_deg=float(grid.latitude_deg[i]),
                        longitude_deg=float(grid.longitude_deg[i]), height_m=1234.0)  # fmt: skip
        assert np.abs(site.fixed_position - grid.place[i]).max() < 1e-9
        assert np.abs(site.fixed_axes[2] - grid.up[i]).max() < 1e-12


@pytest.mark.parametrize("region", [Box(20.0, 60.0, 150.0, -120.0), Cap(-80.0, 10.0, 25.0),
                                    Polygon([(0, 0), (40, 10), (20, 60), (10, 20)])])  # fmt: skip
def test_every_place_of_a_region_is_in_the_cell_of_a_point_and_others_in_none(region):
    grid = equal_area("moon", 3.0, region=region)
    random = np.random.default_rng(1)
    latitude = np.rad2deg(np.arcsin(random.uniform(-1, 1, 20_000)))
    longitude = random.uniform(-180, 180, 20_000)
    inside, cell = region.contains(latitude, longitude), grid.cell(latitude, longitude)
    assert inside.any() and (cell[~inside] == -1).all()
    found = inside & (cell >= 0)
    assert found.sum() >= 0.995 * inside.sum()  # slivers of a cell may have no sample
    apart = np.linalg.norm(direction(latitude[found], longitude[found])
                           - direction(grid.latitude_deg[cell[found]], grid.longitude_deg[cell[found]]), axis=1)
    assert np.rad2deg(apart).max() < 4.0
    hits = np.bincount(cell[found], minlength=len(grid)) / len(latitude)
    assert np.abs(hits - grid.weight).max() < 5 * np.sqrt(grid.weight.max() / len(latitude))
    assert np.array_equal(grid.cell(grid.latitude_deg, grid.longitude_deg), np.arange(len(grid)))


def test_a_point_in_a_polygon_is_on_the_inner_side_of_its_edges():
    """Of a convex one, against signs of triple products."""
    corners = [(-70.0, 100.0), (-85.0, -60.0), (-75.0, 10.0), (-60.0, 60.0)]
    edges = direction(*np.array(corners).T)
    normals = np.cross(edges, np.roll(edges, -1, axis=0))
    random = np.random.default_rng(2)
    latitude, longitude = random.uniform(-90, -50, 5000), random.uniform(-180, 180, 5000)
    sides = direction(latitude, longitude) @ normals.T
    inner = (sides > 0.0).all(axis=1) | (sides < 0.0).all(axis=1)
    polygon = Polygon(corners)
    assert np.array_equal(polygon.contains(latitude, longitude), inner) and inner.any()
    assert not polygon.contains(-latitude, longitude + 180.0).any()  # nor at the antipodes


def test_the_mean_of_a_region_is_that_of_random_points_in_it():
    """Area-weighted figures, by brute force: instants at a thousand random places."""
    craft = sim.Spacecraft(name="low", orbit=sim.Kepler(center="moon", epoch=SPAN.start, semi_major_axis_km=2500.0,
                           eccentricity=0.1, inclination_deg=80.0)).over(SPAN)  # fmt: skip
    region = Cap(-80.0, 30.0, 20.0)
    found = coverage(equal_area("moon", 2.0, region=region), SPAN, {"low": (Access(craft),)})
    (row,) = [each for each in summary(found) if each.figure == "percent"]
    random = np.random.default_rng(3)
    latitude = np.rad2deg(np.arcsin(random.uniform(-1, np.sin(np.deg2rad(-55.0)), 40_000)))
    longitude = random.uniform(-180, 180, 40_000)
    inside = region.contains(latitude, longitude)
    up = direction(latitude[inside], longitude[inside])[:4000]
    t = np.linspace(SPAN.start, SPAN.end, 1501)[:-1]
    place = np.einsum("nij,nj->ni", sim.MOON.rotation(t), craft.position_from(sim.MOON, t))
    share = 100.0 * np.mean(up @ place.T > 1737.4)
    assert row.mean == pytest.approx(share, abs=0.5) and row.area_percent == 100.0
    assert row.least <= row.median <= row.percentile_95 <= row.greatest


def test_a_region_is_summed_up_by_area_and_not_by_points():
    grid = latitude_longitude("moon", 30.0)
    values = np.where(np.abs(grid.latitude_deg) < 30.0, 100.0, 0.0)
    stub = SimpleNamespace(grid=grid, columns=lambda: {"percent": values, "longest_gap_s": np.full(len(grid), np.nan)})
    rows = {row.figure: row for row in summary(stub)}
    assert rows["percent"].mean == pytest.approx(50.0) and rows["hours_per_day"].mean == pytest.approx(12.0)
    assert rows["seen_percent"].mean == pytest.approx(50.0) and rows["percent"].unit == "%"
    assert np.isnan(rows["longest_gap_s"].mean) and rows["longest_gap_s"].area_percent == 0.0
