"""What must be true of real trajectories: one spacecraft of each kind of orbit that does not take minutes to find.

The toys of tests/laws/test_search.py show that the search keeps its laws; these, that what is searched keeps them.
"""

import datetime as dt
import json
import random
import shutil
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.core.time import DAY_S
from sim.search.conditions import Positive, search
from sim.search.windows import Windows
from sim.trajectories.bodies import frames
from sim.trajectories.light_time import ray
from sim.visibility.routes import along, paths

DATA = Path(__file__).parents[1] / "stories" / "data"
SCENARIOS = Path(__file__).parents[2] / "scenarios"
MASK_DEG = 5.0
SAME_EDGE_S = 2e-3
"""One edge by two searches: both polish on the margin itself, to 3e-7 deg, over at least 1e-3 deg/s."""
BRIEF_S = 0.1
"""A window or gap shorter than this may be a touch, which has no sharp edge."""


@cache
def flights():
    """Name → (trajectory, span, center): kinds as `kind`, or `kind of file`."""
    start = "2026-03-01T00:00:00Z"
    day = sim.Span(start, days=1)
    iss = sim.load(SCENARIOS / "iss.toml")
    found = {
        "tle": (iss[next(iter(iss.spacecraft))], iss.span),
        "landed and kepler, in phases": _first(DATA / "phases.toml", 1.5),
        "numerical with maneuvers": _first(DATA / "maneuvers.toml", 1.0),
        "spk": _first(DATA / "spk.toml", 0.2),
        "oem": _first(DATA / "lro-2022.toml", 0.03),
        "stk": _first(DATA / "lro-2022.toml", 0.03, 1),
        "horizons": _first(DATA / "capstone.toml", 0.2),
        "csv": _first(DATA / "capstone.toml", 0.2, 1),
        "asteroid": _first(DATA / "far-away.toml", 1.0, "kamooalewa"),
        "about another planet": _first(DATA / "far-away.toml", 1.0, "voyager"),
        "nrho": _first(DATA / "designed.toml", 3.0),
        "dro": _first(DATA / "designed.toml", 3.0, 1),
        "the Moon": (sim.MOON, day),
        "the Sun": (sim.SUN, day),
    }
    low = {"center": "moon", "semi_major_axis_km": 1937.4, "eccentricity": 0.0}
    molniya = {"center": "earth", "semi_major_axis_km": 26_560.0, "eccentricity": 0.74}
    for name, elements in (("kepler", low), ("kepler, eccentric", molniya)):
        orbit = sim.Kepler(epoch=start, inclination_deg=63.4, **elements)
        found[name] = sim.Spacecraft(name="craft", orbit=orbit).over(day), day
    return found


def _first(file, days, which=0):
    scenario = sim.load(file)
    name = list(scenario.spacecraft)[which] if isinstance(which, int) else which
    start = scenario.span.start
    return scenario[name], sim.Span(start, min(scenario.span.end, start + days * DAY_S))


KINDS = ("tle", "kepler", "kepler, eccentric", "landed and kepler, in phases", "numerical with maneuvers", "spk",
         "oem", "stk", "horizons", "csv", "asteroid", "about another planet", "nrho", "dro", "the Moon",
         "the Sun")  # fmt: skip
kinds = st.sampled_from(KINDS)
latitudes, longitudes = st.floats(-89.0, 89.0), st.floats(-180.0, 180.0)
few = settings(max_examples=16, deadline=None)


def station(latitude, longitude, horizon=MASK_DEG, **more):
    return sim.Site(name="station", latitude_deg=latitude, longitude_deg=longitude, horizon_deg=horizon, **more)


def lasting(windows):
    """Without windows and gaps that are too brief to have sharp edges."""
    return (~((~windows).at_least(BRIEF_S))).at_least(BRIEF_S)


def same(one, other):
    return lasting(one).matches(lasting(other), SAME_EDGE_S)


def subset(inner, outer):
    return (inner - outer).total_s <= SAME_EDGE_S * max(1, 2 * len(inner))


def test_every_kind_named_here_is_there():
    assert set(flights()) == set(KINDS)


@few
@given(kinds, latitudes, longitudes)
def test_windows_are_in_order_apart_and_in_the_span(kind, latitude, longitude):
    craft, span = flights()[kind]
    windows = sim.hop(craft, station(latitude, longitude)).windows(span)
    edges = windows.bounds.ravel()
    assert np.all(np.diff(edges) > 0.0) and (not len(edges) or (edges[0] >= span.start and edges[-1] <= span.end))


