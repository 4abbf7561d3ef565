"""Unknown is not closed: what no orbit is known for is in no share, gap or picture as though there were no contact."""

import csv
import json
import shutil
import subprocess
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.time import DAY_S
from sim.products.availability import shares
from sim.products.plot import Row, availability, timeline
from sim.products.web_report.page_data import tables
from sim.search.windows import Windows
from sim.simulation.diff import Windowed, differences, windowed, windows_of
from sim.trajectories.multi_phase import unknown_text
from sim.visibility import routes
from sim.visibility.known_times import known_times

DATA = Path(__file__).with_name("data")
START = float(sim.tdb("2026-03-01T00:00:00Z"))
HOUR = 3600.0
LIGHT_S = 1.5
EDGE_S = 1e-3


def orbit(**fields):
    about = {"kind": "kepler", "center": "moon", "epoch": "2026-02-28T00:00:00Z", "semi_major_axis_km": 3000.0,
             "eccentricity": 0.1, "inclination_deg": 75.0}  # fmt: skip
    return {**about, **fields}


def craft(name, *parts, **fields):
    """A spacecraft in phases: hours after the start from when to when it is known."""
    phases = [{"start": START + HOUR * a, "end": START + HOUR * b, "orbit": orbit(**fields)} for a, b in parts]
    return sim.Spacecraft(name=name, orbit=sim.Phases(phases=phases))


def known_in_part(relay):
    """A lander, a relay and a hub, of which each is known in parts of two days; two stations."""
    lander = sim.Site(name="lander", body="moon", latitude_deg=10.0, longitude_deg=20.0)
    stations = {name: sim.seeds("stations/estrack")[name] for name in ("kourou", "new_norcia")}
    hub = craft("hub", (6, 30), semi_major_axis_km=9000.0)
    return sim.Scenario(
        title="Known in part", start=START, days=2.0, sites={"lander": lander, **stations},
        spacecraft={"relay": relay, "hub": hub},
        routes={"relayed": ("lander", "relay", ("kourou", "new_norcia")), "chain": ("lander", "relay", "hub"),
                "up": ("new_norcia", "hub", "relay"), "down": ("hub", "relay", "kourou"),
                "direct": ("lander", ("kourou", "new_norcia"))},
    )  # fmt: skip


@pytest.fixture(scope="module")
def scenario():
    return known_in_part(craft("relay", (-3, 12), (18, 60)))


@pytest.fixture(scope="module")
def result(scenario):
    return sim.run(scenario)


def state(windows, t):
    """1 open, 0 closed, 0.5 unknown."""
    return np.where(windows.unknown.holds(t), 0.5, windows.holds(t).astype(float))


def test_known_times_are_those_of_all_ends(result):
    lander, relay, hub = (result.ends[name] for name in ("lander", "relay", "hub"))
    hours = (known_times(relay, hub, span=result.span) - START) / HOUR
    np.testing.assert_allclose(hours, [[6, 12], [18, 30]], atol=1e-6)
    np.testing.assert_array_equal(known_times(lander, span=result.span), [[result.span.start, result.span.end]])
    late = known_times(relay, result.ends["kourou"], span=result.span, light=True)
    late = late - known_times(relay, span=result.span)
    assert late[0, 0] == late[1, 1] == 0.0
    assert np.all((late[[0, 1], [1, 0]] > 1.1) & (late[[0, 1], [1, 0]] < LIGHT_S))
    assert unknown_text(relay, START + 13 * HOUR) == (
        "no orbit of relay known from 2026-03-01T12:00:00Z to 2026-03-01T18:00:00Z"
    )
    assert unknown_text(hub, START + 13 * HOUR) == "" == unknown_text(lander, START)
    assert unknown_text(hub, START) == "no orbit of hub known before 2026-03-01T06:00:00Z"


def test_a_hop_is_unknown_where_an_end_is_and_its_share_is_of_the_rest(result):
    hop = result.hops["lander", "relay"]
    np.testing.assert_allclose((hop.unknown.bounds - START) / HOUR, [[12, 18]], atol=1e-3)
    alone = sim.Spacecraft(name="relay", orbit=sim.Kepler(**orbit())).over(result.span)
    whole = sim.hop(result.ends["lander"], alone).windows(result.span)
    known = Windows.of(whole.bounds, result.span, known=hop.known)
    assert hop.matches(known, 0.01)
    open_s = sum(whole.within(sim.Span(hours_later(a), hours_later(b))).total_s for a, b in ((0, 12), (18, 48)))
    assert hop.fraction == pytest.approx(open_s / (42 * HOUR), abs=1e-6)
    assert "of 1.75 known days" in repr(hop) and "; 6.0 h unknown)" in repr(hop)
    assert hop.longest_gap_s <= whole.longest_gap_s + EDGE_S


