"""A scenario many times: what varies, what is found, and that it is what `sim run` finds."""

import csv
import io
import pickle
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.errors import SimError
from sim.scenario.sweep_table import values_of
from sim.simulation.sweep.plan import plan
from sim.simulation.sweep.summary import by_luck, by_sample, effect, ratio, running
from sim.visibility import uncertainty

SCENARIO = Path(__file__).parent / "data" / "sweep.toml"
ISS = """ISS (ZARYA)
1 25544U 98067A   20194.88612269 -.00002218  00000-0 -31515-4 0  9992
2 25544  51.6461 221.2784 0001413  89.1723 280.4612 15.49507896236008
"""
"""A public element set of 2020. Source: CelesTrak."""
STATION = Path(__file__).parent / "data" / "sweep-unsure.toml"
DRAWN, SCATTER = 120, 0.2
"""A standard deviation of 120 draws is good to 6.5 % (1 sigma): this is three of these."""


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    return sim.sweep(SCENARIO, folder=tmp_path_factory.mktemp("sweep"))


def test_the_table_of_a_scenario_says_what_varies_and_every_case_is_what_run_finds(swept):
    assert (swept.cases, swept.failed, swept.complete) == (2 * 4, 0, True)
    windows, made = swept.windows(), plan(SCENARIO)
    assert set(windows["sites.kourou.horizon_deg"]) == {5, 10}
    for case in (0, 5):
        found = sim.run(made.scenario(case)).routes
        for route in found:
            mine = windows[(windows.case == case) & (windows.route == route)]
            assert list(mine.duration_s) == list(found[route].durations_s)  # bit for bit
            assert mine.start_utc.tolist() == found[route].to_pandas().start.dt.floor("us").tolist()


def test_higher_masks_leave_less_time_and_the_mask_is_what_moves_the_answer(swept):
    cases = swept.routes()
    lander = cases[cases.route == "lander"].groupby("sites.kourou.horizon_deg").share.mean()
    assert lander[10] < lander[5]
    moved = {(row["route"], row["measure"], row["input"]): row for row in csv.DictReader(
        (swept.folder / "sensitivity.csv").open())}  # fmt: skip
    assert float(moved["lander", "share", "sites.kourou.horizon_deg"]["effect"]) > 0.99
    assert float(moved["lander", "share", "sites.maspalomas.horizon_deg"]["effect"]) < 0.5
    assert float(moved["lander", "share", "sites.kourou.horizon_deg"]["rank_correlation"]) < -0.99


def test_a_summary_and_three_pictures_are_written(swept):
    names = {path.name for path in swept.files()}
    assert {"windows.parquet", "cases.parquet", "summary.csv", "sensitivity.csv", "sweep.json"} <= names
    for name in ("distribution", "sensitivity", "convergence"):
        assert {f"{name}.png", f"{name}.svg"} <= names
    assert not (swept.folder / "parts").exists()
    rows = list(csv.DictReader(io.StringIO((swept.folder / "summary.csv").read_text())))
    share = next(row for row in rows if (row["route"], row["measure"]) == ("lander", "share"))
    assert float(share["least"]) <= float(share["median"]) <= float(share["most"])


def test_the_command_says_the_same_and_wins_over_the_table(tmp_path):
    words = ["--set", "sites.kourou.horizon_deg=grid(5, 15, 3)", "--set", "light_time=true,false", "--samples", "1",
             "-o", str(tmp_path / "out")]  # fmt: skip
    done = CliRunner().invoke(app, ["sweep", str(SCENARIO), *words], catch_exceptions=False)
    assert done.exit_code == 0
    table = pq.read_table(tmp_path / "out" / "cases.parquet").to_pandas()
    assert set(table["sites.kourou.horizon_deg"]) == {5, 10, 15} and set(table["light_time"]) == {True, False}
    assert table.case.nunique() == 6
    again = CliRunner().invoke(app, ["sweep", str(SCENARIO), *words, "--resume"], catch_exceptions=False)
    assert again.exit_code == 0 and "windows.parquet" in again.stdout


