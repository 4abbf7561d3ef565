"""Links that are asked together answer as each of them alone: sites in a table, causes of edges, what errors do."""

import numpy as np
import pytest

import sim
from sim.products import passes
from sim.search.conditions import Scalar, search
from sim.search.extremes import turns
from sim.search.intervals import cut_up, nodes
from sim.search.roots import DEGREE
from sim.search.window_table import ManyWindows
from sim.search.windows import Windows
from sim.trajectories import site_table
from sim.trajectories.limits.range import Range
from sim.visibility.body_view import Heights, outlook
from sim.visibility.link_search import search_links
from sim.visibility.links import Conditions, Links
from sim.visibility.result import Result
from sim.visibility.sight import Sight
from sim.visibility.sky_table import sky_table

SPAN = sim.Span("2025-09-01T12:00:00Z", days=0.7)
ROUNDING = 1e-6
"""km and km/s: thirty units in the last place of a place that far from the barycenter, where times together differ."""
SITES = [
    sim.Site(name="equator", latitude_deg=0.0, longitude_deg=-100.0, height_m=-20.0, horizon_deg=0.0),
    sim.Site(name="north", latitude_deg=48.0, longitude_deg=11.0, horizon_deg=10.0, position_sigma_m=30.0),
    sim.Site(name="south", latitude_deg=-33.0, longitude_deg=151.0, height_m=700.0, horizon_deg=5.0),
    sim.Site(name="exact", latitude_deg=51.0, longitude_deg=0.0, position_sigma_m=0.0, horizon_sigma_deg=0.0),
]


@pytest.fixture(scope="module")
def iss():
    return sim.seeds("spacecraft/iss")["iss"].over(SPAN)


@pytest.fixture(scope="module")
def together(iss):
    return result({site.name: site for site in SITES} | {"iss": iss})


def result(ends):
    """Links of the ISS to all sites, from the last of them, and a route over both."""
    names = [name for name in ends if name != "iss"]
    pairs = [("iss", name) for name in names] + [(names[-1], "iss"), *((name, "iss") for name in names[:-1])]
    conditions = {(a, b): sim.hop(ends[a], ends[b]) for a, b in pairs}
    windows = {pair: condition.windows(SPAN) for pair, condition in conditions.items()}
    return Result("", SPAN, ends, conditions, windows, {}, {})


@pytest.mark.parametrize("body", ["earth", "moon", "mars"])
def test_a_table_of_sites_is_where_each_of_them_is(body):
    sites = [site.model_copy(update={"body": body, "height_m": 0.0}) for site in SITES]
    rows, t = np.array([2, 0, 1, 1, 3]), SPAN.start + np.linspace(0.0, 6e4, 5)
    amounts = {"east": 1.0, "north": -2.0, "up": 0.5, "horizon": 1.0}
    for table, each in (
        (site_table.table(sites), sites),
        (site_table.table(sites).off(amounts, 0.01), [site.off(amounts, 0.01) for site in sites]),
    ):
        some = table.at(rows)
        states = [each[row].state(t[i : i + 1]) for i, row in enumerate(rows)]
        assert np.abs(some.state(t).position - np.concatenate([s.position for s in states])).max() < ROUNDING
        assert np.abs(some.state(t).velocity - np.concatenate([s.velocity for s in states])).max() < ROUNDING
        axes = np.stack([each[row].horizontal(t[i]) for i, row in enumerate(rows)])
        assert np.abs(some.horizontal(t) - axes).max() < ROUNDING
        assert np.array_equal(some.fixed_position, [each[row].fixed_position for row in rows])
        assert np.array_equal(some.level(t), [each[row].horizon_deg for row in rows])
        wide = some.position(t[:, None] + [0.0, 9.0])
        assert wide.shape == (5, 2, 3) and np.abs(wide[:, 0] - some.position(t)).max() < ROUNDING


def test_a_table_of_sites_goes_over_a_pole_as_a_site_does():
    near = sim.Site(name="pole", latitude_deg=90.0, longitude_deg=20.0, position_sigma_m=900.0)
    table = site_table.table([near, near]).off({"north": 3.0})
    assert np.array_equal(table.fixed_position[0], near.off({"north": 3.0}).fixed_position)


def test_only_plain_sites_stand_in_a_table():
    assert site_table.alike(SITES[0]) == ("earth", "de421")
    profile = SITES[0].model_copy(update={"horizon_deg": [(0.0, 1.0), (90.0, 2.0)]})
    limited = SITES[0].model_copy(update={"limits": (Range(max_km=1e6),)})
    assert site_table.alike(profile) is site_table.alike(limited) is site_table.alike(sim.MOON) is None


def test_what_many_sites_see_is_what_each_sees(iss):
    t = SPAN.start + np.linspace(0.0, 5e4, 40)
    table = site_table.table(SITES).at(np.tile(np.arange(4), 10))
    seen = Sight(iss, table)
    for number, site in enumerate(SITES):
        rows, alone = np.arange(number, 40, 4), Sight(iss, site)
        assert np.allclose(seen.elevation_deg(table)(t)[rows], alone.elevation_deg(site)(t[rows]), rtol=0, atol=1e-9)
        assert np.allclose(seen.range_rate_km_s()(t)[rows], alone.range_rate_km_s()(t[rows]), rtol=0, atol=1e-9)