@few
@given(kinds, latitudes, longitudes)
def test_without_light_time_sight_is_the_same_from_both_ends(kind, latitude, longitude):
    craft, span = flights()[kind]
    here = station(latitude, longitude)
    down, up = (sim.hop(*ends, light=False).windows(span) for ends in ((craft, here), (here, craft)))
    assert same(down, up)


@few
@given(kinds, latitudes, longitudes, st.floats(0.1, 20.0))
def test_a_higher_mask_never_opens_anything(kind, latitude, longitude, more):
    craft, span = flights()[kind]
    low, high = (
        sim.hop(craft, station(latitude, longitude, mask)).windows(span) for mask in (MASK_DEG, MASK_DEG + more)
    )
    assert subset(high, low)


@few
@given(kinds, latitudes, longitudes)
def test_one_more_body_in_the_way_never_opens_anything(kind, latitude, longitude):
    craft, span = flights()[kind]
    whole = sim.hop(craft, station(latitude, longitude))
    if kind == "landed and kepler, in phases":  # its terms are in its phases
        return
    for count in range(1, len(whole.terms)):
        assert subset(whole.windows(span), type(whole)(whole.terms[:count], whole.name).windows(span))


@few
@given(kinds, latitudes, longitudes, latitudes, longitudes)
def test_windows_of_two_stations_join_and_meet_as_their_conditions_do(kind, f, a, g, b):
    craft, span = flights()[kind]
    here, there = sim.hop(craft, station(f, a)), sim.hop(craft, station(g, b))
    one, other = here.windows(span), there.windows(span)
    assert same((here & there).windows(span), one & other)
    assert same((here | there).windows(span), one | other)
    if kind != "landed and kepler, in phases":  # a gap is no sight, and no lack of it either
        assert same((~here).windows(span), ~one)


@few
@given(kinds, latitudes, longitudes, st.floats(0.05, 0.95))
def test_a_span_that_is_split_has_the_same_windows(kind, latitude, longitude, share):
    craft, span = flights()[kind]
    hop = sim.hop(craft, station(latitude, longitude))
    cut = span.start + share * span.duration_s
    parts = [hop.windows(sim.Span(*ends)).bounds for ends in ((span.start, cut), (cut, span.end))]
    assert same(Windows.of(np.concatenate(parts), span), hop.windows(span))


@few
@given(kinds, latitudes, longitudes, st.floats(0.1, 3.0))
def test_where_a_search_begins_to_look_changes_nothing(kind, latitude, longitude, factor):
    """The pace is where the pieces start: shifting and stretching them must find the same windows."""
    craft, span = flights()[kind]
    if kind == "landed and kepler, in phases":
        return
    for term in sim.hop(craft, station(latitude, longitude)).terms:
        assert isinstance(term, Positive)
        scalar = replace(term.scalar, pace_s=term.scalar.pace_s * factor, through=None, split=None)
        assert same(replace(term, scalar=scalar).windows(span), term.windows(span))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "phases" not in kind])  # its terms are in its phases
@settings(max_examples=1, deadline=None)
@given(latitude=latitudes, longitude=longitudes)
def test_time_run_backwards_has_the_same_windows_mirrored(kind, latitude, longitude):
    """A film of the sight shown backwards: what opened a window closes it, at the same instants."""
    craft, span = flights()[kind]
    middle = 0.5 * (span.start + span.end)
    for term in sim.hop(craft, station(latitude, longitude)).leaves()[:2]:  # a horizon, and a body in the way
        ask, breaks = term.scalar.function, term.scalar.breaks
        scalar = replace(
            term.scalar,
            function=lambda t, ask=ask: ask(2.0 * middle - t),
            breaks=lambda part, breaks=breaks: np.sort(
                2.0 * middle - breaks(sim.Span(2.0 * middle - part.end, 2.0 * middle - part.start))
            ),
            through=None,
            split=None,
        )
        backwards = replace(term, scalar=scalar).windows(span)
        forwards = replace(term, scalar=replace(term.scalar, through=None, split=None)).windows(span)
        assert same(Windows.of(np.sort(2.0 * middle - backwards.bounds.ravel()).reshape(-1, 2), span), forwards)
        assert same(forwards, term.windows(span))


@few
@given(kinds, latitudes, longitudes)
def test_each_edge_lies_on_its_limit_with_another_answer_on_each_side(kind, latitude, longitude):
    craft, span = flights()[kind]
    hop = sim.hop(craft, station(latitude, longitude))
    windows = lasting(hop.windows(span))
    inner = windows.bounds.ravel()
    inner = inner[(inner > span.start + 1.0) & (inner < span.end - 1.0)]
    opens = np.isin(inner, windows.bounds[:, 0])
    assert np.array_equal(hop.holds(inner + 0.05), opens) and np.array_equal(hop.holds(inner - 0.05), ~opens)