def test_a_constellation_is_a_sweep_over_a_file_of_element_sets(tmp_path):
    second = ISS.replace("ISS (ZARYA)", "TWIN").replace("221.2784", "121.2784").replace("236008", "236007")
    (tmp_path / "two.tle").write_text(ISS + second)
    (tmp_path / "many.toml").write_text("""
title = "Two satellites over a station"
start = 2020-07-13T00:00:00Z
days = 1
include = ["seeds:stations/estrack"]
[spacecraft.sat.orbit]
kind = "tle"
line1 = "1 25544U 98067A   20194.88612269 -.00002218  00000-0 -31515-4 0  9992"
line2 = "2 25544  51.6461 221.2784 0001413  89.1723 280.4612 15.49507896236008"
[routes]
down = ["sat", ["kourou", "maspalomas"]]
""")
    swept = sim.sweep(tmp_path / "many.toml", {"spacecraft.sat.orbit": "@two.tle"}, tmp_path / "out")
    found = swept.windows().groupby("spacecraft.sat.orbit").duration_s.count()
    assert set(found.index) == {"ISS (ZARYA)", "TWIN"} and found.min() >= 6


def test_a_scenario_built_in_python_can_be_swept_too(tmp_path):
    scenario = sim.load(SCENARIO)
    swept = sim.sweep(scenario, {"sites.kourou.horizon_deg": [5, 10], "days": [0.5]}, tmp_path, samples=1)
    assert swept.complete and swept.cases == 2


@pytest.fixture(scope="module")
def unsure(tmp_path_factory):
    return sim.sweep(STATION, folder=tmp_path_factory.mktemp("unsure"), samples=DRAWN)


def test_cases_have_the_sites_in_common_that_do_not_vary():
    """The same objects in all of them, equal to those of a case by itself; in the order in which cases come, or not."""
    orbit = sim.Kepler(center="earth", epoch="2024-03-01T00:00:00Z", semi_major_axis_km=7000.0, eccentricity=0.0,
                       inclination_deg=51.0)  # fmt: skip
    sites = {name: sim.Site(name=name, latitude_deg=10.0, longitude_deg=20.0, height_m=50.0) for name in ("a", "b")}
    scenario = sim.Scenario(
        start="2024-03-01T00:00:00Z", days=0.1, sites=sites, ephemeris="de421", routes={"down": ("craft", "a")},
        spacecraft={"craft": sim.Spacecraft(name="craft", orbit=orbit)},
    )  # fmt: skip
    vary = {"sites.a.height_m": [50.0, 900.0], "spacecraft.craft.orbit.inclination_deg": [51.0, 97.0]}
    both, orbits = plan(scenario, vary), plan(scenario, {name: vary[name] for name in list(vary)[1:]})
    first, second = orbits.scenario(0), pickle.loads(pickle.dumps(orbits)).scenario(1)
    assert orbits.scenario(1).sites["a"] is first.sites["a"] and orbits.scenario(1) == second
    assert second.spacecraft["craft"].orbit.inclination_deg == 97.0
    assert [both.scenario(case).sites["a"].height_m for case in range(4)] == [50.0, 50.0, 900.0, 900.0]
    fresh = plan(scenario, vary).scenario(1)
    assert fresh == second and fresh.sites["a"] is not second.sites["a"]
    assert all(fresh.sites[n].model_fields_set == second.sites[n].model_fields_set for n in sites)