def test_links_together_have_the_causes_of_each_alone(together, iss):
    assert len(together.edge_table.links.bundles) == 2
    for pair in together.hops:
        own = next(name for name in pair if name != "iss")
        alone = result({own: together.ends[own], "iss": iss})
        assert together.edges(pair) == alone.edges(pair)
        assert together.bases(pair) == alone.bases(pair)
        assert together.element_ages_days(pair) == pytest.approx(alone.element_ages_days(pair), rel=1e-12)
        for mine, theirs in zip(together.uncertainty(pair), alone.uncertainty(pair), strict=True):
            assert np.allclose([mine.start_sigma_s, mine.end_sigma_s], [theirs.start_sigma_s, theirs.end_sigma_s])
            assert mine.probability == theirs.probability and mine.start_linear == theirs.start_linear
            felt = {name: size for name, size in mine.start_effects_s.items() if size}
            assert felt == pytest.approx(theirs.start_effects_s, rel=1e-5, abs=1e-7)


def test_the_table_of_windows_holds_when_its_sets_do():
    sets = [Windows.of(bounds, SPAN) for bounds in ([], [(SPAN.start, SPAN.start + 5.0), (SPAN.start + 9.0, SPAN.end)],
                                                    [(SPAN.start + 2.0, SPAN.start + 3.0)])]  # fmt: skip
    table, t = ManyWindows.stacked(sets), SPAN.start + np.arange(-1.0, 12.0, 0.5)
    for place, windows in enumerate(sets):
        assert np.array_equal(table.holds(np.full(len(t), place), t), windows.holds(t))
    places = np.arange(len(t)) % 3
    assert np.array_equal(table.holds(places, t), [bool(sets[p].holds(x)) for p, x in zip(places, t, strict=True)])


def test_passes_of_many_sites_are_those_of_each(together, iss):
    for pair in together.hops:
        own = next(name for name in pair if name != "iss")
        alone = result({own: together.ends[own], "iss": iss})
        assert passes.passes(together, pair) == passes.passes(alone, pair)
    everything = passes.frame(together)
    assert list(everything.columns) == list(passes.COLUMNS)
    assert len(everything) == sum(len(windows) for windows in together.hops.values())


def test_turns_of_many_functions_are_those_of_each():
    """Of waves over a root that hardly bends, and over one that dips sharply, as a range does in a pass overhead."""
    rates, dips, span = np.array([1.0, 3.0, 0.5, 0.02]), np.array([1e3, 1e3, 1e3, 1.0]), sim.Span(0.0, 20.0)
    bounds = np.array([[1.0, 9.0], [0.5, 19.0], [2.0, 2.5], [0.0, 20.0]])

    def root(t, rows):
        return dips[rows] + (t - 7.3 - rows) ** 2

    def ask(t, windows):
        rows = windows[:, None]
        return np.sin(rates[rows] * t), root(t, rows)

    ratio, below = turns(ask, bounds, np.empty(0), 7.0, 1e-9, 1e-9)
    for row, (rate, window) in enumerate(zip(rates, bounds, strict=True)):
        plain = (lambda t, row=row: np.sqrt(root(t, row)), lambda t, row=row: np.sin(rates[row] * t))
        wave = Scalar(lambda t, f=plain: f[1](t) / f[0](t), "wave", "", 1e-9, pace_s=min(7.0, 2.0 / rate))
        dip = Scalar(plain[0], "dip", "", 1e-9, pace_s=7.0)
        for found, each in ((ratio, wave), (below, dip)):
            expected = each.extremes(Windows.of([window], span))
            mine = found.windows == row
            assert found.times[mine] == pytest.approx(expected.times, abs=1e-5)
            assert np.array_equal(found.maximum[mine], expected.maximum)
    assert np.sum(below.windows == 3) == 1 and np.sum(ratio.windows == 3) == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_turn_in_the_very_middle_of_a_halved_piece_is_found(seed):
    """Where pieces meet, the slopes of both may miss zero by rounding: the turn would belong to neither."""
    random = np.random.default_rng(seed)
    middle, half = random.uniform(-5e8, 5e8, 100), random.uniform(100.0, 400.0, 100)
    bounds = np.column_stack((middle - half, middle + half))
    middle = 0.5 * (bounds[:, 0] + bounds[:, 1])

    def ask(t, rows):
        away = (t - middle[rows, None]) / half[rows, None]
        return np.exp(-8.0 * away**2), 1.0 + away**2 * (1.0 + np.exp(-20.0 * away**2))  # halved more than once

    above, away = turns(ask, bounds, np.empty(0), 1e3, 1e-9, 1e-9)
    for found, high in ((above, True), (away, False)):
        mine = found.maximum == high
        assert np.array_equal(np.unique(found.windows[mine]), np.arange(len(bounds)))
        assert found.windows[mine].size == len(bounds)
        assert found.times[mine] == pytest.approx(middle[found.windows[mine]], abs=1e-4)


