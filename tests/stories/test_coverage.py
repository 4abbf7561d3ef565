"""Maps of how well a surface is served, end to end."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import sim
from sim.cli.verbs import app
from sim.core.errors import ScenarioError
from sim.products.plot import coverage_map
from sim.visibility.coverage.coverage import Access, coverage
from sim.visibility.coverage.grid import equal_area

SCENARIO = Path(__file__).parent / "data" / "coverage.toml"
PNG = b"\x89PNG"
RADIUS_KM = 1737.4


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    done = CliRunner().invoke(app, ["run", str(SCENARIO), "-o", str(folder)])
    assert done.exit_code == 0, done.output
    return folder


def test_a_scenario_writes_maps_and_tables(written):
    names = {path.name for path in written.iterdir()}
    assert names == {
        "coverage.csv", "coverage-summary.csv", "coverage-percent.png", "coverage-response.png", "sunlight.csv",
        "sunlight-summary.csv", "sunlight-percent.png", "sunlight.nc", "run.json",
    }  # fmt: skip
    assert all((written / name).read_bytes().startswith(PNG) for name in names if name.endswith(".png"))
    ends = json.loads((written / "run.json").read_text())["ends"]
    assert "camera" in ends and ends["base"]["horizon"] == "smooth: one elevation all around"


def test_half_of_the_moon_is_sunlit(written):
    rows = list(csv.DictReader((written / "sunlight.csv").open()))
    share = sum(float(row["weight"]) * float(row["percent"]) for row in rows)
    assert share == pytest.approx(50.0, abs=0.2)  # the Sun's center, and cells of 10°


def test_the_netcdf_file_holds_what_the_table_does(written):
    xarray = pytest.importorskip("xarray")
    rows = list(csv.DictReader((written / "sunlight.csv").open()))
    with xarray.open_dataset(written / "sunlight.nc", engine="h5netcdf") as data:
        assert data["percent"].dims == ("latitude_deg", "longitude_deg") and data["percent"].attrs["units"] == "%"
        assert data.attrs["body"] == "moon"
        np.testing.assert_allclose(data["percent"].values.ravel(), [float(row["percent"]) for row in rows], atol=1e-5)


def test_an_asset_that_is_nowhere_is_told_with_its_place(tmp_path):
    text = SCENARIO.read_text().replace('["camera", [', '["camra", [').replace('["sun"]', '["moon"]')
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(ScenarioError) as caught:
        sim.load(tmp_path / "a.toml")
    told = str(caught.value)
    assert "no site or spacecraft is called 'camra'. Did you mean 'camera'?" in told
    assert "'moon' is on the moon itself. Expected a spacecraft or another body" in told


def test_queqiao_sees_the_cap_that_its_distance_gives(figure):
    """Share of a sphere seen from distance r: (1 − R/r) / 2, as mean over five days."""
    start = "2018-06-14T03:06:00Z"
    span = sim.Span(start, days=5)
    orbit = sim.Halo(amplitude_km=13_000, epoch=start)
    queqiao = sim.Spacecraft(name="queqiao", orbit=orbit).over(span)
    distance = np.linalg.norm(queqiao.position_from(sim.MOON, np.linspace(span.start, span.end, 5001)), axis=1)
    found = coverage(equal_area("moon", 2.0), span, {"queqiao": (Access(queqiao),)})
    percent, expected = found.grid.mean(found.figures["percent"]), 100 * np.mean(0.5 - 0.5 * RADIUS_KM / distance)
    difference = 100 * abs(percent / expected - 1)
    figure("share of the Moon that Queqiao sees in five days, 2° map", "spherical caps", difference, 0.1, "%")


def test_a_map_without_any_value_can_be_drawn():
    grid = equal_area("earth", 15.0)
    for projection in ("flat", "faces"):
        figure_ = coverage_map(grid, np.full(len(grid), np.nan), "nothing", "s", projection=projection)
        figure_.canvas.draw()


def test_the_verb_makes_a_horizon_that_its_scenario_uses(tmp_path):
    north, east = np.arange(-80.0, -89.9, -0.1), np.arange(90.0, 150.0, 0.1)
    heights = np.where((north < -85.5)[:, None], 2500.0, 0.0) + 0.0 * east
    np.savez(tmp_path / "ridge.npz", height_m=heights, latitude_deg=north, longitude_deg=east)
    scenario, model, out = tmp_path / "a.toml", tmp_path / "ridge.npz", tmp_path / "base.horizon.toml"
    scenario.write_text(SCENARIO.read_text())
    done = CliRunner().invoke(app, ["horizon", str(scenario), "base", "--model", str(model), "-o", str(out)])
    assert done.exit_code == 0, done.output
    named = scenario.read_text().replace("[sites.garden]", 'horizon_file = "base.horizon.toml"\n\n[sites.garden]')
    scenario.write_text(named)
    base = sim.load(scenario)["base"]
    assert np.rad2deg(base.horizon(np.array(np.pi))) > 5.0 > np.rad2deg(base.horizon(np.array(0.0)))
    assert "ridge.npz, sha256" in base.horizon_source
    scenario.write_text(named.replace("base.horizon.toml", "absent.toml"))
    with pytest.raises(ScenarioError, match=r"there is no file 'absent.toml'"):
        sim.load(scenario)


def test_a_map_of_a_relay_for_a_pole_says_how_well_the_pole_is_served():
    from types import SimpleNamespace

    from sim.products.coverage import _regions

    grid = equal_area("moon", 4.0)
    percent = np.where(grid.latitude_deg <= -80.0, 90.0, 2.0)
    told = _regions(SimpleNamespace(figures={"percent": percent}, grid=grid))
    assert "90.00 % south of 80° S" in told and "2.00 % north of 80° N" in told and "at most 90.00 %" in told
    assert told.startswith(f"{grid.mean(percent):.2f} % of the time on average")


REGIONS = """
title = "Regions"
start = 2024-06-01T00:00:00Z
days = 3