def test_edges_of_a_sweep_that_draws_errors_scatter_as_a_run_says(unsure):
    found = sim.run(sim.load(STATION))
    known = found.uncertainty("down")
    assert len(known) >= 2 and all(each.start_linear and each.end_linear for each in known)
    windows = unsure.windows()
    assert len(windows) == DRAWN * len(known)
    number = windows.groupby("case").cumcount()
    for edge in ("start", "end"):
        seconds = windows[f"{edge}_utc"].astype("int64") / 1e6
        told = [getattr(each, f"{edge}_sigma_s") for each in known]
        assert list(seconds.groupby(number).std()) == pytest.approx(told, rel=SCATTER)


def test_errors_are_columns_in_standard_deviations_and_a_case_is_what_they_make_of_the_ends(unsure):
    scenario = sim.load(STATION)
    ends = {name: scenario[name] for name in ("iss", "kourou")}
    row = unsure.windows().query("case == 7").iloc[0]
    names = [f"{name}: {error}" for name, end in ends.items() for error in uncertainty.errors(end)]
    assert [name for name in row.index if ": " in name] == names
    assert "iss: along" in names and "kourou: horizon" in names
    moved = uncertainty.drawn_as(ends, {name: row[name] for name in names}, scenario.span)
    start, _ = sim.hop(moved["iss"], moved["kourou"]).windows(scenario.span).bounds[0]
    assert float(sim.tdb(row.start_utc.to_pydatetime())) == pytest.approx(start, abs=1e-5)
    inputs = {each["input"] for each in csv.DictReader((unsure.folder / "sensitivity.csv").open())}
    assert inputs == set(names)


@pytest.mark.parametrize("method", ["random", "latin"])
def test_errors_can_be_drawn_end_by_end_or_one_by_one_and_fields_keep_their_draws(method):
    vary = {"sites.kourou.horizon_deg": "5:15"}
    plain, some = (plan(STATION, vary, samples=40, method=method, draw=draw) for draw in ((), ["kourou", "iss: along"]))
    assert list(some.errors(0)) == ["iss: along", "kourou: east", "kourou: north", "kourou: up", "kourou: horizon"]
    drawn = np.array([list(some.errors(case).values()) for case in range(40)])
    assert np.abs(drawn.mean(axis=0)).max() < 0.6 and np.abs(drawn).max() < 5.0
    if method == "latin":
        assert sorted(np.floor([40 * NormalDist().cdf(x) for x in drawn[:, 0]])) == list(range(40))
    assert [plain.values(case) for case in range(40)] == [some.values(case) for case in range(40)]


def test_drawing_errors_without_samples_or_of_an_unknown_end_is_an_error():
    with pytest.raises(SimError, match="--samples"):
        plan(STATION, draw=["all"])
    with pytest.raises(SimError, match=r"--draw 'kuorou'.* Did you mean 'kourou'"):
        plan(STATION, draw=["kuorou"], samples=3)


