"""A scenario built in Python is as good as a file: what runs can be verified, swept, compared, written and read."""

from __future__ import annotations

import copy
import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.products.contact_plan import ContactPlan
from sim.scenario.product import PRODUCTS
from sim.simulation.diff import differences, windowed, windows_of
from sim.simulation.sweep.plan import plan
from sim.trajectories.bodies.ephemeris import shipped
from sim.trajectories.limits.limit import LIMITS
from sim.trajectories.orbits.orbit import ORBITS

DATA = Path(__file__).with_name("data")
DAY = "2019-01-03T00:00:00Z"
KEPLER = {"kind": "kepler", "center": "moon", "epoch": DAY, "semi_major_axis_km": 2000.0, "eccentricity": 0.1,
          "inclination_deg": 80.0}  # fmt: skip
STATE = {"epoch": DAY, "position_km": (1850.0, 0.0, 0.0), "velocity_km_s": (0.0, 0.1, 1.62)}
ISS = sim.seeds("spacecraft/iss")["iss"]
STATIONS = {name: sim.seeds("stations/estrack")[name] for name in ("kourou", "new_norcia")}
LANDER = sim.Site(name="lander", body="moon", latitude_deg=10.0, longitude_deg=20.0)


def built(orbit: object, start: str = DAY, hours: float = 2.0, **more: object) -> sim.Scenario:
    """A scenario of objects, as a notebook makes it: one spacecraft over two stations."""
    craft = orbit if isinstance(orbit, sim.Spacecraft) else sim.Spacecraft(name="craft", orbit=orbit)
    given = {"sites": {**STATIONS, "lander": LANDER}, "spacecraft": {craft.name: craft},
             "routes": {"down": [craft.name, ["kourou", "new_norcia"]]},
             "products": [ContactPlan()]}  # fmt: skip
    return sim.Scenario(**{"start": start, "days": hours / 24.0, **given, **more})


def seed(name: str, own: str) -> sim.Spacecraft:
    return sim.seeds(f"spacecraft/{name}")[own]


ANCHORS = [{**STATE}, {**STATE, "epoch": "2019-01-03T06:00:00Z"}]
FACTS = [{"event": "perilune", "at": "2019-01-03T00:30:00Z"}, {"event": "perilune", "at": "2019-01-03T04:28:00Z"}]
PHASES = [{"start": "2019-01-02T00:00:00Z", "end": "2019-01-03T01:00:00Z", "orbit": KEPLER},
          {"start": "2019-01-03T01:00:00Z", "end": "2019-01-05T00:00:00Z",
           "orbit": {"kind": "landed", "latitude_deg": 5.0, "longitude_deg": 0.0}}]  # fmt: skip