[spacecraft.low.orbit]
kind = "kepler"
center = "moon"
epoch = 2024-06-01T00:00:00Z
semi_major_axis_km = 1938
eccentricity = 0
inclination_deg = 89

[sites.base]
body = "moon"
latitude_deg = -89
longitude_deg = 222

[[products]]
kind = "coverage"
file = "south"
assets = ["low"]
region = {max_latitude_deg = -70}
step_deg = 4
days = 1
projection = "south"

[[products]]
kind = "coverage"
file = "places"
assets = ["low"]
points = {pole = [-90, 0], haworth = [-87.4, -5.0], "mare-crisium" = [18.56, 61.81]}
start = 2024-06-02T00:00:00Z

[[products]]
kind = "coverage"
file = "mars"
body = "mars"
assets = ["sun"]
step_deg = 30
projection = "north"

[[products]]
kind = "coverage"
file = "all"
assets = ["low"]
step_deg = 30
days = 1
"""


def test_regions_points_and_parts_of_the_span_are_drawn_and_summed_up(tmp_path):
    (tmp_path / "a.toml").write_text(REGIONS)
    scenario = sim.load(tmp_path / "a.toml")
    made = {path.name for path in sim.write(scenario, sim.run(scenario), tmp_path / "out")}
    endings = (".csv", "-summary.csv", "-percent.png")
    assert made >= {f"{each}{ending}" for each in ("south", "places", "mars") for ending in endings}
    rows = {row["figure"]: row for row in csv.DictReader((tmp_path / "out" / "south-summary.csv").open())}
    points = list(csv.DictReader((tmp_path / "out" / "south.csv").open()))
    weight = np.array([float(row["weight"]) for row in points])
    percent = np.array([float(row["percent"]) for row in points])
    assert max(float(row["latitude_deg"]) for row in points) <= -70.0
    assert weight.sum() == pytest.approx(0.5 - 0.5 * np.sin(np.deg2rad(70.0)), rel=1e-6)
    mean = weight @ percent / weight.sum()
    assert float(rows["percent"]["mean"]) == pytest.approx(mean, abs=1e-4)
    assert float(rows["hours_per_day"]["mean"]) == pytest.approx(0.24 * mean, abs=1e-4)
    seen = 100.0 * weight[percent > 0.0].sum() / weight.sum()
    assert float(rows["seen_percent"]["mean"]) == pytest.approx(seen, abs=1e-4) and 0.0 < seen < 100.0
    gaps = [float(row["longest_gap_s"]) for row in points]
    assert float(rows["longest_gap_s"]["greatest"]) == max(gaps) == 86400.0  # of the one day that counts
    named = list(csv.DictReader((tmp_path / "out" / "places.csv").open()))
    assert [row["name"] for row in named] == ["pole", "haworth", "mare-crisium"]
    span = sim.Span("2024-06-02T00:00:00Z", "2024-06-04T00:00:00Z")
    craft = scenario.spacecraft["low"].over(scenario.span)
    for row in named:  # each as a site by itself, by the search of hops
        place = {key: float(row[key]) for key in ("latitude_deg", "longitude_deg")}
        alone = sim.hop(craft, sim.Site(name="at", body="moon", **place), light=False).windows(span)
        assert float(row["percent"]) == pytest.approx(100.0 * alone.fraction, abs=1e-4)


def test_the_small_print_of_a_region_says_what_it_is_and_how_it_is_served(tmp_path, monkeypatch):
    from sim.products.plot import coverage as plots

    told = []
    real = plots.coverage_map
    monkeypatch.setattr(plots, "coverage_map", lambda *a, **k: told.append(k["note"]) or real(*a, **k))
    (tmp_path / "a.toml").write_text(REGIONS)
    scenario = sim.load(tmp_path / "a.toml")
    sim.write(scenario, sim.run(scenario), tmp_path / "out")
    assert "south of 70° S (3.02 % of the surface): in contact" in told[0]
    assert " h a day), 0.00 % at the worst place, mean gap" in told[0] and "longest gap 24.0 h" in told[0]
    assert "2024-06-01 00:00 to 2024-06-02 00:00 UTC" in told[0]
    assert "3 points: in contact" in told[1] and "2024-06-02 00:00 to 2024-06-04 00:00 UTC" in told[1]