def hours_later(hours):
    return START + HOUR * hours


def test_a_route_is_known_where_one_closed_hop_decides(result):
    """Against its hops at one instant after the other, taken when the light passes them."""
    t = result.span.grid(97.0)[:-1]
    hops, found = result.hops, state(result.routes["down"], t)
    first, second = state(hops["hub", "relay"], t - 1.28), state(hops["relay", "kourou"], t)
    edges = [np.append(w.bounds.ravel(), w.unknown.bounds.ravel()) for w in hops.values()]
    far = np.abs(t[:, None] - np.concatenate(edges)).min(axis=1) > 4.0  # of what changes within a light time
    assert np.array_equal(found[far], np.minimum(first, second)[far])
    assert set(found[far]) == {0.0, 0.5, 1.0}
    assert np.any((first == 0.5) & (second == 0.0) & far)  # below Kourou's horizon, whatever became of the hub


def test_a_route_over_ends_that_are_known_at_different_times_is_no_error(result):
    """The lander hears the relay before anything is known of the hub, days away in other cases."""
    chain, up = result.routes["chain"], result.routes["up"]
    t = np.array([hours_later(h) for h in (2.0, 14.0, 40.0)])
    assert set(state(chain, t)) <= {0.0, 0.5}
    for route in (chain, up):
        inside = Windows.of(known_times(result.ends["relay"], result.ends["hub"], span=result.span), result.span)
        assert not (route - inside.shifted(lambda s: s)).total_s > LIGHT_S * len(route)
    assert 0.0 < chain.known_s < result.span.duration_s


def test_the_bound_on_light_time_looks_where_an_orbit_is_known(scenario):
    brief = craft("brief", (7.0, 7.1), semi_major_axis_km=9000.0).over(scenario.span)
    ends = {"lander": scenario["lander"], "brief": brief, "kourou": scenario["kourou"]}
    assert routes.light_time_s([("lander", "brief", "kourou")], ends, scenario.span) > 2.2


def test_why_says_that_no_orbit_is_known(result, scenario):
    from sim.simulation.run import why

    told = {each.name: str(each) for each in why(scenario, ["relayed"], "2026-03-01T14:00:00Z")}
    gap = "  ? no orbit of relay known from 2026-03-01T12:00:00Z to 2026-03-01T18:00:00Z"
    assert set(told) == {"lander – relay", "relay – kourou", "relay – new_norcia"}
    for text in told.values():
        assert "is not known at 2026-03-01 14:00:00 UTC; next open" in text.splitlines()[0]
        assert text.splitlines()[1:] == [gap]
    (before,) = why(scenario, ["lander", "relay"], "2026-03-01T11:00:00Z")
    assert "short" in str(before) and "known" not in "".join(leaf.name for leaf, _ in before.terms)
    assert not (~result.conditions["lander", "relay"]).holds(np.array([hours_later(14)])).any()


def test_the_verb_says_it_too(tmp_path):
    done = CliRunner().invoke(app, ["why", str(DATA / "phases.toml"), "lander", "cebreros", "2026-03-01T12:30:00Z"])
    assert done.exit_code == 0
    assert "? no orbit of lander known from 2026-03-01T12:00:00Z to 2026-03-01T13:00:00Z" in done.output