@few
@given(kinds, latitudes, longitudes)
def test_a_pass_is_highest_above_its_mask_and_nearest_where_its_range_stands_still(kind, latitude, longitude):
    craft, span = flights()[kind]
    if kind == "landed and kepler, in phases":
        return
    here = station(latitude, longitude)
    windows = lasting(sim.hop(craft, here).windows(span))
    elevation, rate = sim.elevation_deg(here, craft), sim.range_rate_km_s(here, craft)
    for start, end in windows.bounds:
        assert elevation(np.linspace(start, end, 33)).max() >= MASK_DEG - 1e-6
    found = sim.range_km(here, craft).extremes(span)
    least = found.times[~found.maximum]
    least = least[(least > span.start + 60.0) & (least < span.end - 60.0)]
    assert np.abs(rate(least)).max(initial=0.0) < 1e-4  # km/s: no Doppler shift at the closest approach


@settings(max_examples=6, deadline=None)
@given(st.sampled_from(("nrho", "dro", "kepler", "numerical with maneuvers")), latitudes, longitudes)
def test_a_route_is_open_only_while_its_hops_are_and_as_late_as_its_way_is_long(kind, latitude, longitude):
    relay, span = flights()[kind]
    here, lander = (
        station(latitude, longitude),
        sim.Site(name="lander", body="moon", latitude_deg=-60, longitude_deg=100),
    )
    ends = {"lander": lander, relay.name: relay, "station": here}
    route = ("lander", relay.name, "station")
    hops = {pair: sim.hop(ends[pair[0]], ends[pair[1]]).windows(span) for pair in pairwise(route)}
    opened = along(route, ends, hops)
    assert subset(opened, hops[relay.name, "station"]) and list(paths(route)) == [route]
    t = span.grid(span.duration_s / 7)[1:]
    last = ray(relay, here, t)
    first = ray(lander, relay, last.sent)
    both = hops["lander", relay.name].holds(last.sent) & hops[relay.name, "station"].holds(t)
    edges = np.concatenate([windows.bounds.ravel() for windows in (opened, *hops.values())])
    clear = np.min(np.abs(t[:, None] - edges), axis=1) > 10.0 if len(edges) else np.full(len(t), True)
    assert np.array_equal(opened.holds(t)[clear], both[clear])
    direct = np.linalg.norm(here.position(t) - lander.position(first.sent), axis=-1) / 299792.458
    assert np.all(t - first.sent >= direct - 1e-9)
    assert np.allclose(t - first.sent, last.light_time + first.light_time, atol=1e-6)


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(("the Moon", "the Sun")), latitudes, longitudes, st.floats(-170.0, 170.0))
def test_turning_all_longitudes_is_turning_the_earth(kind, latitude, longitude, turn):
    """A place farther east is where this one is when the Earth has turned so much more (but for polar motion)."""
    _, span = flights()[kind]
    t = span.grid(7200.0)
    here, there = (station(latitude, x) for x in (longitude, (longitude + turn + 180.0) % 360.0 - 180.0))
    matrix = frames.itrs(t)
    spun = np.einsum("ij,njk->nik", frames.rotation(3, np.deg2rad(turn)), matrix)
    assert np.allclose(np.einsum("nji,j->ni", matrix, there.fixed_position),
                       np.einsum("nji,j->ni", spun, here.fixed_position), atol=1e-6)  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(kinds, latitudes, longitudes)
def test_a_search_of_many_is_the_searches_of_each(kind, latitude, longitude):
    craft, span = flights()[kind]
    hops = [sim.hop(craft, station(latitude, longitude / share)) for share in (1, 2, 3)]
    together = search(hops, [Windows.whole(span)] * 3)
    for hop, found in zip(hops, together, strict=True):
        assert same(found, hop.windows(span))


@settings(max_examples=4, deadline=None)
@given(st.permutations(["one", "two", "three"]))
def test_coverage_grows_with_its_assets(names):
    from sim.visibility.coverage.coverage import accesses, coverage
    from sim.visibility.coverage.grid import equal_area

    span = sim.Span("2026-03-01T00:00:00Z", days=0.5)
    crafts = {
        name: sim.Spacecraft(name=name, orbit=sim.Kepler(center="moon", epoch=span.start, semi_major_axis_km=2400.0,
                             eccentricity=0.0, inclination_deg=60.0, node_deg=40.0 * i)).over(span)
        for i, name in enumerate(("one", "two", "three"))
    }  # fmt: skip
    before = 0.0
    for count in (1, 2, 3):
        chosen = {name: accesses((name,), crafts, span) for name in names[:count]}
        percent = coverage(equal_area("moon", 20.0), span, chosen, horizon_deg=5.0, at_least=1).figures["percent"]
        assert np.all(percent >= before - 1e-9)
        before = percent