CAPSTONE, MESSAGE = "2022-11-26T18:00:00Z", "2022-01-01T00:05:00Z"
CASES = {
    "kepler": lambda: built(KEPLER),
    "kepler about the sun": lambda: built({**KEPLER, "center": "sun", "semi_major_axis_km": 1.3e8}),
    "numerical": lambda: built(sim.Numerical(gravity_degree=8, **STATE)),
    "numerical, default degree": lambda: built(sim.Numerical(**STATE), hours=0.2),
    "numerical, anchors": lambda: built(sim.Numerical(gravity_degree=8, anchors=ANCHORS)),
    "numerical, light": lambda: built(sim.Numerical(gravity_degree=8, mass_kg=1000.0, area_m2=10.0, **STATE)),
    "numerical, elements": lambda: built(sim.Numerical(center="earth", epoch=DAY, elements={
        "semi_major_axis_km": 8000.0, "eccentricity": 0.1, "inclination_deg": 30.0})),
    "numerical, burn": lambda: built(sim.Numerical(center="earth", epoch=DAY, position_km=(8000.0, 0.0, 0.0),
        velocity_km_s=(0.0, 6.0, 4.0), maneuvers=[{"at": "2019-01-03T00:30:00Z", "delta_v_km_s": (0.0, 0.1, 0.0)}])),
    "numerical about mars": lambda: built(sim.Numerical(center="mars", epoch=DAY, position_km=(5000.0, 0.0, 0.0),
                                                        velocity_km_s=(0.0, 2.0, 2.0))),
    "tianwen-1": lambda: built(seed("tianwen-1-departure", "tianwen"), "2020-07-24T00:00:00Z"),
    "kamooalewa": lambda: built(seed("kamooalewa", "kamooalewa"), "2017-04-12T00:00:00Z"),
    "tle": lambda: built(ISS, "2025-09-02T00:00:00Z"),
    "csv": lambda: built({"kind": "csv", "file": "capstone.csv", "center": "moon"}, CAPSTONE),
    "several csv": lambda: built({"kind": "csv", "file": ["capstone.csv", "capstone.csv"], "center": "moon"}, CAPSTONE),
    "horizons": lambda: built({"kind": "horizons", "file": "capstone.txt", "center": "moon"}, CAPSTONE),
    "oem": lambda: built({"kind": "oem", "file": "lro.oem", "center": "moon"}, MESSAGE, hours=0.5),
    "stk": lambda: built({"kind": "stk", "file": "lro.e", "center": "moon"}, MESSAGE, hours=0.5),
    "spk": lambda: built({"kind": "spk", "file": "lro-six-hours.bsp", "target": -85, "center": "moon"},
                         "2019-01-08T01:00:00Z"),
    "phases": lambda: built({"kind": "phases", "phases": PHASES}),
    "phases of files": lambda: built({"kind": "phases", "phases": [{"start": "2022-11-26T00:00:00Z",
        "end": "2022-11-27T00:00:00Z", "orbit": {"kind": "csv", "file": "capstone.csv", "center": "moon"}}]}, CAPSTONE),
    "halo": lambda: built(sim.Halo(amplitude_km=13_000.0, epoch="2019-01-01T00:00:00Z")),
    "dro": lambda: built(sim.Dro(amplitude_km=70_000.0, epoch="2019-01-01T00:00:00Z")),
    "nrho": lambda: built(sim.Nrho(epoch="2019-01-01T00:00:00Z")),
    "anchored": lambda: built(sim.Anchored(gravity_degree=8, facts=FACTS, **STATE)),
    "transfer": lambda: built(seed("chang-e-5-outbound", "change5"), "2020-11-25T00:00:00Z"),
    "sigma": lambda: built(sim.Spacecraft(name="craft", orbit=KEPLER, sigma={"along_km": 1.0})),
    "covariance": lambda: built(sim.Spacecraft(name="craft", orbit=KEPLER, sigma={
        "covariance": [[1e-6 if i == j else 0.0 for j in range(6)] for i in range(6)]})),
    "ephemeris of a file": lambda: built(KEPLER, ephemeris="kernel.bsp"),
    "horizon of a file": lambda: built(KEPLER, sites={**STATIONS, "lander": sim.Site(
        name="lander", body="moon", latitude_deg=10.0, longitude_deg=20.0, horizon_file="horizon.toml")},
        routes={"down": ["lander", "craft", "kourou"]}),
    "no light": lambda: built(KEPLER, light_time=False),
    "an end": lambda: sim.Scenario(start=DAY, end="2019-01-03T01:00:00Z", sites=STATIONS,
                                   routes={"a": ["kourou", "moon"]}),
}  # fmt: skip
HEAVY = {"transfer", "anchored", "nrho", "dro", "halo", "kamooalewa"}
LIMITED = {
    "sun_separation": {"min_deg": 2.0}, "range": {"max_km": 500_000.0}, "sun_elevation": {"max_deg": 30.0},
    "cone": {"max_deg": 60.0, "right_ascension_deg": 10.0, "declination_deg": 5.0},
    "altitude": {"min_km": 100.0}, "azimuth_sector": {"from_deg": 300.0, "to_deg": 200.0},
    "beta_angle": {"max_deg": 80.0}, "belt_separation": {"min_deg": 5.0},
    "body_separation": {"body": "mars", "min_deg": 1.0}, "elevation": {"max_deg": 88.0},
    "grazing_altitude": {"body": "earth", "min_km": 100.0}, "illumination": {"state": "sunlight_or_penumbra"},
    "light_time": {"max_s": 1.5}, "local_solar_time": {"from_h": 4.0, "to_h": 23.0}, "range_rate": {"max_km_s": 8.0},
    "slew": {"max_azimuth_deg_s": 1.0}, "slew_x_y": {"max_x_deg_s": 1.0}, "sub_point": {"max_latitude_deg": 60.0},
    "sun_earth_probe": {"min_deg": 3.0}, "sun_probe_earth": {"min_deg": 3.0}, "booked": {"file": "bookings.csv"},
    "downtime": {"intervals": [{"start": "2026-03-01T01:00:00Z", "end": "2026-03-01T02:00:00Z"}]},
    "blackout": {"intervals": [{"start": "2026-03-01T01:00:00Z", "end": "2026-03-01T02:00:00Z"}]},
    "operating_hours": {"hours": ["Mon-Sun 02:00-22:00"], "time_zone": "Europe/Madrid"},
}  # fmt: skip
PICTURED = {
    "coverage": {"assets": ["craft"], "step_deg": 30.0}, "ground_track": {"days": 0.05}, "moon_map": {"days": 0.05},
    "scene": {"days": 0.05}, "calendar": {"sun_deg": 20.0}, "report": {"claims": ["seeds:events"]},
}  # fmt: skip


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with all the files that a notebook there names as it sees them."""
    for name in ("capstone.csv", "capstone.txt", "lro.oem", "lro.e", "lro-six-hours.bsp", "bookings.csv"):
        shutil.copy(DATA / name, tmp_path)
    shutil.copy(shipped("de421"), tmp_path / "kernel.bsp")
    (tmp_path / "horizon.toml").write_text(
        'body = "moon"\nlatitude_deg = 10.0\nlongitude_deg = 20.0\nmodel = "m"\nmodel_sha256 = "0"\n'
        "horizon_deg = [[0, 1.0], [180, 2.0]]\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def toml(value: object) -> str:
    """A value as TOML writes it, tables in lines."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items()) + "}"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