@pytest.fixture(scope="module")
def written(result, scenario, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unknown") / "out"
    sim.write(scenario, result, folder)
    return folder


def test_tables_mark_unknown_time_at_their_ends(result, written):
    plan = list(csv.DictReader((written / "contact-plan.csv").open(encoding="utf-8")))
    assert list(plan[0])[-2:] == ["unknown_before_s", "unknown_after_s"]
    passes = list(csv.DictReader((written / "passes.csv").open(encoding="utf-8")))
    assert list(passes[0])[-2:] == ["unknown_before_s", "unknown_after_s"]
    for of, windows in result.routes.items():
        rows = [row for row in plan if row["of"] == of]
        after = [float(row["unknown_after_s"]) for row in rows]
        first = float(rows[0]["unknown_before_s"]) if rows else windows.unknown.total_s
        assert first + sum(after) == pytest.approx(windows.unknown.total_s, abs=0.01)
        assert [float(row["unknown_before_s"]) for row in rows[1:]] == after[:-1]
    assert any(float(row["unknown_before_s"]) > 5 * HOUR for row in passes)
    frame = result.to_pandas()
    direct = frame[frame["of"] == "direct"]
    assert list(frame.columns)[-2:] == ["unknown_before_s", "unknown_after_s"]
    assert not direct["unknown_after_s"].any() and frame["unknown_after_s"].max() > 5 * HOUR


def test_the_plan_and_run_json_list_unknown_times(result, written):
    told = json.loads((written / "contact-plan.json").read_text(encoding="utf-8"))["unknown"]
    hop = [row for row in told if row["of"] == "lander->relay"]
    assert [(row["kind"], row["why"]) for row in hop] == [
        ("hop", "no orbit of relay known from 2026-03-01T12:00:00Z to 2026-03-01T18:00:00Z")
    ]
    assert hop[0]["duration_s"] == pytest.approx(6 * HOUR, abs=0.1)
    assert {row["of"] for row in told} >= {"relayed", "chain", "up"} and "direct" not in {row["of"] for row in told}
    assert all(row["why"].startswith("no orbit") for row in told)
    said = json.loads((written / "run.json").read_text(encoding="utf-8"))["unknown"]
    assert said["routes"]["direct"] == [] and len(said["hops"]["lander->relay"]) == 1


def test_diff_tells_windows_where_nothing_was_known_apart(result, written):
    same = differences(windowed(written), windows_of(result))
    assert not same and same.exact
    more = sim.run(known_in_part(sim.Spacecraft(name="relay", orbit=sim.Kepler(**orbit()))))
    found = differences(windowed(written), windows_of(more), 1.0)
    (hop,) = (each for each in found.each if each.of == "lander->relay")
    assert hop.found + hop.shifted >= 1 and hop.missed == 0
    assert hop.unknown_s == pytest.approx(6 * HOUR, abs=1.0)
    back = differences(windows_of(more), windowed(written), 1.0)
    assert next(each for each in back.each if each.of == "lander->relay").missed == hop.found
    table = Windowed({name: w for name, w in windows_of(more).windows.items()})  # a contact plan does not say
    assert all(each.unknown_s == each.found == 0 for each in differences(table, windowed(written)).each)


def test_windows_alike_of_which_only_one_side_knows_that_they_are_all_differ():
    a, b = np.empty((0, 2)), np.array([[100.0, 500.0]])
    one, other = (Windowed({"x": a}, (0.0, 1000.0), {"x": unknown}) for unknown in (a, b))
    found = differences(one, other)
    assert found and not found.exact
    assert "for up to 400 s only one of them has orbit data" in str(found)
    gained = differences(other, Windowed({"x": np.array([[200.0, 300.0]])}, (0.0, 1000.0), {"x": a}))
    assert "1 gained (1 where the first had no orbit data)" in str(gained)


def test_night_and_occultations_of_a_spacecraft_in_phases_are_those_of_what_it_is(result):
    phased = sim.run(sim.load(DATA / "phases.toml"))
    lander = next(p.trajectory for p in phased.ends["lander"].parts if isinstance(p.trajectory, sim.Site))
    night, landed = phased.night("lander"), sim.Span("2026-03-01T13:00:00Z", "2026-03-02T13:00:00Z")
    alone = (sim.sun_elevation_deg(lander) < 0).windows(landed)
    assert night.within(landed).matches(alone, EDGE_S)
    assert night.known_s == pytest.approx(DAY_S)
    hidden = result.hidden(("relay", "kourou"))
    whole = sim.Spacecraft(name="relay", orbit=sim.Kepler(**orbit())).over(result.span)
    alone = replace(result, ends={**result.ends, "relay": whole}).hidden(("relay", "kourou"))
    assert len(hidden) and hidden.matches(Windows.of(alone.bounds, result.span, known=hidden.known), 0.01)
    assert hidden.unknown.total_s == pytest.approx(6 * HOUR, abs=LIGHT_S)


def test_pictures_hatch_what_is_not_known(result):
    def hatches(ax):
        return [each for each in ax.collections if each.get_hatch()]

    row, never = result.routes["relayed"], Windows.of([], result.span, known=[])
    ax = timeline([Row("relayed", row), Row("direct", result.routes["direct"]), Row("lost", never)])
    assert len(hatches(ax)) == 2
    words = [text.get_text() for text in ax.texts]
    assert "no orbit known" in words
    assert f"({100 * row.fraction:.3g} % of the known {row.known_s / HOUR:.1f} h)" in " ".join(words)
    assert any("no orbit known" in text.get_text() for text in ax.figure.legends[0].get_texts())
    share, day = shares(row, 60)
    unknown = shares(row.unknown, 60)[0]
    assert np.isnan(share[unknown > 0.9999]).all() and not np.isnan(share[unknown < 0.99]).any()
    weight = 1.0 - unknown
    assert np.average(share[weight > 0.01], weights=weight[weight > 0.01]) == pytest.approx(row.fraction, abs=1e-3)
    assert hatches(availability(share, day, unknown=unknown))
    assert not hatches(availability(share, day))


def test_the_page_finds_what_the_library_does(result, tmp_path):
    """The page's own arithmetic, in node: windows and unknown time of every hop and route, and the totals."""
    if (node := shutil.which("node")) is None:
        pytest.skip("node is not installed: the page's arithmetic cannot be run")
    data = tables(result)
    assert [len(hop["unknown"]) > 0 for hop in data["hops"]] == [
        result.hops[tuple(hop["ends"])].known is not None for hop in data["hops"]
    ]
    module = files("sim.products.web_report").joinpath("scripts", "windows.js")
    script = f"import {{solve, totals}} from {json.dumps(Path(str(module)).as_uri())};" + """
      import {readFileSync} from "node:fs";
      const data = JSON.parse(readFileSync(0, "utf-8"));
      const masks = Object.fromEntries(data.sites.map((site) => [site.name, site.mask_deg]));
      const found = solve(data, {masks, off: new Set(), least: 0});
      const sums = found.routes.map((windows, i) => totals(windows, found.unknown.routes[i], data.duration_s));
      console.log(JSON.stringify({found, sums}));
    """  # fmt: skip
    (tmp_path / "page.mjs").write_text(script, encoding="utf-8")
    done = subprocess.run([node, str(tmp_path / "page.mjs")], input=json.dumps(data), capture_output=True, text=True,
                          check=True)  # fmt: skip
    told = json.loads(done.stdout)
    sides = [(told["found"][kind], told["found"]["unknown"][kind]) for kind in ("routes", "hops")]
    ours = [list(result.routes.values()), [result.hops[tuple(hop["ends"])] for hop in data["hops"]]]
    for (windows, unknown), expected in zip(sides, ours, strict=True):
        for bounds, gaps, own in zip(windows, unknown, expected, strict=True):
            for theirs, mine in ((bounds, own.bounds), (gaps, own.unknown.bounds)):
                np.testing.assert_allclose(np.reshape(theirs, (-1, 2)), mine - result.span.start, rtol=0, atol=1.0)
    for sums, own in zip(told["sums"], result.routes.values(), strict=True):
        assert sums["share"] == pytest.approx(own.fraction, abs=1e-4)
        assert sums["gap"] == pytest.approx(own.longest_gap_s, abs=2.0)
        assert sums["known"] == pytest.approx(own.known_s, abs=2.0)


@pytest.mark.long
def test_the_gap_of_chang_e_6_is_no_gap():
    """Its orbit is not public from 12 to 30 May, 00:00, nor for 50 minutes on 20 June: the file's phases say so."""
    result = sim.run(sim.load(Path(__file__).parents[2] / "scenarios" / "chang-e-6.toml"))
    for name in ("kourou", "maspalomas", "china"):
        route = result.routes[name]
        assert route.unknown.total_s == pytest.approx(18 * DAY_S + 50 * 60.0, abs=2 * LIGHT_S)
        assert route.longest_gap_s < DAY_S
        assert route.fraction == pytest.approx(route.total_s / (result.span.duration_s - route.unknown.total_s))
    assert result.routes["orbiter-relay"].known_s > result.routes["china"].known_s  # Queqiao-2 below China's horizon
