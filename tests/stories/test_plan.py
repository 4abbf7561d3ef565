"""`plan` and `statistics`: from a scenario's text to files, and the verb that prints a plan."""

import csv
import io
import json

import numpy as np
import pytest

import sim
from sim.core.errors import SimError
from sim.planning.hop_passes import hop_passes
from sim.planning.passes import Pass
from sim.planning.plan import MissionPlan, Plan, PlannedTrack, StationPass, make_plan
from sim.products.plan import Plan as Asked
from sim.products.plot.plan import plan_chart
from sim.trajectories.pass_rules import PassRules
from tests.support.command import sim_here
from tests.support.scenarios import KOUROU, NEW_NORCIA, kepler, scenario_text, written

SITES = {"kourou": KOUROU, "new_norcia": NEW_NORCIA}


def _text(products=("plan", "statistics"), **more):
    orbits = {"low": kepler(semi_major_axis=2000, eccentricity=0.01, inclination=80),
              "high": kepler(semi_major_axis=9000, eccentricity=0.1, inclination=60)}  # fmt: skip
    routes = {"low": ["low", ["kourou", "new_norcia"]], "high": ["high", ["kourou", "new_norcia"]]}
    given = {"days": 1, "sites": SITES, "orbits": orbits, "routes": routes, "products": products}
    return scenario_text(**{**given, **more})