def as_file(scenario: sim.Scenario, path: Path) -> Path:
    data = scenario.model_dump(mode="json", exclude_none=True)
    path.write_text("\n".join(f"{key} = {toml(value)}" for key, value in data.items()) + "\n")
    return path


def same(scenario: sim.Scenario, result: sim.Result) -> bool:
    """Whether it gives the same windows: times in text are good to a microsecond, and so are edges of slow geometry."""
    found = differences(windows_of(sim.run(scenario)), windows_of(result), 1e-3)
    return not found


def accepted_everywhere(scenario: sim.Scenario, folder: Path) -> None:
    result = sim.run(scenario)
    sim.write(scenario, result, folder / "out")
    again = sim.verify(folder / "out")
    assert again.holds and not again.changed and not again.pictures, list(again.lines())
    assert differences(windowed(folder / "out"), windows_of(result)).exact
    assert sim.Scenario.model_validate(scenario.model_dump()) == scenario
    assert copy.deepcopy(scenario) == pickle.loads(pickle.dumps(scenario)) == scenario
    assert scenario.model_copy(update={"title": scenario.title}) == scenario
    assert same(sim.Scenario.model_validate_json(scenario.model_dump_json()), result)
    read = sim.load(as_file(scenario, folder / "scenario.toml"), allow_paths=True)
    assert same(read, result)
    planned = plan(scenario, {"light_time": [scenario.light_time]})
    assert sim.run(planned.scenario(0)).routes == result.routes


@pytest.mark.parametrize("case", [pytest.param(c, marks=pytest.mark.long if c in HEAVY else ()) for c in CASES])
def test_every_kind_of_orbit_that_runs_is_accepted_everywhere(case, here):
    accepted_everywhere(CASES[case](), here)


def test_every_kind_of_orbit_and_limit_has_a_case(here):
    kinds = {craft.orbit.kind for case in CASES.values() for craft in case().spacecraft.values()}
    assert kinds == {word for word, kind in ORBITS.classes.items() if kind.alone}
    assert set(LIMITED) == set(LIMITS.classes) - {"link_margin"}  # of a link with a signal: below


def test_a_link_with_a_signal_is_accepted_everywhere(here):
    accepted_everywhere(sim.load(DATA / "link-budget.toml"), here)


