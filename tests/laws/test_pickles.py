"""What is pickled and read again, in this process or another, is what it was: the same windows, to the last bit."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

import sim

SPAN = sim.Span("2019-01-03T00:00:00Z", days=1.0)
KEPLER = {"kind": "kepler", "center": "moon", "epoch": "2019-01-03T00:00:00Z", "semi_major_axis_km": 2000.0,
          "eccentricity": 0.1, "inclination_deg": 80.0, "node_deg": 10.0, "argument_of_periapsis_deg": 0.0,
          "mean_anomaly_deg": 0.0}  # fmt: skip
LIMITS = [{"kind": "range", "max_km": 450_000.0}, {"kind": "sun_separation", "min_deg": 2.0}]
SITE = sim.Site(name="kourou", latitude_deg=5.25, longitude_deg=-52.8, horizon_deg=10.0, limits=LIMITS)
LANDER = sim.Site(name="lander", body="moon", latitude_deg=10.0, longitude_deg=20.0,
                  horizon_deg=[[0.0, 1.0], [120.0, 4.0], [200.0, 0.0]])  # fmt: skip
CRAFT = sim.Spacecraft(name="lro", orbit=KEPLER).over(SPAN)
PHASES = sim.Spacecraft.model_validate({"name": "probe", "orbit": {"kind": "phases", "phases": [
    {"start": "2019-01-02T00:00:00Z", "end": "2019-01-03T09:00:00Z", "orbit": KEPLER},
    {"start": "2019-01-03T12:00:00Z", "end": "2019-01-05T00:00:00Z",
     "orbit": {"kind": "landed", "body": "moon", "latitude_deg": 5.0, "longitude_deg": 0.0}},
]}}).over(SPAN)  # fmt: skip
ENDS = {"sampled": CRAFT, "phased": PHASES, "site": LANDER, "body": sim.MOON}

SCALARS = {
    "elevation_deg": lambda end: sim.elevation_deg(SITE, end) > 20.0,
    "azimuth_deg": lambda end: sim.azimuth_deg(SITE, end) < 100.0,
    "range_km": lambda end: sim.range_km(SITE, end) < 400_000.0,
    "range_rate_km_s": lambda end: sim.range_rate_km_s(SITE, end) > 0.0,
    "light_time_s": lambda end: sim.light_time_s(SITE, end) > 1.3,
    "clearance_km": lambda end: sim.clearance_km(SITE, end) > 10.0,
    "sun_separation_deg": lambda end: sim.sun_separation_deg(SITE, end) > 30.0,
    "penumbra_deg": lambda end: sim.penumbra_deg(end) < 0.0,
    "umbra_deg": lambda end: sim.umbra_deg(end) < 0.0,
    "sunlit": lambda end: sim.sunlit(end),
    "hop": lambda end: sim.hop(end, SITE),
    "altitude_km": lambda end: sim.altitude_km(end) > 300.0,
    "sun_elevation_deg": lambda end: (sim.sun_elevation_deg(SITE) > -6.0) & (sim.range_km(SITE, end) < 4e5),
    "two": lambda end: sim.elevation_deg(SITE, end) > sim.elevation_deg(LANDER, sim.SUN),
    "joined": lambda end: ~(sim.hop(end, SITE) & (sim.azimuth_deg(SITE, end) > 9.0) | (sim.range_km(SITE, end) < 4e5)),
}
CASES = [(what, end) for what in SCALARS for end in ENDS if not (what in ("altitude_km", "sunlit") and end == "body")]


def again(thing):
    return pickle.loads(pickle.dumps(thing))


@pytest.mark.parametrize(("what", "end"), CASES)
def test_a_condition_that_is_read_again_opens_at_the_same_instants(what, end):
    condition = SCALARS[what](ENDS[end])
    expected = condition.windows(SPAN)
    for copied in (again, copy.copy, copy.deepcopy):
        found = copied(condition)
        assert str(found) == str(condition) and type(found) is type(condition)
        assert [leaf.name for leaf in found.leaves()] == [leaf.name for leaf in condition.leaves()]
    assert again(condition).windows(SPAN) == expected


@pytest.mark.parametrize("end", ENDS)
def test_a_trajectory_that_is_read_again_is_where_it_was(end):
    t = SPAN.start + np.array([0.0, 3600.0, 50000.0])
    assert np.array_equal(again(ENDS[end]).position(t), ENDS[end].position(t))


def test_a_scalar_that_is_read_again_has_the_same_values_and_extremes():
    t = SPAN.grid(3600.0)
    for scalar in (sim.elevation_deg(SITE, CRAFT), sim.azimuth_deg(SITE, PHASES), sim.clearance_km(SITE, CRAFT)):
        assert np.array_equal(again(scalar)(t), scalar(t), equal_nan=True)
        assert np.array_equal(again(scalar).extremes(SPAN).times, scalar.extremes(SPAN).times)


def test_empty_windows_contain_no_extremes():
    for scalar in (sim.azimuth_deg(SITE, PHASES), sim.elevation_deg(SITE, PHASES), sim.azimuth_deg(SITE, CRAFT)):
        assert len(scalar.extremes(sim.Windows.none(SPAN)).times) == 0


def test_every_leaf_its_margin_and_why_are_read_again():
    condition = sim.hop(CRAFT, SITE) & sim.sunlit(CRAFT)
    for leaf in condition.leaves():
        assert again(leaf).name == leaf.name
        assert again(leaf.margin)(SPAN.start) == leaf.margin(SPAN.start)
    assert str(again(condition.why(SPAN.start, SPAN))) == str(condition.why(SPAN.start, SPAN))


def test_a_condition_joined_a_thousand_times_can_be_pickled():
    many = sim.range_km(SITE, CRAFT) > 0.0
    for limit in range(1, 1000):
        many = many & (sim.range_km(SITE, CRAFT) > float(limit))
    assert len(again(many).leaves()) == 1000


def test_windows_that_are_read_again_cannot_be_changed_either():
    windows = (sim.elevation_deg(SITE, CRAFT) > 0.0).windows(SPAN)
    for copied in (again, copy.copy, copy.deepcopy):
        found = copied(windows)
        assert found == windows and found.span == windows.span and found.certificate == windows.certificate
        with pytest.raises(ValueError, match="read-only"):
            found.bounds[0, 0] = 0.0


def scenario() -> sim.Scenario:
    return sim.Scenario.model_validate({
        "start": "2019-01-03T00:00:00Z", "days": 1.0, "sites": {"kourou": SITE, "lander": LANDER},
        "spacecraft": {"lro": {"orbit": KEPLER}},
        "routes": {"relay": ["lander", "lro", "kourou"], "sky": ["lro", "kourou"]},
    })  # fmt: skip


def test_a_result_that_is_read_again_answers_as_before(tmp_path):
    result = sim.run(scenario())
    def told(found: sim.Result) -> str:
        return repr((found.uncertainty("sky"), found.edges("relay"), found.bases("relay"), found.error_notes))

    before = told(result)
    for copied in (again, copy.copy, copy.deepcopy):
        found = copied(result)
        assert found.routes == result.routes and found.hops == result.hops and found.provenance == result.provenance
        assert told(found) == before
    sim.write(scenario(), again(result), tmp_path / "out")
    assert sim.verify(tmp_path / "out").holds


def test_no_table_of_a_result_can_be_changed():
    result = sim.run(scenario())
    for found in (result, again(result), copy.deepcopy(result)):
        for name in ("ends", "conditions", "hops", "paths", "routes", "provenance"):
            table = getattr(found, name)
            with pytest.raises(TypeError):
                table[next(iter(table))] = None


def test_a_result_is_read_by_another_process(tmp_path):
    file = tmp_path / "result.pickle"
    result = sim.run(scenario())
    file.write_bytes(pickle.dumps(result))
    program = (
        "import pickle, sys; result = pickle.load(open(sys.argv[1], 'rb')); "
        "print(result.routes['relay'].bounds.tobytes().hex())"
    )
    told = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == result.routes["relay"].bounds.tobytes().hex()


def test_every_public_name_is_what_it_is_whatever_has_been_imported():
    program = """
import importlib, pkgutil, sim
for module in pkgutil.walk_packages(sim.__path__, "sim."):
    if not {"data", "__main__"} & set(module.name.split(".")):
        try:
            importlib.import_module(module.name)
        except ImportError as error:  # of what is not installed
            assert not str(error.name).startswith("sim"), error
modules = {name for name in sim.__all__ if type(getattr(sim, name)) is type(sim)}
assert modules == {"plot"}, modules
assert callable(sim.why)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