def test_a_plan_and_statistics_are_written_and_agree(tmp_path):
    text = _text(passes={"min_duration_s": 600, "setup_s": 300}, products=[
        {"kind": "plan", "priorities": {"low": 1}}, {"kind": "statistics", "min_hours_per_day": 4}
    ])  # fmt: skip
    done = sim_here("run", written(tmp_path, text), "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    tree = json.loads((tmp_path / "out" / "plan.json").read_text())
    rows = list(csv.DictReader((tmp_path / "out" / "plan.csv").open()))
    assert [each["mission"] for each in tree["missions"]] == ["low", "high"]
    assert tree["optimal"] is True
    assert len(rows) == len(tree["tracks"]) > 3
    assert [row["start_utc"] for row in rows] == sorted(row["start_utc"] for row in rows)
    assert all(float(row["duration_s"]) >= 600 for row in rows)
    assert tree["conflicts"]
    assert {each["winner"] for each in tree["conflicts"]} == {"low"}
    assert (tmp_path / "out" / "plan.png").stat().st_size > 10_000
    table = list(csv.DictReader((tmp_path / "out" / "statistics.csv").open()))
    (span,) = [row for row in table if (row["of"], row["name"], row["period"]) == ("route", "high", "span")]
    result = sim.run(sim.load(tmp_path / "scenario.toml"))
    assert float(span["open_h"]) == pytest.approx(result.routes["high"].total_s / 3600, abs=1e-4)
    assert {row["of"] for row in table} == {"route", "link", "station", "spacecraft"}
    hours = float(span["open_h"])  # of one day, of which four are required
    assert float(span["worst_day_h"]) == pytest.approx(hours, abs=1e-4)
    assert float(span["required_share_percent"]) == pytest.approx(25.0 * min(hours, 4.0), abs=0.01)
    assert float(span["required_met_percent"]) == (100.0 if hours >= 4.0 else 0.0)


def test_the_verb_prints_the_plan_and_says_who_displaces_whom(tmp_path):
    done = sim_here("plan", written(tmp_path, _text(products=())), "--policy", "highest")
    assert done.returncode == 0, done.stderr
    assert len(list(csv.DictReader(io.StringIO(done.stdout)))) > 2
    assert "hand-over" in done.stderr
    assert "conflict: low displaces high at" in done.stderr
    wrong = sim_here("plan", tmp_path / "scenario.toml", "--policy", "best")
    assert wrong.returncode == 1
    assert "--policy: expected one of fewest_handovers, longest, highest" in wrong.stderr


RADIOS = {
    "craft": {"frequency_mhz": 2250, "gain_dbi": 3, "power_w": 5, "source": "an example"},
    "dish": {"frequency_mhz": 2250, "diameter_m": 15, "efficiency": 0.5, "receiver_temperature_k": 60,
             "source": "an example"},
}  # fmt: skip
SIGNAL = {"data_rate_bps": 1e5, "required_eb_n0_db": 2.5}


def _with_radios(products, between=(("low", "high"), ("kourou", "new_norcia")), days=1):
    sites = {name: {**each, "radio": "dish"} for name, each in SITES.items()}
    link = {"down": {"between": [list(side) for side in between], "signal": SIGNAL}}
    text = _text(sites=sites, radios=RADIOS, links=link, products=products, days=days)
    for head in ("[spacecraft.low", "[spacecraft.high"):
        text = text.replace(f"{head}.orbit]", f'{head}]\nradio = "craft"\n{head}.orbit]')
    return text


def test_the_best_margin_is_least_or_mean_of_the_pass_by_the_link_budget(tmp_path):
    scenario = sim.load(written(tmp_path, _with_radios([{"kind": "plan", "policy": "best_margin"}], days=0.4)))
    result = sim.run(scenario)
    for of, pick in (("least", min), ("mean", lambda values: sum(values[1:-1]) / 40)):
        asked = Asked(policy="best_margin", margin=of)
        # the first mission's passes are whole
        row = next(csv.DictReader(io.StringIO(asked.csv(asked.made(result)[1]))))
        start, end = (float(sim.tdb(row[f"pass_{end}_utc"])) for end in ("start", "end"))
        times = [start + 0.01, *(start + (end - start) * (np.arange(40) + 0.5) / 40), end - 0.01]
        ends = {"transmitter": row["mission"], "receiver": row["station"]}
        values = [sim.link_budget(scenario, "down", float(t), **ends).margin_db for t in times]
        assert float(row[f"{of}_margin_db"]) == pytest.approx(pick(values), abs=0.02)
    plain = Asked()
    assert "margin" not in plain.csv(plain.made(result)[1])


def test_a_plan_by_margin_of_hops_without_a_signal_is_refused_with_all_of_them(tmp_path):
    text = _with_radios([{"kind": "plan", "policy": "best_margin"}], between=(("low",), ("kourou",)))
    done = sim_here("check", written(tmp_path, text))
    assert done.returncode == 1
    assert "no signal goes from low to new_norcia, high to kourou, high to new_norcia. Add a link" in done.stderr
    done = sim_here("plan", written(tmp_path, _text(products=())), "--policy", "best_margin")
    assert done.returncode == 1 and "searching" not in done.stderr
    assert "--policy: policy best_margin needs link margins" in done.stderr
    scenario = sim.load(written(tmp_path, _text(products=())))
    with pytest.raises(SimError, match="no signal goes from low to kourou"):
        Asked(policy="best_margin").made(sim.run(scenario))


def test_the_table_of_passes_says_what_the_cables_of_an_antenna_make_of_them(tmp_path):
    cable = {"cable_min_deg": -180, "cable_max_deg": 180, "unwrap_s": 40, "trim_s": 5}
    orbit = kepler("earth", semi_major_axis=7100, eccentricity=0.001, inclination=98)
    sites, routes = {"kourou": {**KOUROU, "passes": cable}}, {"low": ["low", "kourou"]}
    text = _text(orbits={"low": orbit}, routes=routes, sites=sites, products=["passes", "plan"], days=3)
    scenario = sim.load(written(tmp_path, text))
    result = sim.run(scenario)
    sim.write(scenario, result, tmp_path / "out")
    rows, plan = (list(csv.DictReader((tmp_path / "out" / f"{name}.csv").open())) for name in ("passes", "plan"))
    whole = result.hops["low", "kourou"].bounds
    divided = [row for row in rows if row["parts"] == "2"]
    assert divided and len(rows) == len(whole) + len(divided) // 2
    for row in rows:
        ends = {end: float(row[f"cable_{end}_deg"]) for end in ("start", "end")}
        assert all(-180.0 <= each <= 180.0 for each in ends.values())
        for end, edge in (("start", "aos"), ("end", "los")):
            assert ends[end] % 360.0 == pytest.approx(float(row[f"{edge}_azimuth_deg"]), abs=1e-3)
        assert float(row["unwrap_s"]) == (40.0 if row["part"] == "2" else 0.0)
        if row["part"] != row["parts"]:
            assert abs(ends["end"]) == pytest.approx(180.0, abs=1e-3)
    made = hop_passes(result, [("low", "kourou")])
    assert made.whole.tolist() == [[row["part"] == "1", row["part"] == row["parts"]] for row in rows]
    planned = {(row["pass_start_utc"], row["pass_end_utc"]) for row in plan}
    assert {(row["aos_utc"], row["los_utc"]) for row in rows} == planned


def test_a_site_s_rules_replace_those_of_the_scenario_key_by_key(tmp_path):
    sites = {**SITES, "kourou": {**KOUROU, "passes": {"setup_s": 60}}}
    scenario = sim.load(written(tmp_path, _text(sites=sites, passes={"setup_s": 300, "trim_s": 10})))
    assert (scenario["kourou"].passes.setup_s, scenario["kourou"].passes.trim_s) == (60, 10)
    assert scenario["new_norcia"].passes.setup_s == 300


@pytest.mark.parametrize("changed, told", [
    ({"passes": {"min_duration_s": 600, "max_duration_s": 900}}, "max_duration_s must be at least twice"),
    ({"passes": {"min_duration_s": 600}, "sites": {**SITES, "kourou": {**KOUROU, "passes": {"max_duration_s": 900}}}},
     "sites.kourou.passes"),
    ({"passes": {"setup": 3}}, "passes.setup"),
    ({"products": [{"kind": "plan", "priorities": {"kuru": 1}}]}, "no route has a site or spacecraft 'kuru'"),
    ({"products": [{"kind": "plan", "overlap_s": 5, "break_s": 5}]}, "give overlap_s or break_s, not both"),
    ({"products": [{"kind": "plan", "margin": "mean"}]}, 'margin is of policy "best_margin"'),
])  # fmt: skip
def test_rules_that_do_not_fit_are_told_with_their_line(changed, told, tmp_path):
    done = sim_here("check", written(tmp_path, _text(**changed)))
    assert done.returncode == 1
    assert told in done.stderr
    assert "line" in done.stderr


def _legend_of(tracks):
    """The legend of a chart with one pass of two hours, and these parts of it tracked."""
    import matplotlib.pyplot as plt

    own = StationPass("dish", Pass(3600.0, 10_800.0), PassRules())
    parts = tuple(PlannedTrack("orbiter", "dish", start, end, start, end, own) for start, end in tracks)
    made = Plan((MissionPlan("orbiter", parts, sum(end - start for start, end in tracks), 7200.0, True),), ())
    ax = plan_chart({"orbiter": [own]}, made, sim.Span(0.0, 86_400.0))
    texts = [text.get_text() for legend in ax.figure.legends for text in legend.get_texts()]
    plt.close(ax.figure)
    return texts


def test_the_legend_of_a_plan_names_only_what_is_drawn():
    assert _legend_of([(3600.0, 10_800.0)]) == ["orbiter: track"]
    assert _legend_of([(3600.0, 7200.0)]) == ["orbiter: track", "pass not used"]
    assert _legend_of([]) == ["pass not used"]


def test_the_picture_of_a_part_counts_that_part():
    import matplotlib.pyplot as plt

    one, other = (StationPass(name, Pass(0.0, 7200.0), PassRules()) for name in ("dish", "mast"))
    tracks = (PlannedTrack("orbiter", "dish", 0.0, 3600.0, 0.0, 3600.0, one, 600.0),
              PlannedTrack("orbiter", "mast", 3000.0, 7200.0, 3000.0, 7200.0, other))  # fmt: skip
    made = Plan((MissionPlan("orbiter", tracks, 7200.0, 7200.0, True),), ())
    for span, told in (((0.0, 86_400.0), "2.0 h"), ((0.0, 1800.0), "30.0 min"), ((1800.0, 3600.0), "30.0 min")):
        ax = plan_chart({"orbiter": [one, other]}, made, sim.Span(*span))
        words = [text.get_text() for text in ax.figure.findobj(plt.Text)]
        assert any(f"orbiter: {told} tracked, optimal" in each for each in words), words
        plt.close(ax.figure)


def test_pictures_of_one_plan_compute_it_once(tmp_path, monkeypatch):
    made = []

    def counted(*args, **more):
        made.append(args)
        return make_plan(*args, **more)

    monkeypatch.setattr("sim.products.plan.make_plan", counted)
    products = [{"kind": "plan"}, {"kind": "plan", "file": "part", "days": 0.5},
                {"kind": "plan", "file": "other", "policy": "highest"}]  # fmt: skip
    scenario = sim.load(written(tmp_path, _text(products=products)))
    sim.write(scenario, sim.run(scenario), tmp_path / "out")
    assert len(made) == 2
    texts = [(tmp_path / "out" / f"{name}.csv").read_text() for name in ("plan", "part", "other")]
    assert texts[0] == texts[1] != texts[2]