def test_turns_beside_a_kink_are_found():
    bounds, kink = np.array([[0.0, 4.0], [4.0, 9.0]]), np.array([3.0])
    found, _ = turns(lambda t, rows: (-np.abs(t - 3.0), 1.0 + 0.0 * t), bounds, kink, 10.0, 1e-9, 1e-9)
    assert found.times.tolist() == [3.0] and found.windows.tolist() == [0] and found.maximum[0]
    smooth, _ = turns(
        lambda t, rows: (np.where(rows[:, None] > 0, (t - 5.0) ** 2, t), 1.0 + 0.0 * t), bounds, kink, 10.0, 1e-9, 1e-9
    )
    assert smooth.windows.tolist() == [1] and smooth.times == pytest.approx([5.0]) and not smooth.maximum[0]


@pytest.mark.parametrize("light", [True, False])
def test_links_searched_together_are_their_conditions_searched_alone(iss, light):
    """To the last bit, with their certificates: of a low orbit, of one about the Moon, from sites and to them."""
    shape = {"semi_major_axis_km": 1900.0, "eccentricity": 0.0, "inclination_deg": 60.0, "epoch": SPAN.start}
    orbiter = sim.Spacecraft(name="orbiter", orbit=sim.Kepler(center="moon", **shape)).over(SPAN)
    ends = {"iss": iss, "orbiter": orbiter, **{site.name: site for site in SITES}}
    pairs = [(craft, site.name) for site in SITES for craft in ("iss", "orbiter")]
    pairs += [("north", "iss"), ("south", "iss")]
    conditions = Conditions(ends, tuple(pairs), light)
    alone = search([conditions[pair] for pair in pairs], [Windows.whole(SPAN)] * len(pairs))
    for mine, theirs in zip(search_links(Links(ends, conditions, light), SPAN), alone, strict=True):
        assert mine == theirs and mine.certificate == theirs.certificate


@pytest.mark.parametrize("light", [True, False])
def test_a_sky_table_gives_what_light_followed_for_each_gives(iss, light):
    own, places = site_table.table(SITES[:3]), np.array([2, 0, 1, 2])
    t = SPAN.start + np.linspace(60.0, SPAN.duration_s - 60.0, 400).reshape(4, 100)
    sky = sky_table(iss, own, light, SPAN)
    sight = Sight(iss, own.at(places), light)
    rise, squared = sight.height(own.at(places), t)
    found = sky.heights(places, t)
    assert np.abs(found[0] - rise).max() < 3e-6 and np.abs(np.sqrt(found[1]) - np.sqrt(squared)).max() < 3e-6
    assert np.abs(sky.sines(places, t) - rise / np.sqrt(squared)).max() < 1e-8
    assert sky.sent(places, t[:, 7]) == pytest.approx(sight.ray(t[:, 7]).sent, abs=3e-7, rel=0.0)
    assert sky.knows(t) and not sky.knows(t - 7200.0)
    assert sky_table(own, iss, light, SPAN) is None


@pytest.mark.parametrize("mask_deg", [-3.0, 0.0, 10.0, 60.0])
@pytest.mark.parametrize("light", [True, False])
def test_a_target_is_below_the_mask_throughout_what_a_search_leaves_out(iss, mask_deg, light):
    """Of what could be left out nearly all is, and of the rest nothing: held against two hundred times an interval."""
    shape = {"center": "earth", "eccentricity": 0.7, "inclination_deg": 63.0, "epoch": SPAN.start}
    high = sim.Spacecraft(name="high", orbit=sim.Kepler(semi_major_axis_km=26_600.0, **shape)).over(SPAN)
    turns_ = np.random.default_rng(5).uniform(-1.0, 1.0, (40, 2))
    sites = [sim.Site(name="s", latitude_deg=90.0 * a, longitude_deg=180.0 * b) for a, b in turns_]
    for target, share in ((iss, 1.0), (high, 0.1)):
        view, mask = outlook(target, "earth", "de421", light), np.sin(np.deg2rad(mask_deg))
        skies = Heights(view).together([(site, mask) for site in sites])
        starts, ends = cut_up(np.array([[SPAN.start, SPAN.end]]), np.empty(0), share * target.stride_s)
        shared = skies.shared(nodes(starts, ends).ravel()).reshape(len(starts), DEGREE + 1, -1)
        out = skies.certainly_negative(shared, slice(0, len(sites)))
        t = np.linspace(starts, ends, 200, axis=1)
        highest = skies.every(skies.shared(t.ravel()).reshape(*t.shape, -1), slice(0, len(sites))).max(axis=2)
        assert skies.finds_negative and not np.any(out & (highest >= 0.0))
        assert out.sum() > 0.85 * (highest < 0.0).sum()