@pytest.mark.parametrize("method", ["random", "latin"])
def test_draws_depend_on_seed_and_number_alone(method):
    few, same, other = (
        plan(SCENARIO, {"sites.kourou.horizon_deg": "0:40"}, samples=50, seed=seed, method=method) for seed in (3, 3, 4)
    )
    drawn = [made.values(17)["sites.kourou.horizon_deg"] for made in (few, same, other)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_latin_hypercube_draws_once_from_each_equal_share():
    made = plan(SCENARIO, {"sites.kourou.horizon_deg": "0:40"}, samples=40, method="latin")
    drawn = sorted(made.values(case)["sites.kourou.horizon_deg"] for case in range(40))
    assert np.array_equal(np.floor(drawn).astype(int), np.arange(40))


def test_values_are_read_as_a_scenario_file_would_have_them():
    assert values_of("5,10").values == (5, 10)
    assert values_of("queqiao, lro").values == ("queqiao", "lro")
    assert values_of("[1, 2], [3]").values == ([1, 2], [3])
    assert values_of("2019-01-03T00:00:00Z").values[0].year == 2019
    assert values_of("grid(0, 1, 3)").values == (0.0, 0.5, 1.0)
    assert values_of("uniform(2019-01-03T00:00:00Z, 2019-01-04T00:00:00Z)").at(0.5).startswith("2019-01-03T12:00:00")
    assert values_of("normal(10, 2)").at(0.5) == pytest.approx(10)
    for wrong in ("16:10", "normal(3, 0)", "uniform(1)", "grid(1, 2)", "loguniform(0, 1)"):
        with pytest.raises(ValueError, match="expected"):
            values_of(wrong)
    with pytest.raises(ValueError, match="no file"):
        values_of("@nowhere.tle")


def test_a_range_without_samples_and_a_sweep_of_nothing_say_what_is_missing():
    bare = Path(__file__).parents[2] / "scenarios" / "first-look.toml"
    with pytest.raises(SimError, match="--samples"):
        plan(bare, {"sites.roof.horizon_deg": "5:10"})
    with pytest.raises(SimError, match="nothing varies"):
        plan(bare)


def test_an_effect_is_the_share_of_the_variance_that_an_input_explains():
    rng = np.random.default_rng(1)
    x, z = rng.random((2, 4000))
    assert effect(x, x**2) > 0.98
    assert effect(x, (x - 0.5) ** 2) > 0.9  # no straight line would see it
    assert effect(x, z) < 0.02
    assert effect(x, 3.0 * x + 3.0 * z) == pytest.approx(0.5, abs=0.05)
    assert effect(x, np.ones(4000)) == 0.0


def test_one_percent_of_inputs_without_effect_exceed_the_line_of_chance():
    inputs, answers = np.random.default_rng(2).standard_normal((2, 2000, 60))
    beyond = sum(effect(x, y) > by_luck(x) for x, y in zip(inputs, answers, strict=True))
    assert 8 <= beyond <= 35  # 20 ± 4.4


@pytest.mark.parametrize(("cases", "values"), [(8, 2), (8, 6), (20, 5), (1000, 2), (1000, 10), (5000, 5000)])
def test_the_line_is_that_of_fishers_distribution(cases, values):
    from scipy.stats import f as fisher  # which takes a second to import

    x = np.random.default_rng(3).permutation(np.arange(cases) % values).astype(float)
    groups = min(values, 20)
    rivals = groups - 1, cases - groups
    ratio = rivals[0] / rivals[1] * float(fisher.isf(0.01, *rivals))
    assert by_luck(x) == pytest.approx(1.0 - (cases - 1) / rivals[1] / (1.0 + ratio), rel=1e-3)


def test_a_running_mean_ends_at_the_mean_with_its_standard_error():
    values = np.random.default_rng(2).normal(5.0, 2.0, 400)
    counts, mean, error = running(values)
    assert counts[-1] == 400 and mean[-1] == pytest.approx(values.mean())
    assert error[-1] == pytest.approx(values.std(ddof=1) / 20.0)


def test_dates_are_spaced_in_utc_and_midnights_are_midnights():
    days = values_of("grid(2019-03-01T00:00:00Z, 2019-03-05T00:00:00Z, 5)").values
    assert days == tuple(f"2019-03-0{day}T00:00:00Z" for day in range(1, 6))
    across = values_of("grid(2016-12-31T12:00:00Z, 2017-01-02T12:00:00Z, 5)").values  # a leap second lies between
    assert across[2] == "2017-01-01T12:00:00Z" and across[3] == "2017-01-02T00:00:00Z"
    drawn = values_of("uniform(2019-03-01T00:00:00Z, 2019-03-05T00:00:00Z)")
    assert [drawn.at(share) for share in (0.0, 0.5, 1.0)] == [days[0], days[2], days[4]]
    assert drawn.shown() == {"uniform": ["2019-03-01T00:00:00.000000Z", "2019-03-05T00:00:00.000000Z"]}


def test_numbers_of_a_grid_have_no_rounding_of_binary():
    assert values_of("grid(0, 1, 11)").values[3] == 0.3
    assert values_of("grid(0.1, 0.7, 7)").values == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


def test_a_range_of_angles_across_zero_says_how_it_is_written():
    with pytest.raises(SimError, match=r"LOW below HIGH, got '350:10'\. For angles across 0: -10:10"):
        plan(SCENARIO, {"sites.lander.longitude_deg": "350:10"}, samples=3)


def test_whole_numbers_between_two_are_equally_likely_and_grids_of_them_are_whole():
    draw = values_of("2:5")
    assert [draw.whole(share) for share in (0.001, 0.249, 0.251, 0.749, 0.751, 0.999)] == [2, 2, 3, 4, 5, 5]


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    masks = {"sites.kourou.horizon_deg": [4, 6, 8, 10, 12, 14, 16, 18], "sites.maspalomas.horizon_deg": 10}
    return sim.sweep(SCENARIO, masks, tmp_path_factory.mktemp("listed"))


def test_lists_have_no_sampling_error_and_no_convergence(listed):
    assert listed.cases == 8  # the samples of the scenario's table draw nothing: no case is computed twice
    assert not {"convergence.png", "convergence.svg"} & {path.name for path in listed.files()}
    rows = list(csv.DictReader((listed.folder / "summary.csv").open()))
    assert all(row["error_of_mean"] == "" for row in rows) and any(float(row["sigma"]) > 0 for row in rows)


def test_the_only_input_of_a_list_makes_all_of_the_scatter(listed):
    rows = {(row["route"], row["measure"]): row for row in csv.DictReader((listed.folder / "sensitivity.csv").open())}
    lander = rows["lander", "share"]
    assert (lander["input"], float(lander["effect"]), float(lander["by_chance"])) == ("sites.kourou.horizon_deg", 1, 0)
    assert float(lander["rank_correlation"]) == -1.0
    assert (listed.folder / "sensitivity.png").is_file()


def test_effects_in_a_full_grid_are_exact_and_those_of_draws_that_never_repeat_are_seen():
    a, b = (each.ravel() for each in np.meshgrid(np.arange(3.0), np.arange(4.0)))
    y = 2.0 * a + b  # variances of the parts: 4 · 2/3 and 15/12
    assert ratio(a, y) == pytest.approx((8 / 3) / (8 / 3 + 15 / 12)) and ratio(b, y) == pytest.approx(1 - ratio(a, y))
    assert ratio(a, np.ones(12)) == 0.0
    x = np.random.default_rng(4).random(16)  # no more values than are told apart one by one, and each comes once
    assert effect(x, x) > 0.7


def test_the_error_of_a_mean_is_that_of_what_is_drawn_and_not_of_lists():
    rng = np.random.default_rng(5)
    draws, masks, samples = rng.normal(0.0, 1.0, 400), np.array([0.0, 100.0]), 400
    values = (masks[:, None] + draws).ravel()
    means = by_sample(values, np.arange(800), samples)
    assert means.mean() == pytest.approx(values.mean())
    assert means.std(ddof=1) == pytest.approx(draws.std(ddof=1))
    kept = np.arange(800) != 3  # a case that failed
    assert by_sample(values[kept], np.arange(800)[kept], samples).std(ddof=1) == pytest.approx(1.0, abs=0.1)


def test_dates_are_inputs_with_an_order(tmp_path):
    start, masks = "grid(2019-01-03T00:00:00Z, 2019-01-10T00:00:00Z, 8)", ("kourou", "maspalomas")
    swept = sim.sweep(SCENARIO, {"start": start, **{f"sites.{each}.horizon_deg": 10 for each in masks}}, tmp_path)
    assert sorted(set(swept.routes()["start"])) == [f"2019-01-{day:02d}T00:00:00Z" for day in range(3, 11)]
    rows = list(csv.DictReader((tmp_path / "sensitivity.csv").open()))
    assert rows and all(row["rank_correlation"] for row in rows if float(row["effect"]) > 0)