@settings(max_examples=30, deadline=None)
@given(st.floats(-1.5e9, 1.5e9), st.lists(st.floats(-1e5, 1e5), min_size=3, max_size=3))
def test_the_moons_two_frames_are_a_turn_apart(t, place):
    t, place = np.asarray(t), np.array(place)
    mean, principal = frames.moon_me(t), frames.moon_pa(t)
    assert np.allclose(mean.T @ frames.ME_FROM_PA @ (principal @ place), place, atol=1e-9 * (1 + np.abs(place).max()))
    assert np.allclose(frames.ME_FROM_PA @ frames.ME_FROM_PA.T, np.eye(3), atol=1e-15)


@pytest.mark.parametrize("kind", ["kepler", "oem", "spk"])
def test_a_message_that_is_written_and_read_again_is_written_the_same(kind, tmp_path):
    from sim.products.export import export

    text = 'start = {0}\nend = {1}\n[spacecraft.craft.orbit]\nkind = "oem"\nfile = "{2}"\ncenter = "{3}"\n'
    craft, span = flights()[kind]
    inner = sim.Span(span.start + 60.0, span.end - 60.0)
    scenario = {"kepler": None, "oem": DATA / "lro-2022.toml", "spk": DATA / "spk.toml"}[kind]
    if scenario is None:
        given = 'kind = "kepler"\ncenter = "moon"\nepoch = 2026-03-01T00:00:00Z\nsemi_major_axis_km = 1937.4\n' \
                "eccentricity = 0.0\ninclination_deg = 63.4\n"  # fmt: skip
        scenario = tmp_path / "first.toml"
        scenario.write_text(f"start = {sim.utc(span.start)}\ndays = 0.2\n[spacecraft.craft.orbit]\n{given}")
    loaded = sim.load(scenario)
    export(loaded, next(iter(loaded.spacecraft)), "oem", tmp_path / "one.oem")
    first, last = (sim.utc(x) for x in (loaded.span.start + 60.0, loaded.span.end - 60.0))
    (tmp_path / "again.toml").write_text(text.format(first, last, "one.oem", "moon"))
    export(sim.load(tmp_path / "again.toml"), "craft", "oem", tmp_path / "two.oem")
    rows = [
        {line.split()[0]: line.split()[1:] for line in (tmp_path / name).read_text().splitlines() if line[:2] == "20"}
        for name in ("one.oem", "two.oem")
    ]
    both = set(rows[0]) & set(rows[1])
    assert len(both) > 3 and all(rows[0][epoch] == rows[1][epoch] for epoch in both)
    assert inner.duration_s > 0 and craft.name


@pytest.mark.parametrize("file", sorted([*SCENARIOS.glob("*.toml"), *DATA.glob("*.toml")]), ids=lambda path: path.stem)
def test_a_scenario_that_goes_through_json_is_the_same(file):
    from sim.scenario.scenario import Scenario, digest

    scenario = sim.load(file)
    again = Scenario.model_validate_json(scenario.model_dump_json(exclude_unset=True, by_alias=True), strict=False)
    assert digest(again) == digest(scenario)


def as_toml(value):
    """A value as TOML says it on one line: texts as JSON has them, times bare, tables inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {as_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return value.isoformat() if isinstance(value, dt.date | dt.time) else json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("file", sorted([*SCENARIOS.glob("*.toml"), *DATA.glob("*.toml")]), ids=lambda path: path.stem)
def test_a_scenario_that_goes_through_toml_is_the_same(file, tmp_path):
    """With all its seeds merged into one file, and the files of its orbits beside it."""
    from sim.scenario.scenario import digest

    scenario = sim.load(file)
    given = scenario.origin.fragments.data
    (tmp_path / "again.toml").write_text("\n".join(f"{key} = {as_toml(value)}" for key, value in given.items()))
    for file in {file for craft in scenario.spacecraft.values() for file in getattr(craft.orbit, "files", ())}:
        shutil.copy(file, tmp_path)
    for file in {file for end in scenario.ends.values() for limit in end.limits for file in limit.files}:
        shutil.copy(file, tmp_path)
    again = sim.load(tmp_path / "again.toml")
    assert digest(again) == digest(scenario)


def test_the_same_seed_is_the_same_family():
    """All that is drawn is drawn from seeds: nothing asks for randomness of its own."""
    state = random.getstate(), np.random.get_state()[1].copy()
    sim.run(sim.load(DATA / "spk.toml"))
    assert random.getstate() == state[0] and np.array_equal(np.random.get_state()[1], state[1])