@pytest.mark.parametrize("kind", LIMITED)
def test_every_kind_of_limit_that_runs_is_accepted_everywhere(kind, here):
    limit = {"kind": kind, **LIMITED[kind]}
    of = LIMITS.classes[kind]
    craft_has, site_has = [limit] if of.on_spacecraft else [], [limit] if of.on_sites else []
    limited = sim.Spacecraft(name="craft", orbit=KEPLER, limits=craft_has)
    horizon = [(0, 5), (90, 1)]
    site = sim.Site(name="kourou", latitude_deg=5.0, longitude_deg=-52.0, limits=site_has, horizon_deg=horizon)
    accepted_everywhere(built(limited, sites={"kourou": site}, routes={"down": ["craft", "kourou"]}), here)


@pytest.mark.long
@pytest.mark.parametrize("kind", list(PRODUCTS.classes))
def test_every_kind_of_product_that_runs_is_accepted_everywhere(kind, here):
    made = PRODUCTS.classes[kind]
    routes = {"down": ["craft", ["kourou", "new_norcia"]], "relay": ["lander", "craft", "kourou"]}
    accepted_everywhere(built(KEPLER, hours=6.0, routes=routes, products=[made(**PICTURED.get(kind, {}))]), here)


@pytest.mark.parametrize("case", ["tianwen-1", "csv", "ephemeris of a file", "horizon of a file"])
def test_a_sweep_of_objects_computes_what_each_would(case, here):
    scenario = CASES[case]()
    swept = sim.sweep(scenario, {"sites.kourou.horizon_deg": [0.0, 20.0]}, "sweep")
    assert swept.complete and not swept.failed
    for value in (0.0, 20.0):
        site = scenario.sites["kourou"].model_copy(update={"horizon_deg": value})
        alone = sim.run(scenario.model_copy(update={"sites": {**scenario.sites, "kourou": site}})).routes["down"]
        table = swept.routes()
        row = table[table["sites.kourou.horizon_deg"] == value].iloc[0]
        assert row["windows"] == len(alone)


def test_what_is_filled_in_varies_with_what_it_rests_on(here):
    """An ephemeris that is handed down to all ends; the horizon of a file, which holds for one place."""
    other = str(here / "kernel.bsp")
    both = plan(built(KEPLER, ephemeris="de421"), {"ephemeris": ["de421", other]})
    assert [{end.ephemeris for end in both.scenario(i).ends.values()} for i in (0, 1)] == [{"de421"}, {other}]
    with pytest.raises(sim.core.errors.SimError, match="made for"):
        plan(CASES["horizon of a file"](), {"sites.lander.latitude_deg": [10.0, 40.0]})


def test_absolute_files_and_a_result_far_from_them_are_found_again(here, tmp_path_factory, monkeypatch):
    far = tmp_path_factory.mktemp("far")
    orbit = {"kind": "csv", "file": str(here / "capstone.csv"), "center": "moon"}
    scenario = built(orbit, CAPSTONE)
    sim.write(scenario, sim.run(scenario), far / "out")
    near = CASES["csv"]()
    sim.write(near, sim.run(near), far / "near")
    monkeypatch.chdir(far)
    assert sim.verify(far / "out").holds and sim.verify("near").holds


def test_a_file_beside_the_record_that_is_another_is_told_and_not_read(here, tmp_path_factory):
    scenario = CASES["csv"]()
    far = tmp_path_factory.mktemp("far") / "out"
    sim.write(scenario, sim.run(scenario), far)
    with (here / "capstone.csv").open("a") as file:
        file.write("\n")
    again = sim.verify(far)
    assert not again.holds and any("capstone.csv" in told for told in again.data) and again.answer is None


def test_a_default_may_be_written_as_if_given_but_another_degree_is_refused():
    state = {"epoch": DAY, "position_km": (8000.0, 0.0, 0.0), "velocity_km_s": (0.0, 7.0, 0.0)}
    earth = sim.Numerical(center="earth", **state)
    assert sim.Numerical(**earth.model_dump()) == earth
    with pytest.raises(ValueError, match="gravity_degree is for lunar orbits only"):
        sim.Numerical(center="earth", gravity_degree=20, **state)
    sigma = sim.Spacecraft(name="craft", orbit=KEPLER, sigma={"covariance": np.eye(6).tolist()}).sigma
    assert type(sigma)(**sigma.model_dump()) == sigma
