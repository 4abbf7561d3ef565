"""Sweeps whose variables move several keys together, and whose answers are hops, stations, spacecraft and plans."""

import csv

import pytest
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.errors import SimError
from sim.data import orbit_store
from sim.products.plan import Plan
from sim.scenario.sweep_shifts import moved
from sim.simulation.sweep.plan import plan
from tests.support.command import sim_here

TEXT = """
title = "A launch slips"
start = 2027-03-01T00:00:00Z
end = "2027-03-02T12:00:00Z"
include = ["seeds:stations/estrack"]
[passes]
min_duration_s = 600
[spacecraft.x.orbit]
kind = "kepler"
center = "earth"
epoch = 2027-03-01T01:00:00Z
semi_major_axis_km = 26000
eccentricity = 0.3
inclination_deg = 60
[routes]
down = ["x", ["kourou", "malargue"]]
[[products]]
kind = "plan"
policy = "highest"
[[products]]
kind = "timeline"
days = 1
[sweep]
answers = ["routes", "hops", "stations", "spacecraft", "plan"]
[sweep.set]
slip_days = [0, 1, 2.5]
more_deg = [0, 5]
[sweep.shift]
slip_days = ["start", "end", "spacecraft.x.orbit.epoch"]
more_deg = ["sites.kourou.horizon_deg", "sites.malargue.horizon_deg"]
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("slip") / "slip.toml"
    path.write_text(TEXT)
    return path


@pytest.fixture(scope="module")
def swept(file, tmp_path_factory):
    return sim.sweep(file, folder=tmp_path_factory.mktemp("out"))


def test_a_variable_moves_all_its_keys_together(file, swept, tmp_path):
    by_hand = TEXT.replace("2027-03-01T00:", "2027-03-03T12:").replace("2027-03-02T12:", "2027-03-05T00:")
    by_hand = by_hand.replace("2027-03-01T01:", "2027-03-03T13:").split("[sweep]")[0]
    by_hand += "[sites.kourou]\nhorizon_deg = 10\n[sites.malargue]\nhorizon_deg = 10\n"
    (tmp_path / "later.toml").write_text(by_hand)
    result = sim.run(sim.load(tmp_path / "later.toml"))
    rows = swept.windows()
    mine = rows[(rows.slip_days == 2.5) & (rows.more_deg == 5) & (rows.route == "down")]
    assert list(mine.duration_s) == list(result.routes["down"].durations_s)  # bit for bit
    assert plan(file).scenario(5).span == result.span
    assert set(rows.slip_days) == {0, 1, 2.5}


def test_answers_are_those_of_a_run(file, swept):
    result = sim.run(plan(file).scenario(3))
    rows = swept.routes()
    rows = rows[rows.case == 3].set_index("route")
    hops = [f"hop: x->{name}" for name in ("kourou", "malargue")]
    stations = [f"station: {name}" for name in ("kourou", "malargue")]
    assert list(rows.index) == ["down", *hops, *stations, "spacecraft: x", "plan: x"]
    for name in ("kourou", "malargue"):
        assert rows.total_s[f"hop: x->{name}"] == result.hops["x", name].total_s
        assert rows.total_s[f"station: {name}"] == result.hops["x", name].total_s
    assert rows.total_s["spacecraft: x"] == pytest.approx(result.routes["down"].total_s, abs=1e-6)
    (made,) = Plan(policy="highest").made(result)[1].missions
    assert rows.total_s["plan: x"] == pytest.approx(made.tracked_s, abs=1e-3)
    assert rows.total_s["plan: x"] <= rows.total_s["spacecraft: x"]


def test_a_plan_follows_the_rules_of_the_scenario(file, tmp_path):
    words = {"slip_days": [0], "more_deg": [0], "passes.min_duration_s": [0, 20_000]}
    one = sim.sweep(file, words, tmp_path, answers=["plan"])
    rows = one.routes()
    assert set(rows.route) == {"plan: x"}
    assert rows.total_s[0] > rows.total_s[1] > 0


def test_every_case_is_one_row_of_csv(swept):
    rows = list(csv.DictReader((swept.folder / "cases.csv").open(encoding="utf-8")))
    assert [int(row["case"]) for row in rows] == list(range(6))
    assert [(float(row["slip_days"]), float(row["more_deg"])) for row in rows] == [
        (slip, more) for slip in (0, 1, 2.5) for more in (0, 5)
    ]
    table = swept.routes()
    for row in rows:
        for each in table[table.case == int(row["case"])].itertuples():
            assert float(row[f"{each.route}: share"]) == each.share
            assert int(row[f"{each.route}: windows"]) == each.windows
        assert row["error"] == ""


def test_a_case_that_fails_has_its_error_in_its_row(file, tmp_path):
    words = {"slip_days": [0, 1e6], "more_deg": [0], "spacecraft.x.orbit.eccentricity": [0.3]}
    with pytest.raises(SimError, match=r"--set end \(slip_days = 1000000.0\)  *the ephemeris de421 covers"):
        sim.sweep(file, words, tmp_path / "out")
    made = [{"kind": "kepler", "center": "earth", "epoch": "2027-03-01T00:00:00Z", "semi_major_axis_km": 26000,
             "eccentricity": e, "inclination_deg": 60} for e in (0.1, 0.2, 0.3, 0.99, 0.25, 0.3, 0.4, 0.5, 0.6, 0.5,
             0.4, 0.3, 0.2, 0.1, 0.05, 0.04)]  # fmt: skip
    one = sim.sweep(file, {"slip_days": [0], "spacecraft.x.orbit": made, "more_deg": [0]}, tmp_path / "failed",
                    shift={"slip_days": ["start", "end"]}, answers=["routes"])  # fmt: skip
    rows = list(csv.DictReader((one.folder / "cases.csv").open(encoding="utf-8")))
    assert one.failed == 1
    assert "is inside" in rows[3]["error"] and rows[3]["down: share"] == ""
    assert all(row["down: share"] for row in rows if row["case"] != "3")


def test_a_picture_shows_answers_against_inputs_with_an_order(swept, file, tmp_path):
    assert {"answers.png", "answers.svg"} <= {path.name for path in swept.files()}
    text = (swept.folder / "answers.svg").read_text()
    assert "slip_days" in text and "more_deg" in text
    alone = sim.sweep(file, {"slip_days": [0], "more_deg": [0], "light_time": [True, False]}, tmp_path / "out")
    assert "answers.png" not in {path.name for path in alone.files()}  # true and false have no order


def test_a_scenario_built_in_python_has_times_that_move_too(tmp_path):
    kourou = sim.Site(name="kourou", latitude_deg=5.25, longitude_deg=-52.8)
    scenario = sim.Scenario(
        start="2027-03-01T00:00:00Z", days=1, sites={"kourou": kourou}, routes={"down": ["moon", "kourou"]}
    )
    one = sim.sweep(scenario, {"slip_hours": [0, 6]}, tmp_path, shift={"slip_hours": ["start"]})
    first = one.windows().groupby("slip_hours").start_utc.min()
    assert str(first[6.0]).startswith("2027-03-01 06:00:00")


def test_values_are_moved_as_they_are_written():
    assert moved("2027-02-28T12:00:00+02:00", 1, "slip_days") == "2027-03-01T12:00:00+02:00"
    assert moved(10, 5, "more_deg") == 15
    assert moved(0.0, 2, "slip_min", is_time=True) == pytest.approx(120.0, abs=1e-5)
    assert moved(7.0, 2, "longer_days") == 9.0  # a number is moved by the number


@pytest.mark.parametrize("old, new, told", [
    ("spacecraft.x.orbit.epoch", "spacecraft.x.orbit.epoc", "line 29:30  sweep.shift.slip_days[2]  the scenario has no "
     "spacecraft.x.orbit.epoc to move. Did you mean 'epoch'?"),
    ('["start", "end"', '["title", "end"', "line 29:14  sweep.shift.slip_days[0]  slip_days moves times and "
     "numbers, and title is 'A launch slips'"),
    ('slip_days = ["', 'slip = ["', "start is a time, so the name of what moves it must end in a unit: one of slip_s, "
     "slip_min, slip_hours, slip_days"),
    ('["start", "end"', '["start..", "end"', "expected a key like sites.x.horizon_deg"),
])  # fmt: skip
def test_what_cannot_be_moved_is_told_with_its_line_and_a_cure(old, new, told, tmp_path):
    assert old in TEXT
    (tmp_path / "slip.toml").write_text(TEXT.replace(old, new))
    done = sim_here("check", tmp_path / "slip.toml")
    assert done.returncode == 1
    assert told in done.stderr


@pytest.mark.parametrize("vary, shift, told", [
    ({}, {"late_days": ["start"]}, "late_days: it moves start, but has no values. Give them with --set late_days"),
    ({"start": ["2027-03-01T00:00:00Z"]}, {}, "start: it is set or moved by slip_days and by start. Leave one out"),
    ({"days": [1]}, {"days": ["start"]}, "days: it is a key of the scenario. Choose another name, like slip_days"),
    ({"slip_days": ["soon"]}, {}, "slip_days: expected numbers, by which keys are moved, got 'soon'"),
    ({"late_days": [1]}, {"late_days": []}, "late_days: expected keys that it moves"),
    ({}, {"slip_days": ["spacecraft.y.orbit.epoch"]}, "the scenario has no spacecraft.y to move. There is x"),
])  # fmt: skip
def test_shifts_that_do_not_fit_are_refused_before_any_case(file, vary, shift, told):
    with pytest.raises(SimError) as error:
        plan(file, vary, shift=shift)
    assert told in str(error.value)


def test_the_command_moves_and_asks_too(file, tmp_path):
    words = ["--set", "late_hours=0,6", "--shift", "late_hours=sweepless", "--set", "slip_days=0"]
    wrong = CliRunner().invoke(app, ["sweep", str(file), *words, "-o", str(tmp_path / "out")])
    assert isinstance(wrong.exception, SimError)
    assert "the scenario has no sweepless to move" in str(wrong.exception)
    words = ["--set", "slip_days=grid(0, 2, 3)", "--set", "more_deg=0", "--shift", "slip_days=start,end",
             "--answer", "hops", "-o", str(tmp_path / "out")]  # fmt: skip
    done = CliRunner().invoke(app, ["sweep", str(file), *words], catch_exceptions=False)
    assert done.exit_code == 0
    header = (tmp_path / "out" / "cases.csv").read_text().splitlines()[0]
    assert header.startswith("case,slip_days,more_deg,hop: x->kourou: windows")
    wrong = CliRunner().invoke(app, ["sweep", str(file), "--answer", "plans", "-o", str(tmp_path / "no")])
    assert "answers: expected some of routes, hops, stations, spacecraft, plan, got 'plans'" in str(wrong.exception)


def test_fresh_computes_orbits_again_in_every_process(file, tmp_path, monkeypatch):
    seen = []
    whole = sim.simulation.sweep.cases.answered
    monkeypatch.setattr("sim.simulation.sweep.cases.answered", lambda *args: (
        seen.append(orbit_store.is_fresh()), whole(*args))[1])  # fmt: skip
    words = ["--set", "slip_days=0", "--set", "more_deg=0"]
    for option in ([], ["--fresh"]):
        done = CliRunner().invoke(app, ["sweep", str(file), *words, *option, "-o", str(tmp_path / f"out{len(option)}")],
                                  catch_exceptions=False)  # fmt: skip
        assert done.exit_code == 0
    assert seen == [False, True]
    with orbit_store.fresh():
        assert plan(file).fresh  # which is how workers know
        again = plan(file).sha256
    assert plan(file).sha256 == again
